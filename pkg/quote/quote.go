// Package quote writes text from outside as one word of a shell, or as one
// assignment of a systemd unit, and knows which characters cannot be seen. A quoted
// word must be printed unchanged: spelling it in ASCII or escaping it could end its
// quotes. So quote only printable ASCII, which no printer changes: see Printable.
package quote

import (
	"net/netip"
	"strings"
)

// Printable reports whether s is printable ASCII throughout, on one line: the
// text that every terminal, locale and format shows unchanged.
func Printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Shell is s as one word of a POSIX shell, always quoted.
func Shell(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ShellWord is Shell, without the quotes if a POSIX shell and zsh read the word
// unchanged. A word with brackets needs them: it is a pattern for file names, and zsh
// refuses a command whose pattern matches none. So does a word that begins with an
// equals sign, which zsh replaces by the path of a program.
func ShellWord(s string) string {
	if bare(s, "._:/@%+=,-") && s[0] != '=' {
		return s
	}
	return Shell(s)
}

// PowerShell is s as one word of PowerShell, always quoted. Quotes inside are
// doubled; PowerShell takes the typographic ones for quotes, too.
func PowerShell(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		if strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

// PowerShellWord is PowerShell, without the quotes if PowerShell reads the word
// unchanged. What may be a number (1e5, 0x10, 1kb) is quoted: PowerShell would pass
// it on as another text.
func PowerShellWord(s string) string {
	if !bare(s, `._:/+=-\`) || s[0] == '=' {
		return PowerShell(s)
	}
	if strings.IndexByte("0123456789+.", s[0]) >= 0 {
		if _, err := netip.ParseAddr(s); err != nil {
			return PowerShell(s)
		}
	}
	return s
}

// PowerShellPasses reports whether every version of PowerShell passes a word on to a
// program unchanged. Windows PowerShell 5.1 leaves an empty one out, escapes no quote
// within another, and after a space lets the backslash at the end escape the quote
// that it puts there. What is escaped by hand for it, 7.3 escapes once more: so there
// is no form of such a word that is right in both.
func PowerShellPasses(s string) bool {
	return s != "" && !strings.Contains(s, `"`) && !(strings.HasSuffix(s, `\`) && strings.Contains(s, " "))
}

// bare reports whether a word is letters, digits and these marks, and no
// option.
func bare(s, marks string) bool {
	return s != "" && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(marks, r))
	})
}

// Systemd is a word of a unit file's setting, such as one assignment of
// Environment=: in double quotes, in which a backslash begins an escape, and
// with its percent signs doubled, each of which begins a specifier
// (systemd.exec(5), systemd.syntax(7), systemd.unit(5)). s must be Printable.
func Systemd(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(s) + `"`
}

// SystemdFilter is the script of sed that makes the same of a value in a shell,
// without the quotes around it.
const SystemdFilter = `s/[\\"]/\\&/g; s/%/%%/g`
