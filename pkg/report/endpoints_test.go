package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// endpoints lists what a plain node must reach.
func endpoints(t *testing.T, c probe.Config) *report.Endpoints {
	t.Helper()
	r, err := endpoint.LookupRegion(c.Region)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := probe.NewPlan(c, node.Local{Node: observation.Node{}})
	if err != nil {
		t.Fatal(err)
	}
	return report.NewEndpoints("1.2.3", r, plan.Plan)
}

// everything is the list of all capabilities in the Region with both of the
// exceptional buckets.
func everything(t *testing.T) *report.Endpoints {
	return endpoints(t, probe.Config{Region: "me-south-1", RegionFrom: "--region", Capabilities: endpoint.Capabilities(), Buckets: []string{"my-logs"}})
}

func listed(t *testing.T, write func(io.Writer, *report.Endpoints) error, e *report.Endpoints) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, e); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func endpointsText(w io.Writer, e *report.Endpoints) error {
	return report.EndpointsText(w, e, report.TextOptions{ASCII: true})
}

func TestEndpointsFormats(t *testing.T) {
	e := everything(t)
	for name, write := range map[string]func(io.Writer, *report.Endpoints) error{
		"endpoints.txt":         endpointsText,
		"endpoints.json":        report.EndpointsJSON,
		"endpoints.csv":         report.EndpointsCSV,
		"endpoints.md":          report.EndpointsMarkdown,
		"endpoints.policy.json": report.EndpointsPolicy,
	} {
		golden(t, name, listed(t, write, e))
	}
}

// Every format names both buckets of Bahrain that no template gives.
func TestEndpointsNameExceptionalBuckets(t *testing.T) {
	e := everything(t)
	for i, write := range []func(io.Writer, *report.Endpoints) error{
		endpointsText, report.EndpointsJSON, report.EndpointsCSV, report.EndpointsMarkdown, report.EndpointsPolicy,
	} {
		got := listed(t, write, e)
		for _, bucket := range []string{"patch-baseline-snapshot-me-south-1-uduvl7q8", "aws-patch-manager-me-south-1-a53fc9dce"} {
			if !strings.Contains(got, bucket) {
				t.Errorf("format %d lacks %s", i, bucket)
			}
		}
	}
}

// In every Region, with every choice of names, the list is whole: a host for
// each target, none twice, and the text fits 80 columns.
func TestEndpointsEverywhere(t *testing.T) {
	for _, region := range endpoint.Regions() {
		for _, c := range []probe.Config{{}, {FIPS: true}, {DualStack: true}, {FIPS: true, DualStack: true}} {
			c.Region, c.Capabilities = region, endpoint.Capabilities()
			e := endpoints(t, c)
			plan, err := probe.NewPlan(c, node.Local{Node: observation.Node{}})
			if err != nil {
				t.Fatal(err)
			}
			hosts := map[string]bool{}
			for _, h := range e.Hosts {
				if hosts[h.Host] || h.Port != 443 || h.Protocol != "tcp" || len(h.Purposes) == 0 || len(h.Capabilities) == 0 {
					t.Errorf("%s: %+v is not whole, or there twice", region, h)
				}
				hosts[h.Host] = true
			}
			for _, target := range plan.Targets {
				if exists := target.NotApplicable == "" && target.NotDocumented == ""; exists != hosts[target.Host] && target.Service != endpoint.S3 {
					t.Errorf("%s: %s at %s exists: %v, is listed: %v", region, target.Name, target.Host, exists, hosts[target.Host])
				}
			}
			for line := range strings.Lines(listed(t, endpointsText, e)) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
					t.Errorf("%s: %d columns: %s", region, n, line)
				}
			}
		}
	}
}

// A Region without ec2messages says so, and asks nobody to open it.
func TestEndpointsWithoutEC2Messages(t *testing.T) {
	e := endpoints(t, probe.Config{Region: "mx-central-1"})
	if slices.ContainsFunc(e.Hosts, func(h report.EndpointHost) bool { return strings.HasPrefix(h.Host, "ec2messages") }) {
		t.Error("ec2messages is listed")
	}
	if !slices.ContainsFunc(e.Notes, func(n string) bool { return strings.Contains(n, "no ec2messages") }) {
		t.Errorf("the notes do not say why: %q", e.Notes)
	}
}

// Only what a capability cannot do without is required.
func TestEndpointsRequired(t *testing.T) {
	for _, h := range endpoints(t, probe.Config{Region: "us-east-2"}).Hosts {
		if want := !strings.HasPrefix(h.Host, "ec2messages."); h.Required != want {
			t.Errorf("%s: required %v, want %v", h.Host, h.Required, want)
		}
	}
}

