package render

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
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

// HTML writes a roll-up as one page that needs no server and no network. The
// roll-up stands in it as data, and a script draws it; without JavaScript the page
// shows the text. The page's own policy lets it run its one script and load
// nothing.
func HTML(w io.Writer, r *fleet.Rollup, o Options) error {
	o.Color, o.ASCII, o.Width = false, false, report.DefaultWidth
	var text strings.Builder
	if err := Text(&text, r, o); err != nil {
		return err
	}
	// encoding/json escapes what could end a script or begin a comment.
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	style, script := strings.TrimSpace(styleCSS), strings.TrimSpace(pageJS)
	policy := "default-src 'none'; style-src 'sha256-" + sum(style) + "'; script-src 'sha256-" + sum(script) + "'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	title := verdict(r) + " · " + headline(r.Verdicts) + " · ssmcheck fleet"
	// One pass: what is filled in is not searched for marks.
	_, err = strings.NewReplacer(
		"@policy@", policy, "@title@", html.EscapeString(title), "@style@", style, "@script@", script,
		"@text@", html.EscapeString(text.String()), "@data@", string(bytes.TrimSpace(ascii(data))),
	).WriteString(w, strings.TrimSpace(pageHTML)+"\n")
	return err
}

// sum is how a policy names a script or a style.
func sum(s string) string {
	x := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(x[:])
}
