// Package quote writes text from outside as one word of a shell, or as one
// assignment of a systemd unit, and knows which characters cannot be seen. What
// is quoted here is printed as it is: whoever changes a quoted word afterwards,
// by spelling it in ASCII or by escaping it, may end its quotes. So what is to
// be quoted is printable ASCII, which no printer changes: see Printable.
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

// ShellWord is Shell, without the quotes where a POSIX shell and zsh take the
// word as it is. Brackets are no such word: they are a pattern for file names,
// and zsh gives up a command whose pattern matches none. Nor is a word with an
// equals sign at its beginning, which zsh takes for the path of a program.
func ShellWord(s string) string {
	if bare(s, "._:/@%+=,-") && s[0] != '=' {
		return s
	}
	return Shell(s)
}

// PowerShell is s as one word of PowerShell, always quoted. Within its quotes a
// quote stands for itself where it is doubled, and the typographic ones are
// quotes too.
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

// PowerShellWord is PowerShell, without the quotes where PowerShell takes the
// word as it is. What may be a number (1e5, 0x10, 1kb) is quoted: it would be
// passed on as another text.
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
