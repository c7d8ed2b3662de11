package remedy

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"go.yaml.in/yaml/v3"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
	"github.com/ssmcheck/ssmcheck/pkg/report"
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
	"amazonaws.com/" + mark + "\x7f", // the last sign keeps it from being a proxy's address
	"$" + mark + "${" + mark + ":=x}",
}

// plainText is in the place of hostile text in the harmless twin of a report: no
// host, no id and no address either.
const plainText = "harm less"

// A filler puts a text into every string of a value and its addresses' zones.
type filler struct {
	text, zone string
	// kinds: also into those that decide what the value is.
	kinds bool
	// grow makes what a report may have and this one has not.
	grow bool
	n    byte
}

func (f *filler) fill(v reflect.Value, depth int) {
	if !v.CanSet() && v.Kind() != reflect.Pointer {
		return
	}
	switch v.Kind() {
	case reflect.String:
		switch v.Type() {
		case reflect.TypeFor[observation.ServerRole](), reflect.TypeFor[diagnose.Severity](), reflect.TypeFor[diagnose.Code](),
			reflect.TypeFor[observation.NodeKind](), reflect.TypeFor[endpoint.Capability]():
			if !f.kinds {
				return
			}
		}
		v.SetString(f.text)
	case reflect.Pointer:
		if v.IsNil() && f.grow && v.CanSet() && depth < 8 {
			v.Set(reflect.New(v.Type().Elem()))
		}
		if !v.IsNil() {
			f.fill(v.Elem(), depth+1)
		}
	case reflect.Struct:
		switch a := v.Addr().Interface().(type) {
		case *netip.Addr:
			*a = f.address()
			return
		case *netip.AddrPort:
			*a = netip.AddrPortFrom(f.address(), 53)
			return
		case *time.Time, *netip.Prefix:
			return
		}
		for i := range v.NumField() {
			f.fill(v.Field(i), depth+1)
		}
	case reflect.Slice:
		if v.Len() == 0 && f.grow && depth < 8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			f.fill(v.Index(i), depth+1)
		}
	case reflect.Map:
		if v.Len() == 0 && !f.grow {
			return
		}
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key, depth+1)
		f.fill(value, depth+1)
		if f.kinds || v.Type().Key().Kind() == reflect.String && v.Type().Key() != reflect.TypeFor[endpoint.Capability]() {
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(key, value)
		}
	}
}

// address is one that no other field has, with the zone.
func (f *filler) address() netip.Addr {
	f.n++
	return netip.AddrFrom16([16]byte{0: 0xfd, 15: f.n}).WithZone(f.zone)
}

// A scene is a report that can be filled with any text: what the fields decide
// that are left as they are.
type scene struct {
	region, os  string
	kinds, grow bool
	// saved: the report is one that was written and is read.
	saved bool
}

// remedy is what cures everything in the scene with a text in all its fields.
func (c scene) remedy(t *testing.T, text, zone string) *Remedy {
	t.Helper()
	o := observed(t, "us-east-2")
	private(o, "ssm")
	for _, role := range []observation.ServerRole{observation.RoleVPC, observation.RoleConfigured} {
		o.Servers = append(o.Servers, observation.ServerObservation{PlannedServer: observation.PlannedServer{Role: role, Given: role == observation.RoleVPC}, Answers: slices.Clone(o.Servers[0].Answers[:1])})
	}
	var names, hosts []string
	for _, target := range o.Plan.Targets {
		names, hosts = append(names, target.Name), append(hosts, target.Host)
	}
	f := &filler{text: text, zone: zone, kinds: c.kinds, grow: c.grow}
	f.fill(reflect.ValueOf(o), 0)
	for i := range names {
		o.Plan.Targets[i].Name, o.Targets[i].Name = names[i], names[i]
		if i%2 == 0 { // half of them still look like services
			o.Plan.Targets[i].Service, o.Plan.Targets[i].Host = endpoint.Service(strings.TrimPrefix(names[i], "s3:")), hosts[i]
			o.Plan.Targets[i].Overridden = ""
		}
	}
	for i := range o.Servers {
		o.Servers[i].NotAsked = ""
		for j := range o.Servers[i].Answers {
			if j%2 == 0 && j < len(hosts) {
				o.Servers[i].Answers[j].Name, o.Servers[i].Answers[j].Addresses = hosts[j], []netip.Addr{netip.MustParseAddr("52.46.1.1")}
			}
		}
	}
	stripped := o.Servers[len(o.Servers)-1].Answers
	for j := range stripped {
		stripped[j].Addresses = nil
	}
	pick := func(s string) string {
		if s == "" {
			return text
		}
		return s
	}
	o.Plan.Region, o.Node.OS = pick(c.region), pick(c.os)
	// The blank keeps what is left of it from being a proxy's address, also where
	// a reader has taken the path away.
	o.Node.Proxy.ShellHTTPS = "http:// " + text
	r := everything()
	for i := range r.Findings {
		g := &r.Findings[i]
		g.Title, g.Fix, g.Evidence, g.Confirm = text, []string{text, text + "\n" + text}, []string{text}, []string{text}
	}
	if c.saved {
		var b bytes.Buffer
		if err := report.JSON(&b, report.New(text, r, o)); err != nil {
			t.Fatal(err)
		}
		d, err := report.ReadJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		o = d.Observations
	}
	return planned(r, o)
}

