package remedy

import (
	"fmt"
	"net/netip"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// mark stands in every hostile string.
const mark = "PWNED"

// hostile are strings that leave a comment, a string or a word in one of the
// languages, if they are let.
var hostile = []string{
	"\"; }\n" + mark + " { evil = \"${file(\"/etc/passwd\")}\" } %{ for x in y }",
	"'\n" + mark + " $(touch " + mark + ") `touch " + mark + "` ; '",
	mark + "\r\n  - evil: !!python/object\n\x1b[2J\u2028\u202e\u0000\U000e0001",
	mark + "\nserver=/evil/10.9.9.9\nforward-addr: 10.9.9.9\n};\nzone \"" + mark + "\" { };",
	"*/ //" + mark + " {{resolve:ssm:" + mark + "}} \\\nEOF\n" + mark,
	"amazonaws.com/" + mark,
	"$" + mark + "${" + mark + ":=x}",
}

// fill puts a string into every string of a value, but for those that decide
// what the value is.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		switch v.Type() {
		case reflect.TypeFor[probe.ServerRole](), reflect.TypeFor[diagnose.Severity](), reflect.TypeFor[diagnose.Code](),
			reflect.TypeFor[probe.NodeKind](), reflect.TypeFor[endpoint.Capability]():
		default:
			if v.CanSet() {
				v.SetString(s)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem(), s)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[netip.Addr]() || v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), s)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), s)
		}
	}
}

// TestHostile puts hostile text in the place of whatever a saved report, a
// nameserver, a proxy or a metadata service may say: it reaches comments only,
// escaped, and every language still reads what is written.
func TestHostile(t *testing.T) {
	for i, s := range hostile {
		for _, region := range []string{"us-east-2", s} {
			for _, os := range []string{"linux", "windows", s} {
				t.Run(fmt.Sprintf("%d/%.9q/%.9q", i, region, os), func(t *testing.T) {
					o := observed(t, "us-east-2")
					private(o, "ssm")
					names := make([]string, len(o.Plan.Targets))
					for i, target := range o.Plan.Targets {
						names[i] = target.Name
					}
					fill(reflect.ValueOf(o), s)
					for i := range names {
						o.Plan.Targets[i].Name, o.Targets[i].Name = names[i], names[i]
						if i%2 == 0 { // half of them still look like services
							o.Plan.Targets[i].Service = endpoint.Service(strings.TrimPrefix(names[i], "s3:"))
							o.Plan.Targets[i].Overridden = ""
						}
					}
					o.Plan.Region, o.Node.OS = region, os
					o.Node.Proxy.ShellHTTPS = "http://" + s
					r := everything()
					for i := range r.Findings {
						f := &r.Findings[i]
						f.Title, f.Fix = s, []string{s, s + "\n" + s}
					}
					x := New(r, o)
					checkAll(t, x)
					for _, as := range Languages() {
						checkMark(t, text(t, x, Options{As: as}), "#")
					}
					for _, dns := range Nameservers() {
						sign := "#"
						if dns == BIND {
							sign = "//"
						}
						config := text(t, x, Options{DNS: dns, Bare: true})
						checkMark(t, config, sign)
						checkPrintable(t, config)
					}
				})
			}
		}
	}
}

// checkMark wants the mark in comments alone.
func checkMark(t *testing.T, s, sign string) {
	t.Helper()
	for l := range strings.Lines(s) {
		if strings.Contains(l, mark) && !strings.HasPrefix(strings.TrimSpace(l), sign) {
			t.Errorf("outside a comment: %q in\n%s", l, s)
		}
	}
}

// TestHostileWords quotes for each language what it would take for its own.
func TestHostileWords(t *testing.T) {
	for _, s := range append(hostile, "%{ if true }x%{ endif }", "plain", "") {
		if got := hclString(s); strings.ContainsAny(got, "\n\r") || checkHCL("variable \"x\" {\n  description = "+got+"\n  type = string\n}\n") != nil {
			t.Errorf("HCL: %s", got)
		}
		c := exec.Command(tool(t, "sh"), "-c", "printf %s "+quote.Shell(s))
		if out, err := c.Output(); err == nil && string(out) != strings.ReplaceAll(s, "\x00", "") {
			t.Errorf("shell: %q comes out as %q", s, out)
		}
		if got := quote.PowerShell(s); strings.Count(got, "'")%2 != 0 {
			t.Errorf("PowerShell: %s", got)
		}
		if got := printable(s); strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("a comment: %q", got)
		}
	}
	if got, want := quote.PowerShell("a'b\u2019;calc"), "'a''b\u2019\u2019;calc'"; got != want {
		t.Errorf("PowerShell: got %s, want %s", got, want)
	}
	if got, want := hclString("a${b}%{c}\"\\\u202e\U0001f600"), `"a$${b}%%{c}\"\\\u202e\U0001f600"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string]int{"": 1, "a b": 1, strings.Repeat("word ", 40): 3, strings.Repeat("x", 300) + " y": 2} {
		if got := wrap(text, 76); len(got) != want {
			t.Errorf("%.20q: %d lines, want %d: %q", text, len(got), want, got)
		}
	}
}
