package render

import (
	"bytes"
	_ "embed" // the page's parts
	"encoding/json"
	"html"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// The parts of the page.
var (
	//go:embed html/page.html
	pageHTML string
	//go:embed html/style.css
	styleCSS string
	//go:embed html/page.js
	pageJS string
)

// HTML writes a roll-up as one page that needs no server and no network. It contains
// the roll-up as data, which a script draws; without JavaScript it shows the text. Its
// own policy lets it run that one script and load nothing.
func HTML(w io.Writer, r *fleet.Rollup, o Options) error {
	o.Color, o.ASCII, o.Width = false, false, report.DefaultWidth
	var text strings.Builder
	if err := Text(&text, r, o); err != nil {
		return err
	}
	b, err := report.EncodeJSON(r, "")
	if err != nil {
		return err
	}
	var data bytes.Buffer
	json.HTMLEscape(&data, bytes.TrimSpace(b)) // what could end a script or begin a comment
	style, script := strings.TrimSpace(styleCSS), strings.TrimSpace(pageJS)
	title := verdict(r) + " · " + headline(r.Verdicts) + " · ssmcheck fleet"
	// One pass: what is filled in is not searched for marks.
	_, err = strings.NewReplacer(
		"@policy@", report.PagePolicy(style, script), "@title@", html.EscapeString(title), "@style@", style, "@script@", script,
		"@text@", html.EscapeString(text.String()), "@data@", data.String(),
	).WriteString(w, strings.TrimSpace(pageHTML)+"\n")
	return err
}