// twin is the same scene without anything hostile.
func (c scene) twin(t *testing.T) *Remedy { return c.remedy(t, plainText, "") }

// TestHostile puts hostile text in the place of whatever a saved report, a
// nameserver, a proxy or a metadata service may say, zones of addresses too:
// every language still reads what is written, and what is no comment is what the
// harmless twin has, word by word.
func TestHostile(t *testing.T) {
	for n, c := range []scene{
		{region: "us-east-2", os: "linux"}, {region: "us-east-2", os: "windows"}, {region: "us-east-2"}, {os: "linux"}, {},
		{region: "us-east-2", os: "linux", grow: true}, {region: "us-east-2", os: "linux", kinds: true, grow: true},
		{region: "us-east-2", os: "linux", saved: true},
	} {
		twin := c.twin(t)
		if c.region != "" && !c.kinds && (len(twin.forwards) == 0 || twin.endpoints == nil || twin.proxy == nil || twin.exempt == nil) {
			t.Fatalf("%+v: too little is written to show anything: %+v", c, twin)
		}
		for i, s := range hostile {
			for _, zone := range []string{s, "lo\ndhcp-script=/tmp/" + mark + "\n", "a b", "\r" + mark, "\u0085" + mark, "\u2028" + mark, "\u2029" + mark, "\v\f" + mark, "]:53#" + mark, "eth0;" + mark} {
				if zone != s && (i > 0 || n > 0 && !c.saved) {
					continue // the further zones once, and once more of a file
				}
				t.Run(fmt.Sprintf("%+v/%d/%.9q", c, i, zone), func(t *testing.T) {
					sameButComments(t, c.remedy(t, s, zone), twin)
				})
			}
		}
	}
}

// sameButComments wants that a remedy adds nothing to its twin in any language.
func sameButComments(t *testing.T, x, twin *Remedy) {
	t.Helper()
	checkAll(t, x)
	for _, as := range Languages() {
		for _, dns := range append(Nameservers(), "") {
			for _, bare := range []bool{false, true} {
				if bare && dns == "" {
					continue
				}
				o := Options{As: as, DNS: dns, Bare: bare}
				got, want := text(t, x, o), text(t, twin, o)
				checkPrintable(t, got)
				sign := "#"
				if dns == BIND && bare {
					sign = "//"
				}
				if diff := cmp.Diff(active(want, sign), active(got, sign)); diff != "" {
					t.Errorf("%+v (-harmless +hostile):\n%s", o, diff)
				}
				if dns != "" && dns != Route53 {
					continue
				}
				switch {
				case as == Terraform && !bare:
					if diff := cmp.Diff(hclTokens(t, want), hclTokens(t, got)); diff != "" {
						t.Errorf("%+v (-harmless +hostile):\n%s", o, diff)
					}
				case as == CloudFormation && !bare:
					if diff := cmp.Diff(yamlNodes(t, want), yamlNodes(t, got)); diff != "" {
						t.Errorf("%+v (-harmless +hostile):\n%s", o, diff)
					}
				}
			}
		}
	}
}

