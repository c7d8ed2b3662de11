package node

import (
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

const (
	// maxFileLines limits how many lines of one kind are kept, and maxFileLine what
	// is kept of each, in bytes.
	maxFileLines = 4
	maxFileLine  = 200
	// maxNdots is the greatest value that Go's resolver and the C library accept.
	maxNdots = 15
	// maxPatience limits `options timeout`, in seconds.
	maxPatience = 3600
)

func fileLine(n int, line string) observation.FileLine {
	return observation.FileLine{Line: n, Text: observation.Truncate(strings.TrimSpace(line), maxFileLine)}
}

func addLine(to *[]observation.FileLine, n int, line string) {
	if len(*to) < maxFileLines {
		*to = append(*to, fileLine(n, line))
	}
}

// parseResolverOptions parses the options lines of resolv.conf as Go's resolver does
// (net/dnsconfig_unix.go): the last value of each option counts.
func parseResolverOptions(c *observation.ResolverConfig, b []byte) {
	for n, line := range files.Lines(b) {
		f := files.Fields(line)
		if len(f) == 0 || f[0] != "options" {
			continue
		}
		some := false
		for _, option := range f[1:] {
			some = parseResolverOption(c, option) || some
		}
		if some {
			addLine(&c.Options, n, line)
		}
	}
}

// parseResolverOption applies an option, and reports whether the probe follows it.
func parseResolverOption(c *observation.ResolverConfig, option string) bool {
	name, value, _ := strings.Cut(option, ":")
	switch {
	case option == "use-vc" || option == "usevc" || option == "tcp":
		c.UseTCP = true
	case option == "rotate":
		c.Rotate = true
	case name == option: // those that follow have a value
		return false
	case name == "ndots":
		c.Ndots = new(min(leadingNumber(value, maxNdots), maxNdots))
	case name == "attempts":
		c.Attempts = max(leadingNumber(value, dnsquery.MaxAttempts), 1)
	case name == "timeout":
		c.Timeout = observation.Elapsed(time.Duration(max(leadingNumber(value, maxPatience), 1)) * time.Second)
	default:
		return false
	}
	return true
}

// leadingNumber returns the number that s begins with, or 0. If it exceeds most, the
// result does too, but need not be exact.
func leadingNumber(s string, most int) (n int) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > most {
			break
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// parsePassedOver records the nameserver lines of resolv.conf that Go's resolver
// ignores.
func parsePassedOver(c *observation.ResolverConfig, b []byte) {
	asked := 0
	for n, line := range files.Lines(b) {
		f := files.Fields(line)
		if len(f) == 0 || f[0] != "nameserver" {
			continue
		}
		usable := false
		if len(f) > 1 {
			_, err := observation.ParseAddress(f[1])
			usable = err == nil
		}
		switch {
		case asked == maxNameservers:
			addLine(&c.NeverAsked, n, line)
		case !usable:
			addLine(&c.Unusable, n, line)
		default:
			asked++
		}
	}
}

// lookupOrder parses nsswitch.conf as Go's resolver does (net/nss.go): it ignores a
// file that it cannot parse.
func (p Reader) lookupOrder() observation.LookupOrder {
	if !dnsquery.GoResolver && p.Files == nil {
		return observation.LookupOrder{}
	}
	const name = "etc/nsswitch.conf"
	b, failure := p.ReadFile(name)
	if failure != nil {
		return observation.LookupOrder{}
	}
	out := observation.LookupOrder{Path: p.Shown(name)}
	for n, line := range files.Lines(b) {
		text, _, _ := strings.Cut(line, "#")
		if text = strings.Trim(text, " \t\r\n"); text == "" {
			continue
		}
		database, sources, ok := strings.Cut(text, ":")
		if !ok {
			return observation.LookupOrder{Path: out.Path}
		}
		found, ok := orderSources(sources)
		if !ok {
			return observation.LookupOrder{Path: out.Path}
		}
		if strings.Trim(database, " \t") != "hosts" || len(found) == 0 {
			continue
		}
		if len(out.Sources) == 0 {
			out.At = fileLine(n, line)
		}
		out.Sources = append(out.Sources, found...)
	}
	if len(out.Sources) > maxSources {
		out.Sources = out.Sources[:maxSources]
	}
	return out
}

// maxSources limits how many sources of host names are kept.
const maxSources = 16

// orderSources returns the names of a line's sources. ok is false if a bracket is not
// closed.
func orderSources(s string) (names []string, ok bool) {
	for s = strings.Trim(s, " \t"); s != ""; s = strings.Trim(s, " \t") {
		if strings.HasPrefix(s, "[") {
			_, rest, closed := strings.Cut(s, "]")
			if !closed {
				return nil, false
			}
			s = rest
			continue
		}
		name, rest, _ := strings.Cut(s, " ")
		names, s = append(names, observation.Truncate(name, maxFileLine)), rest
	}
	return names, true
}
