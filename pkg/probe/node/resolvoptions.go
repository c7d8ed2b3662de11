package node

import (
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

const (
	// maxFileLines bounds the lines of one kind that are kept of a file, and
	// maxFileLine what is kept of one, in bytes.
	maxFileLines = 4
	maxFileLine  = 200
	// maxNdots is the greatest value that Go's resolver takes, and the C
	// library too.
	maxNdots = 15
	// maxPatience bounds `options timeout`.
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

// parseOptions reads the options lines of resolv.conf as Go's resolver does
// (net/dnsconfig_unix.go): each option for itself, the last one counts.
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

// parseOption reports whether the option is one that the probe goes by.
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

// leadingNumber is the number with which s begins, 0 for none. Of one greater
// than most it gives no more than that it is.
func leadingNumber(s string, most int) (n int) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > most {
			break
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// parsePassedOver notes the nameserver lines of resolv.conf that Go's resolver
// passes over.
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

// lookupOrder reads nsswitch.conf as Go's resolver does (net/nss.go): a file
// that it cannot parse says nothing.
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

// maxSources bounds the sources of host names that are kept.
const maxSources = 16

// orderSources are the names of a line's sources. It is not ok where brackets
// are not closed.
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
