package probetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// This file parses a command as PowerShell does, and passes its words on to a program as
// each of the differing versions does. There is no PowerShell where the tests run: the rules
// are from PowerShell's sources (tokenizer.cs, NativeCommandParameterBinder.cs), as far as
// the commands of a report need them, and from Microsoft's "Parsing C command-line
// arguments".

// ReadPowerShell returns the calls in a line: the words of each, the program first. The
// output of a subexpression becomes SUBEXPRESSION, and its calls precede the others. Syntax
// beyond what the commands of a report need is an error.
func ReadPowerShell(line string) (calls [][]string, err error) {
	var words []string
	end := func() {
		if len(words) > 0 {
			calls = append(calls, words)
		}
		words = nil
	}
	for i := 0; i < len(line); {
		switch c := line[i]; c {
		case ' ':
			i++
		case ';', '|':
			end()
			i++
		default:
			word, n, inner, err := powerShellWord(line[i:])
			if err != nil {
				return nil, fmt.Errorf("%w in %s", err, line)
			}
			words, calls, i = append(words, word), append(calls, inner...), i+n
		}
	}
	end()
	return calls, nil
}

// powerShellWord parses one argument, a bare word or one in quotes, and returns its length.
func powerShellWord(s string) (word string, n int, inner [][]string, err error) {
	switch s[0] {
	case '\'':
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] != '\'':
				word += s[i : i+1]
			case strings.HasPrefix(s[i:], "''"):
				word += "'"
				i++
			default:
				return word, i + 1, nil, endsAfter(s[i+1:])
			}
		}
		return "", 0, nil, fmt.Errorf("a quote is not closed")
	case '"':
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] == '"':
				return word, i + 1, inner, endsAfter(s[i+1:])
			case strings.HasPrefix(s[i:], "$("):
				n := strings.LastIndexByte(s[i:], ')')
				if n < 0 {
					return "", 0, nil, fmt.Errorf("a subexpression is not closed")
				}
				if inner, err = ReadPowerShell(s[i+2 : i+n]); err != nil {
					return "", 0, nil, err
				}
				word += "SUBEXPRESSION"
				i += n
			case s[i] == '$' || s[i] == '`':
				return "", 0, nil, fmt.Errorf("%q in double quotes", s[i])
			default:
				word += s[i : i+1]
			}
		}
		return "", 0, nil, fmt.Errorf("a quote is not closed")
	}
	word = s
	if i := strings.IndexAny(s, " ;|"); i >= 0 {
		word = s[:i]
	}
	return word, len(word), nil, bareWord(word)
}

// endsAfter requires a word to end after its quotes: some versions split it there.
func endsAfter(rest string) error {
	if rest != "" && strings.IndexByte(" ;|)", rest[0]) < 0 {
		return fmt.Errorf("a word goes on after its quotes")
	}
	return nil
}

// bareWord returns an error if PowerShell does not take an unquoted word literally: an
// operator, a variable, a number, a parameter with a value.
func bareWord(s string) error {
	s = strings.Replace(s, `$HOME\`, `C:\`, 1) // the one variable that is meant
	if i := strings.IndexFunc(s, func(r rune) bool { return r > '~' || strings.ContainsRune("$@(){},&<>`'\"", r) }); i >= 0 {
		return fmt.Errorf("%q outside of quotes", s[i:])
	}
	switch {
	case s[0] == '#':
		return fmt.Errorf("a comment")
	case s[0] == '-' && !strings.HasPrefix(s, "--") && strings.ContainsAny(s, ".:["):
		return fmt.Errorf("%s is two words", s) // a parameter ends there
	case strings.HasPrefix(s, "--%"):
		return fmt.Errorf("an end of parsing")
	}
	if strings.IndexByte("0123456789+.", s[0]) >= 0 && strings.Count(s, ".") < 2 && !strings.Contains(s, ":") {
		if n, err := strconv.Atoi(s); err != nil || strconv.Itoa(n) != s {
			return fmt.Errorf("%s is a number, of another form", s)
		}
	}
	return nil
}

// PowerShellPasses returns the arguments that a program receives for words, by version:
// Windows PowerShell 5.1, PowerShell 7 up to 7.2, and since 7.3
// (PSNativeCommandArgumentPassing = Windows).
func PowerShellPasses(words []string) (byVersion map[string][]string) {
	byVersion = make(map[string][]string)
	for version, quoted := range map[string]func(string) string{
		"5.1": func(w string) string { return legacyArgument(w, false) },
		"7.2": func(w string) string { return legacyArgument(w, true) },
		"7.3": standardArgument,
	} {
		var line []string
		for _, w := range words {
			if w == "" && version != "7.3" {
				continue // an empty word is not passed on
			}
			line = append(line, quoted(w))
		}
		byVersion[version] = commandLine(strings.Join(line, " "))
	}
	return byVersion
}

// legacyArgument puts quotes around a word with a space, and escapes none inside it. Since
// PowerShell 6, backslashes at its end are doubled.
func legacyArgument(w string, doubles bool) string {
	quotes, space, before := 0, false, byte(0)
	for i := range len(w) {
		switch {
		case w[i] == '"' && before != '\\':
			quotes++
		case (w[i] == ' ' || w[i] == '\t') && quotes%2 == 0:
			space = true
		}
		before = w[i]
	}
	if !space {
		return w
	}
	end := ""
	if doubles {
		end = w[len(strings.TrimRight(w, `\`)):]
	}
	return `"` + w + end + `"`
}

// standardArgument is .NET's ArgumentList (PasteArguments.cs).
func standardArgument(w string) string {
	if w != "" && !strings.ContainsAny(w, " \t\"") {
		return w
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(w); i++ {
		n := 0
		for i < len(w) && w[i] == '\\' {
			n, i = n+1, i+1
		}
		switch {
		case i == len(w):
			b.WriteString(strings.Repeat(`\`, 2*n))
		case w[i] == '"':
			b.WriteString(strings.Repeat(`\`, 2*n+1) + `"`)
		default:
			b.WriteString(strings.Repeat(`\`, n) + w[i:i+1])
		}
	}
	b.WriteByte('"')
	return b.String()
}

// commandLine splits a command line into arguments as CommandLineToArgvW and Microsoft's C
// library do.
func commandLine(s string) (args []string) {
	for i := 0; ; {
		for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
			i++
		}
		if i == len(s) {
			return args
		}
		var arg []byte
		quoted := false
		for ; i < len(s) && (quoted || s[i] != ' ' && s[i] != '\t'); i++ {
			n := 0
			for i < len(s) && s[i] == '\\' {
				n, i = n+1, i+1
			}
			if i == len(s) || s[i] != '"' {
				arg = append(arg, slices.Repeat([]byte{'\\'}, n)...)
				if i == len(s) || !quoted && (s[i] == ' ' || s[i] == '\t') {
					break
				}
				arg = append(arg, s[i])
				continue
			}
			arg = append(arg, slices.Repeat([]byte{'\\'}, n/2)...)
			switch {
			case n%2 == 1:
				arg = append(arg, '"')
			case quoted && i+1 < len(s) && s[i+1] == '"':
				arg, i = append(arg, '"'), i+1
			default:
				quoted = !quoted
			}
		}
		args = append(args, string(arg))
	}
}
