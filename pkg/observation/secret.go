package observation

import (
	"slices"
	"strings"
)

// SecretGram is how many consecutive characters of a secret are too many to show.
const SecretGram = 8

// Secrets are texts of which no part may be recorded. A service that rejects a signature
// returns the text that should have been signed, including the session token; others may
// echo whatever they received.
type Secrets struct {
	grams map[string]bool
	// lengths are those of the grams.
	lengths []int
	// whole is another text, which is hidden only as a whole. Empty: none.
	whole string
}

// NewSecrets takes the texts to hide.
func NewSecrets(texts ...string) Secrets {
	s := Secrets{grams: make(map[string]bool)}
	for _, t := range texts {
		if t == "" {
			continue
		}
		n := min(SecretGram, len(t))
		if !slices.Contains(s.lengths, n) {
			s.lengths = append(s.lengths, n)
		}
		for i := 0; i+n <= len(t); i++ {
			s.grams[t[i:i+n]] = true
		}
	}
	return s
}

// None reports whether there is nothing to hide.
func (s Secrets) None() bool { return len(s.grams) == 0 && s.whole == "" }

// HideStages hides them in what was read from the peer, except for the issuer's
// organisation: it distinguishes a middlebox from Amazon.
func (s Secrets) HideStages(c Stages) {
	if s.None() {
		return
	}
	hide := func(texts ...*string) {
		for _, t := range texts {
			*t = s.Hide(*t)
		}
	}
	if h := c.Handshake; h != nil {
		hide(&h.FirstBytes, &h.VerifyText)
		for i := range h.Certificates {
			cert := &h.Certificates[i]
			hide(&cert.Subject, &cert.Issuer)
			for i := range cert.Names {
				hide(&cert.Names[i])
			}
		}
	}
	if r := c.Reply; r != nil {
		hide(&r.RequestID, &r.Server, &r.ContentType, &r.Location, &r.Body, &r.ErrorCode, &r.ErrorMessage)
	}
	if f := c.Failure(); f != nil {
		hide(&f.Text)
	}
}

// Hide replaces every part of a secret with "***".
func (s Secrets) Hide(text string) string {
	if s.None() {
		return text
	}
	var covered []bool // nil: nothing yet
	cover := func(begin, end int) {
		if covered == nil {
			covered = make([]bool, len(text))
		}
		for i := begin; i < end; i++ {
			covered[i] = true
		}
	}
	for _, n := range s.lengths {
		for i := range len(text) - n + 1 { // a secret may begin within a character
			if s.grams[text[i:i+n]] {
				cover(i, i+n)
			}
		}
	}
	if s.whole != "" {
		for begin := 0; ; {
			i := strings.Index(text[begin:], s.whole)
			if i < 0 {
				break
			}
			begin += i + len(s.whole)
			cover(begin-len(s.whole), begin)
		}
	}
	if covered == nil {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if !covered[i] {
			b.WriteByte(text[i])
		} else if i == 0 || !covered[i-1] {
			b.WriteString("***")
		}
	}
	return b.String()
}
