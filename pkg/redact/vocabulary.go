package redact

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// ourWords are those of the texts in this program; a test keeps them so.
//
//go:embed vocabulary.txt
var ourWords string

// publicWords are other words in general use.
//
//go:embed public.txt
var publicWords string

// A vocabulary holds the words that do not say whose node it is.
type vocabulary struct {
	words   map[string]bool
	buckets map[string]bool // of AWS's own
}

func newVocabulary() *vocabulary {
	return &vocabulary{words: commonWords(), buckets: map[string]bool{}}
}

var commonWords = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, text := range []string{ourWords, publicWords} {
		for _, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "#") {
				continue
			}
			for _, word := range strings.Fields(line) {
				out[word] = true
			}
		}
	}
	return out
})

// addBuckets adds the AWS-managed buckets that a node in the Region may read.
func (v *vocabulary) addBuckets(region string) {
	g, err := endpoint.LookupRegion(region)
	if err != nil {
		return // then no bucket is known
	}
	for _, o := range []endpoint.Options{{}, {Windows: true}, {OldDistributor: true}} {
		all := endpoint.Require(g, endpoint.Capabilities(), o)
		for _, t := range slices.Concat(all.Targets, endpoint.Optional(g, endpoint.Requirements{}, o), endpoint.OldPackages(g, all, o)) {
			v.buckets[t.Bucket] = true
			if name, ok := strings.CutPrefix(t.Name, "s3:"); ok {
				v.buckets[name] = true // of one whose name is not documented, its beginning
			}
		}
	}
}

// has reports whether a word is common, in any case, or made of common words:
// AccessDenied. A word that is too short to be a name is common, too.
func (v *vocabulary) has(word string) bool {
	if len(word) <= 2 || numberWithUnit(word) || v.words[strings.ToLower(word)] {
		return word[0] < 0x80
	}
	if len(word) > maxHost {
		return false
	}
	begin, parts := 0, 0
	for i := 1; i <= len(word); i++ {
		if i < len(word) && !beginsWord(word, i) {
			continue
		}
		if !v.words[strings.ToLower(word[begin:i])] {
			return false
		}
		begin = i
		parts++
	}
	return parts > 1
}

// beginsWord reports whether an upper-case letter at i begins a word within s:
// it follows or precedes a lower-case one.
func beginsWord(s string, i int) bool {
	return isLarge(s[i]) && (!isLarge(s[i-1]) || i+1 < len(s) && s[i+1] >= 'a' && s[i+1] <= 'z')
}

func isLarge(c byte) bool { return c >= 'A' && c <= 'Z' }

// numberWithUnit reports whether s is a number too short to identify anybody,
// with at most two letters after it or between two of its parts: 443, 15s,
// 300ms, 02T15.
func numberWithUnit(s string) bool {
	digits, letters := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case i > 0 && c < 0x80:
			letters++
		default:
			return false
		}
	}
	return digits > 0 && digits <= 6 && letters <= 2
}
