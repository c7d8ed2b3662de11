package main

import (
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/mattn/go-colorable"
	"github.com/mattn/go-isatty"
	"golang.org/x/term"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// A terminal describes what a writer can display.
type terminal struct {
	interactive bool // it is a real terminal
	utf8        bool
	width       int
	height      int // 0: unknown
}

// terminal says what w can display. If w is not a terminal, it will presumably
// be read later in the same locale.
func (s system) terminal(w io.Writer) terminal {
	t := terminal{utf8: consoleUTF8(s.getenv), width: report.DefaultWidth}
	f, ok := w.(*os.File)
	if !ok {
		return t
	}
	t.interactive = isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())
	if t.interactive {
		// A serial console has no size, or 0.
		if n, rows, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			t.width, t.height = min(n, report.DefaultWidth), rows
		}
	}
	return t
}

// overwrites reports whether a terminal can go back and overwrite a line.
func (s system) overwrites(t terminal) bool {
	term := s.getenv("TERM")
	return t.interactive && term != "dumb" && (term != "" || runtime.GOOS == "windows")
}

// colours decides whether to use colours: by --color, otherwise by NO_COLOR
// (https://no-color.org), TERM=dumb and whether the output is a terminal.
func (s system) colours(choice string, t terminal) bool {
	switch choice {
	case "always":
		return true
	case "never":
		return false
	}
	return t.interactive && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb"
}

// colourable translates colours for Windows consoles that do not understand
// escape sequences.
func colourable(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok {
		return colorable.NewColorable(f)
	}
	return w
}

// localeUTF8 determines the locale as the C library does: by the first of the
// three variables that is not empty.
func localeUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