// A bucket of the user's own is read by a name of its own as well, and is in a
// statement of its own.
func TestEndpointsOwnBucket(t *testing.T) {
	e := endpoints(t, probe.Config{Region: "us-east-2", Capabilities: []endpoint.Capability{endpoint.SessionManager}, Buckets: []string{"mine", "with.dots"}})
	var hosts []string
	for _, h := range e.Hosts {
		hosts = append(hosts, h.Host)
	}
	want := []string{"ssm.us-east-2.amazonaws.com", "ssmmessages.us-east-2.amazonaws.com", "mine.s3.us-east-2.amazonaws.com", "s3.us-east-2.amazonaws.com"}
	if diff := cmp.Diff(want, hosts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var p endpoint.Policy
	if err := json.Unmarshal([]byte(listed(t, report.EndpointsPolicy, e)), &p); err != nil {
		t.Fatal(err)
	}
	wantPolicy := endpoint.Policy{Version: "2012-10-17", Statement: []endpoint.Statement{{
		Sid: "ReadOwnBuckets", Effect: "Allow", Principal: "*", Action: []string{"s3:GetObject"},
		Resource: []string{"arn:aws:s3:::mine/*", "arn:aws:s3:::with.dots/*"},
	}}}
	if diff := cmp.Diff(wantPolicy, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A Windows node reads a bucket that the others leave alone.
func TestEndpointsOnWindows(t *testing.T) {
	r, err := endpoint.LookupRegion("us-east-2")
	if err != nil {
		t.Fatal(err)
	}
	for system, want := range map[string]string{"windows": "s3.dualstack.us-east-2.amazonaws.com", "linux": ""} {
		plan, err := probe.NewPlan(probe.Config{Region: r.Name, Capabilities: []endpoint.Capability{endpoint.PatchManager}}, node.Local{Node: observation.Node{OS: system}})
		if err != nil {
			t.Fatal(err)
		}
		e := report.NewEndpoints("1.2.3", r, plan.Plan)
		i := slices.IndexFunc(e.Buckets, func(b report.EndpointBucket) bool { return b.Bucket == "aws-windows-downloads-us-east-2" })
		if i < 0 || e.Buckets[i].Host != want {
			t.Errorf("on %s: bucket %d of %+v", system, i, e.Buckets)
		}
	}
}

// A bucket of AWS's that --bucket names stays one that anybody may read.
func TestEndpointsOwnBucketOfAWS(t *testing.T) {
	e := endpoints(t, probe.Config{Region: "us-east-2", Buckets: []string{"amazon-ssm-us-east-2"}})
	if len(e.Buckets) != 1 || !e.Buckets[0].Managed {
		t.Errorf("%+v", e.Buckets)
	}
}

// What files and flags give is text in every format, and never a formula, a
// cell, a markup or a command to the terminal.
func TestEndpointsHostile(t *testing.T) {
	for _, bad := range []string{"=1+1", "+1", "-1", "@sum(a)", "a,b", "a\"b", "a\nb", "\x1b[31m", "a|b`c", "<b>", "\u202e"} {
		e := everything(t)
		e.RegionFrom, e.RegionTitle = bad, bad
		for i := range e.Hosts {
			e.Hosts[i].Host, e.Hosts[i].Proxy, e.Hosts[i].NamedBy, e.Hosts[i].Purposes = bad, bad, bad, []string{bad}
		}
		for i := range e.Buckets {
			e.Buckets[i].Bucket, e.Buckets[i].Host = bad, bad
		}
		e.Notes, e.Missing = []string{bad}, []string{bad}

		rows, err := csv.NewReader(strings.NewReader(listed(t, report.EndpointsCSV, e))).ReadAll()
		if err != nil || len(rows) != 1+len(e.Hosts)+len(e.Buckets) {
			t.Errorf("%q: %d rows, %v", bad, len(rows), err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("a spreadsheet would compute %q", cell)
				}
			}
		}
		var back report.Endpoints
		if err := json.Unmarshal([]byte(listed(t, report.EndpointsJSON, e)), &back); err != nil || back.Hosts[0].Host != bad {
			t.Errorf("JSON gives %q back for %q, %v", back.Hosts[0].Host, bad, err)
		}
		md := listed(t, report.EndpointsMarkdown, e)
		for line := range strings.Lines(md) {
			if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 7 && strings.Count(line, "|") != 5 {
				t.Errorf("%q breaks the table: %q", bad, line)
			}
		}
		for _, out := range []string{md, listed(t, endpointsText, e), listed(t, report.EndpointsCSV, e)} {
			if strings.ContainsAny(out, "\x1b\u202e") {
				t.Errorf("%q reaches the terminal as it is", bad)
			}
		}
	}
}

func TestEndpointsWriterFails(t *testing.T) {
	broken := errors.New("broken")
	for i, write := range []func(io.Writer, *report.Endpoints) error{
		endpointsText, report.EndpointsJSON, report.EndpointsCSV, report.EndpointsMarkdown, report.EndpointsPolicy,
	} {
		if err := write(failing{broken}, everything(t)); !errors.Is(err, broken) {
			t.Errorf("format %d: error %v, want the writer's", i, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
