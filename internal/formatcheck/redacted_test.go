package formatcheck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// holdRedacted checks that the redacted copy has the codes, severities and targets of the
// original, that it is judged alike when it is read again, and that no format of it
// contains a value of the original that must be replaced. It returns the copy.
func holdRedacted(t *testing.T, whole *report.Document) *report.Document {
	t.Helper()
	o, octets := planted(t, whole.Observations)
	whole = report.New("1.2.3", diagnose.Judge(o), o)
	r := redact.New()
	seen, err := r.Observations(whole.Observations)
	if err != nil {
		t.Fatal(err)
	}
	redacted := report.NewRedacted("1.2.3", seen)
	names := r.Targets(whole.Observations.Plan)
	if diff := cmp.Diff(outline(&whole.Report, names), outline(&redacted.Report, nil)); diff != "" {
		t.Errorf("the redacted report is judged otherwise (-original +redacted):\n%s", diff)
	}
	var b bytes.Buffer
	if err := report.JSON(&b, redacted); err != nil {
		t.Fatal(err)
	}
	saved, err := report.ReadJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	again := report.NewRedacted("1.2.3", saved.Observations)
	if diff := cmp.Diff(redacted.Report, again.Report, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{})); diff != "" || !saved.Redacted {
		t.Errorf("the saved copy is judged otherwise (-report +again):\n%s", diff)
	}
	holdSilent(t, redacted, originals(o), octets)
	return redacted
}

// outline returns a diagnosis without its texts. names rename targets.
func outline(r *diagnose.Report, names map[string]string) []string {
	called := func(name string) string {
		if stand, ok := names[name]; ok {
			return stand
		}
		return name
	}
	out := []string{string(r.Verdict), string(r.Expect)}
	for _, c := range r.Capabilities {
		out = append(out, string(c.Name)+" "+string(c.Verdict))
	}
	for _, f := range r.Findings {
		line := string(f.Severity) + " " + string(f.Code)
		for _, name := range f.Targets {
			line += " " + called(name)
		}
		out = append(out, line)
	}
	for _, x := range r.Targets {
		out = append(out, called(x.Name)+" "+string(x.Verdict))
	}
	return out
}

// planted replaces the lab's addresses with others that no pseudonym resembles: a VPC's
// 10.0.0.2 is its own pseudonym. It also returns their second octets.
func planted(t *testing.T, o *observation.Observations) (*observation.Observations, map[string]bool) {
	t.Helper()
	octets := map[string]bool{}
	doc, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	text := ownAddress.ReplaceAllStringFunc(string(doc), func(s string) string {
		sub := ownAddress.FindStringSubmatch(s)
		octet, err := strconv.Atoi(sub[3])
		if err != nil || octet > 63 || strings.HasSuffix(s, ".0.0.0/8") {
			return s
		}
		octets[strconv.Itoa(octet^plantedBits)] = true
		return fmt.Sprintf("%[1]s10%[2]s%[3]d%[2]s%[4]s", sub[1], sub[2], octet^plantedBits, sub[4])
	})
	text = strings.NewReplacer(`"role_name":"node"`, `"role_name":"zqrole"`, "instance role node", "instance role zqrole",
		"assumed-role/node/", "assumed-role/zqrole/", "role/node", "role/zqrole").Replace(text)
	var out observation.Observations
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return &out, octets
}

// ownAddress matches addresses of 10.0.0.0/8, also with hyphens. plantedBits are inverted
// in the second octet, which is then larger than 127.
var ownAddress = regexp.MustCompile(`(^|[^0-9.-])10([.-])([0-9]{1,3})[.-]([0-9]{1,3}[.-][0-9]{1,3}(?:/8)?)`)

const plantedBits = 0b1101_0101

// originals returns the values of the observations that no format of a copy may contain:
// ids and names, found by their members, not by their form.
func originals(o *observation.Observations) []string {
	m, n := &o.Metadata, &o.Node
	out := []string{lab.InstanceID, m.InstanceID, n.InstanceID, n.Registration.InstanceID, m.VPCID, m.SubnetID, n.Hostname, m.RoleName}
	out = append(out, m.SecurityGroups...)
	for _, s := range n.Resolver.Search {
		if !strings.HasSuffix(s, ".internal") {
			out = append(out, s)
		}
	}
	for _, t := range o.Plan.Targets {
		if t.Own {
			out = append(out, t.Bucket)
		}
		for _, raw := range []string{t.Proxy, n.Proxy.HTTPS, n.Proxy.ShellHTTPS} {
			if u, err := url.Parse(raw); err == nil && strings.ContainsAny(u.Hostname(), "abcdefghijklmnopqrstuvwxyz") {
				out = append(out, u.Hostname())
			}
		}
	}
	for _, t := range o.Targets {
		for _, a := range t.Addresses {
			if a.Handshake == nil {
				continue
			}
			for _, c := range a.Handshake.Certificates {
				out = append(out, c.SHA256)
			}
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return s == "" })
}

// holdSilent checks that no format contains one of the values, or a planted address.
func holdSilent(t *testing.T, d *report.Document, values []string, octets map[string]bool) {
	t.Helper()
	plain := report.TextOptions{}
	verbose := report.TextOptions{Verbose: true, Width: 400}
	for name, f := range map[string]func(io.Writer) error{
		"json":       func(w io.Writer) error { return report.JSON(w, d) },
		"ndjson":     func(w io.Writer) error { return report.NDJSON(w, d) },
		"text":       func(w io.Writer) error { return report.Text(w, d, plain) },
		"verbose":    func(w io.Writer) error { return report.Text(w, d, verbose) },
		"short":      func(w io.Writer) error { return report.Short(w, d, plain) },
		"junit":      func(w io.Writer) error { return report.JUnit(w, d, true) },
		"prometheus": func(w io.Writer) error { return report.Prometheus(w, d, false) },
		"nagios":     func(w io.Writer) error { return report.Nagios(w, d, true) },
		"markdown":   func(w io.Writer) error { return report.Markdown(w, d) },
		"html":       func(w io.Writer) error { return report.HTML(w, d, report.HTMLOptions{Text: verbose}) },
	} {
		var b bytes.Buffer
		if err := f(&b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text := b.String()
		for _, v := range values {
			if at := strings.Index(text, v); at >= 0 {
				t.Errorf("%s has %s: …%s…", name, v, text[max(0, at-80):min(len(text), at+80)])
			}
		}
		for _, m := range ownAddress.FindAllStringSubmatchIndex(text, -1) {
			if octets[text[m[6]:m[7]]] {
				t.Errorf("%s has an address of the original: …%s…", name, text[max(0, m[0]-80):min(len(text), m[1]+80)])
			}
		}
	}
}
