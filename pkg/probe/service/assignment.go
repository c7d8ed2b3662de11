package service

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A unitAssignment is one assignment of Environment=, or text that was meant as one.
type unitAssignment struct {
	assignment
	// dropped says why systemd ignores it; the value is then what was probably
	// meant. Empty: systemd uses it.
	dropped observation.UnusedKind
	// open: the value has a specifier that is not resolved here.
	open bool
}

// unitAssignments parses the value of Environment= as systemd does: words with
// quotes and C's escapes, then specifiers, then NAME=VALUE. A word with an unknown
// specifier is ignored alone; a wrong quote or escape makes systemd ignore the rest
// of the line too.
//
// Source: systemd, config_parse_environ in src/core/load-fragment.c.
func unitAssignments(value string, sp specifiers) []unitAssignment {
	var all []unitAssignment
	words, rest, wrong := splitWords(value)
	for _, word := range words {
		resolved, open, ok := sp.resolve(word)
		if !ok {
			if a, ok := parseAssignment(strings.ReplaceAll(word, "%%", "%")); ok {
				all = append(all, unitAssignment{assignment: a, dropped: observation.UnusedSpecifier})
			}
			continue
		}
		a, ok := parseAssignment(resolved)
		switch {
		case !ok: // not NAME=VALUE
		case !utf8.ValidString(a.value):
			all = append(all, unitAssignment{assignment: a, dropped: observation.UnusedCharacter})
		default:
			all = append(all, unitAssignment{assignment: a, open: open})
		}
	}
	return append(all, meantAssignments(rest, wrong)...)
}

// splitWords splits a value into words with quotes and escapes. rest begins with the
// first malformed word. Empty: there is none.
func splitWords(value string) (words []string, rest string, wrong observation.UnusedKind) {
	for {
		value = strings.TrimLeft(value, " \t")
		if value == "" {
			return words, "", ""
		}
		word, behind, wrong := unitWord(value)
		if wrong != "" {
			return words, value, wrong
		}
		words, value = append(words, word), behind
	}
}

// meantAssignments finds assignments to proxy variables in text that systemd cannot
// split into words.
func meantAssignments(rest string, wrong observation.UnusedKind) []unitAssignment {
	var all []unitAssignment
	for rest != "" {
		word, behind, _ := strings.Cut(rest, " ")
		a, ok := parseAssignment(strings.Trim(word, "\"'\t"))
		if ok && slices.Contains(proxyNames, a.name) {
			if strings.Contains(behind, "@") {
				a.value += " " + behind // a password may contain a space; no part of it may be shown
			}
			a.value = strings.ReplaceAll(strings.Trim(a.value, `"'`), "%%", "%")
			all = append(all, unitAssignment{assignment: a, dropped: wrong})
		}
		rest = behind
	}
	return all
}

// plainAssignments parses the value of upstart's "env", which has no specifiers.
func plainAssignments(value string) []assignment {
	var all []assignment
	words, _, _ := splitWords(value)
	for _, word := range words {
		if a, ok := parseAssignment(word); ok {
			all = append(all, a)
		}
	}
	return all
}

// specifiers resolves the specifiers in a unit of the system's manager
// (systemd.unit(5), "Specifiers").
//
// Source: systemd, src/core/unit-printf.c and specifier_printf in
// src/shared/specifier.c.
type specifiers struct {
	// unit is the unit's name. Empty: the manager's own configuration.
	unit string
	// lenient: systemd is older than 236, which leaves unknown specifiers unchanged.
	lenient bool
}

// oldSpecifiers are those that systemd has had since before 236.
const oldSpecifiers = "nNpPiIfcrRtUuhsmHbv"

// openSpecifiers are not resolved here: their value depends on this machine or changes,
// or only some versions have them.
const openSpecifiers = "aAbBcdDHlmMoqrRsvwWyY"

// resolve replaces the specifiers in a word. ok is false if systemd does not know one of
// them, and so ignores the word; open is true if one is not resolved here.
func (sp specifiers) resolve(word string) (resolved string, open, ok bool) {
	if !strings.Contains(word, "%") {
		return word, false, true
	}
	if sp.unit == "" {
		// Old versions resolve no specifiers in DefaultEnvironment=.
		return strings.ReplaceAll(word, "%%", "%"), true, true
	}
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		c := word[i]
		if c != '%' || i+1 == len(word) {
			b.WriteByte(c)
			continue
		}
		i++
		c = word[i]
		value, known := sp.value(c)
		known = known && (!sp.lenient || strings.IndexByte(oldSpecifiers, c) >= 0)
		hidden := strings.IndexByte(openSpecifiers, c) >= 0 && (!sp.lenient || strings.IndexByte(oldSpecifiers, c) >= 0)
		switch {
		case c == '%':
			b.WriteByte('%')
		case known:
			b.WriteString(value)
		case hidden:
			open = true
			b.WriteString(word[i-1 : i+1])
		case !sp.lenient && (observation.IsLetter(c) || observation.IsDigit(c)):
			return "", false, false
		default:
			b.WriteString(word[i-1 : i+1])
		}
	}
	return b.String(), open, true
}

// value returns what a specifier stands for in a unit of the system's manager that is not
// an instance of a template.
func (sp specifiers) value(c byte) (value string, ok bool) {
	prefix := strings.TrimSuffix(sp.unit, ".service")
	switch c {
	case 'n':
		return sp.unit, true
	case 'N', 'p':
		return prefix, true
	case 'P':
		return strings.ReplaceAll(prefix, "-", "/"), true
	case 'f':
		return "/" + strings.ReplaceAll(prefix, "-", "/"), true
	case 'j', 'J':
		return prefix[strings.LastIndexByte(prefix, '-')+1:], true
	case 'i', 'I':
		return "", true
	case 'h':
		return "/root", true
	case 'u', 'g':
		return "root", true
	case 'U', 'G':
		return "0", true
	}
	directories := map[byte]string{'t': "/run", 'S': "/var/lib", 'C': "/var/cache", 'L': "/var/log", 'E': "/etc", 'T': "/tmp", 'V': "/var/tmp"}
	value, ok = directories[c]
	return value, ok
}

// lenientSystemd reports, by os-release, whether this system's systemd is older than 236:
// Amazon Linux 2 and its relatives have 219, others 228 to 232.
func (p Reader) lenientSystemd() bool {
	release := p.OsRelease()
	major, _, _ := strings.Cut(release["VERSION_ID"], ".")
	old := map[string]string{"amzn": "2", "rhel": "7", "centos": "7", "ol": "7", "scientific": "7", "sles": "12", "sles_sap": "12", "ubuntu": "16", "debian": "9"}
	return major != "" && old[release["ID"]] == major
}
