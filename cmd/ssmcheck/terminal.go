package main

import (
	"io"
	"os"
	"strings"

	"github.com/mattn/go-colorable"
	"github.com/mattn/go-isatty"
	"golang.org/x/term"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// A terminal is what a writer can show.
type terminal struct {
	interactive bool // a person looks at it
	utf8        bool
	width       int
	height      int // 0: not known
}

// terminal says what w can show. What is no terminal is taken to be read in the
// same locale, later.
func (s system) terminal(w io.Writer) terminal {
	t := terminal{utf8: consoleUTF8(s.getenv), width: report.DefaultWidth}
	f, ok := w.(*os.File)
	if !ok {
		return t
	}
	t.interactive = isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())
	if t.interactive {
		// A serial console tells none, or 0.
		if n, rows, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			t.width, t.height = min(n, report.DefaultWidth), rows
		}
	}
	return t
}

// colours says whether w gets colours: --color decides, else NO_COLOR
// (https://no-color.org), TERM=dumb, and whether a person looks at it.
func (s system) colours(choice string, t terminal) bool {
	switch choice {
	case "always":
		return true
	case "never":
		return false
	}
	return t.interactive && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb"
}

// colourable translates colours for consoles of Windows that do not know the
// escape sequences.
func colourable(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok {
		return colorable.NewColorable(f)
	}
	return w
}

// localeUTF8 reads the locale as the C library does: the first of the three
// variables that is not empty.
func localeUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