// active are the lines that are no comments, by whatever ends a line in any of
// the languages.
func active(s, sign string) []string {
	var lines []string
	for _, l := range regexp.MustCompile("[\n\r\v\f\u0085\u2028\u2029]").Split(s, -1) {
		if l = strings.TrimRight(l, " "); l != "" && !strings.HasPrefix(strings.TrimSpace(l), sign) {
			lines = append(lines, l)
		}
	}
	return lines
}

// hclTokens are the tokens of a Terraform file, as HCL itself reads it, without
// the comments.
func hclTokens(t *testing.T, s string) []string {
	t.Helper()
	tokens, diagnostics := hclsyntax.LexConfig([]byte(s), "fix.tf", hcl.InitialPos)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	var list []string
	for _, token := range tokens {
		if token.Type != hclsyntax.TokenComment && token.Type != hclsyntax.TokenNewline {
			list = append(list, string(token.Bytes))
		}
	}
	return list
}

// yamlNodes are the values of a template, as YAML itself reads it.
func yamlNodes(t *testing.T, s string) []string {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(s), &document); err != nil {
		t.Fatal(err)
	}
	var list []string
	eachNode(&document, func(n *yaml.Node) { list = append(list, fmt.Sprint(n.Kind, n.Tag, " ", n.Value)) })
	return list
}

// TestHostileRuns: the scripts call what the harmless twin's call, and leave no
// other file behind.
func TestHostileRuns(t *testing.T) {
	c := scene{region: "us-east-2", os: "linux"}
	env := append(slices.Clone(given), "INBOUND_ENDPOINT_SUBNET_IDS=subnet-0a subnet-0b", "OUTBOUND_ENDPOINT_ID=rslvr-0", "ENDPOINT_SECURITY_GROUP_ID=sg-0",
		"INBOUND_ENDPOINT_SECURITY_GROUP_ID=sg-1", "PROXY_URL=http://10.0.0.9:3128", "VPC_ID=vpc-0")
	run := func(x *Remedy, o Options, args ...string) (seen []string) {
		script := strings.ReplaceAll(text(t, x, o), "/etc/", "etc/")
		for _, name := range []string{"systemctl", "chronyc", "timedatectl"} {
			script = strings.ReplaceAll(script, name+" ", "echo "+name+" >>did ")
		}
		dir, calls, stderr, status := runScript(t, script, env, args...)
		seen = append(calls, fmt.Sprint(status), regexp.MustCompile(`[^ ]*fix.sh: [0-9]+`).ReplaceAllString(stderr, "fix.sh"))
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			seen = append(seen, strings.TrimPrefix(path, dir))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range seen { // the time is in some calls
			seen[i] = regexp.MustCompile(`-[0-9]{9,}`).ReplaceAllString(s, "-N")
		}
		return seen
	}
	for _, o := range []struct {
		options Options
		args    []string
	}{{Options{}, nil}, {Options{}, []string{"node"}}, {Options{DNS: Route53}, nil}, {Options{DNS: Route53, Bare: true}, nil}} {
		want := run(c.twin(t), o.options, o.args...)
		if len(want) < 6 {
			t.Fatalf("%+v does nothing: %q", o, want)
		}
		for _, s := range hostile {
			if diff := cmp.Diff(want, run(c.remedy(t, s, s), o.options, o.args...)); diff != "" {
				t.Errorf("%+v, %q (-harmless +hostile):\n%s", o, s, diff)
			}
		}
	}
}

// TestHostileNameservers: each nameserver takes the configuration that a hostile
// report gives it. No zone is in it: those of this node are not the nameserver's.
func TestHostileNameservers(t *testing.T) {
	c := scene{region: "us-east-2", os: "linux"}
	for kind, check := range nameserverChecks {
		sign := "#"
		if kind == BIND {
			sign = "//"
		}
		t.Run(string(kind), func(t *testing.T) {
			for _, zone := range append(hostile, "lo\ndhcp-script=/tmp/x.sh\n", "eth0") {
				config := text(t, c.remedy(t, zone, zone), Options{DNS: kind, Bare: true})
				if out, err := check.accepts(t, kind, config); err != nil {
					t.Errorf("%q: %v\n%s\n%s", zone, err, out, config)
				}
				if strings.Contains(strings.Join(active(config, sign), ""), "%") {
					t.Errorf("the zone %q of this node is given to a nameserver:\n%s", zone, config)
				}
			}
		})
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
