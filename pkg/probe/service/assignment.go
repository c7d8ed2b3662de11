package service

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A unitAssignment is one assignment of Environment=, or what stands in its
// place and is none.
type unitAssignment struct {
	assignment
	// dropped says why systemd leaves the assignment out. Its value is then what
	// was meant, as far as that can be seen. Empty: it is an assignment.
	dropped observation.UnusedKind
	// open: the value has a specifier that is not worked out here.
	open bool
}

// unitAssignments reads the value of Environment= as systemd does: words with
// quotes and C's escapes, then specifiers, then the assignment's own form. A word
// with a specifier that does not exist is left out by itself; from one with a
// wrong quote or escape on, all of the line is.
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

// splitWords splits a value into words with quotes and escapes. rest begins with
// the first word that is wrong. Empty: none is.
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

// meantAssignments finds assignments of a proxy's variables in what systemd
// cannot split into words.
func meantAssignments(rest string, wrong observation.UnusedKind) []unitAssignment {
	var all []unitAssignment
	for rest != "" {
		word, behind, _ := strings.Cut(rest, " ")
		a, ok := parseAssignment(strings.Trim(word, "\"'\t"))
		if ok && slices.Contains(proxyNames, a.name) {
			if strings.Contains(behind, "@") {
				a.value += " " + behind // a password may have a blank: no piece of one is shown
			}
			a.value = strings.ReplaceAll(strings.Trim(a.value, `"'`), "%%", "%")
			all = append(all, unitAssignment{assignment: a, dropped: wrong})
		}
		rest = behind
	}
	return all
}

// plainAssignments reads what upstart's "env" takes, which knows no specifiers.
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

// specifiers resolves the percent signs of one unit of the system's manager
// (systemd.unit(5), "Specifiers").
//
// Source: systemd, src/core/unit-printf.c and specifier_printf in
// src/shared/specifier.c.
type specifiers struct {
	// unit is the unit's name. Empty: it is the manager's own configuration.
	unit string
	// lenient: systemd is older than 236, which keeps a specifier that it does
	// not know as it is written.
	lenient bool
}

// oldSpecifiers are those that systemd had before 236.
const oldSpecifiers = "nNpPiIfcrRtUuhsmHbv"

// openSpecifiers are those whose value is this machine's or changes, or that
// only some versions have. It is not worked out here.
const openSpecifiers = "aAbBcdDHlmMoqrRsvwWyY"

// resolve replaces the specifiers of a word. It is not ok where systemd knows
// one of them not, and so leaves the word out; open says that the value of one
// is not worked out here.
func (sp specifiers) resolve(word string) (resolved string, open, ok bool) {
	if !strings.Contains(word, "%") {
		return word, false, true
	}
	if sp.unit == "" {
		// Old versions take DefaultEnvironment= as it is written.
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
		case !sp.lenient && isAlphanumeric(c):
			return "", false, false
		default:
			b.WriteString(word[i-1 : i+1])
		}
	}
	return b.String(), open, true
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// value is what a specifier stands for, in a unit of the system's manager that
// is no instance of a template.
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

// lenientSystemd reports whether the system is one whose systemd is older than
// 236, by its os-release: Amazon Linux 2 and its kin have 219, others 228 to 232.
func (p Reader) lenientSystemd() bool {
	release := p.OsRelease()
	major, _, _ := strings.Cut(release["VERSION_ID"], ".")
	old := map[string]string{"amzn": "2", "rhel": "7", "centos": "7", "ol": "7", "scientific": "7", "sles": "12", "sles_sap": "12", "ubuntu": "16", "debian": "9"}
	return major != "" && old[release["ID"]] == major
}
