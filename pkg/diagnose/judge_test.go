package diagnose

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A verdictTest is a world and everything that must be found in it.
type verdictTest struct {
	name   string
	change func(w *world)
	// want lists every finding: severity, code, targets.
	want   []string
	status int
}

func TestJudge(t *testing.T) {
	for _, test := range allTests() {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			test.change(w)
			r := Judge(w.Observations)
			if diff := cmp.Diff(test.want, told1(r), cmpopts.EquateEmpty(), cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if got := r.ExitStatus(false); got != test.status {
				t.Errorf("exit status %d, want %d; verdict %s", got, test.status, r.Verdict)
			}
			consistent(t, r)
		})
	}
}

// told1 renders the findings in one line each.
func told1(r *Report) []string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, strings.TrimSpace(string(f.Severity)+" "+string(f.Code)+" "+strings.Join(f.Targets, ",")))
	}
	return all
}

// consistent checks what holds for every report.
func consistent(t *testing.T, r *Report) {
	t.Helper()
	errors := 0
	for i, f := range r.Findings {
		if i > 0 && rank(f.Severity) > rank(r.Findings[i-1].Severity) {
			t.Errorf("finding %d (%s) is graver than the one before it", i, f.Code)
		}
		if rank(f.Severity) == 0 || rank(f.Severity) > rank(AtMost(f.Code)) {
			t.Errorf("%s is %q, at most %q", f.Code, f.Severity, AtMost(f.Code))
		}
		if f.Title == "" || len(f.Fix) == 0 || len(f.Evidence) == 0 && f.Code != AgentMissing && f.Code != AgentStopped {
			t.Errorf("%s lacks words: title %q, %d lines of evidence, %d of a fix", f.Code, f.Title, len(f.Evidence), len(f.Fix))
		}
		if f.Targets == nil || f.Confirm == nil {
			t.Errorf("%s: targets or confirm is nil", f.Code)
		}
		for _, line := range slices.Concat([]string{f.Title}, f.Evidence, f.Confirm, f.Fix) {
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%s: a line with control characters: %q", f.Code, line)
			}
		}
		if f.Severity == Error {
			errors++
		}
	}
	if (errors > 0) != (r.Verdict == Fail) {
		t.Errorf("verdict %s with %d errors", r.Verdict, errors)
	}
	for _, c := range r.Capabilities {
		if c.Verdict == Fail && len(c.Because) == 0 {
			t.Errorf("%s fails and says no cause", c.Name)
		}
		if c.Verdict == Warn && len(c.Because) == 0 && c.Reason == "" {
			t.Errorf("%s warns and says neither cause nor reason", c.Name)
		}
	}
	for _, x := range r.Targets {
		if x.Verdict == "" {
			t.Errorf("target %s has no verdict", x.Name)
		}
	}
}

// Every code of the contract.
const contract = `
imds-unreachable imds-disabled imds-hop-limit region-mismatch role-missing agent-missing agent-stopped agent-outdated
agent-endpoint-override agent-config-invalid clock-skew
dns-no-nameserver dns-server-silent dns-server-refuses dns-server-fails dns-forwarder-broken dns-name-fails
dns-forwarder-missing dns-forwarder-partial dns-rebind-filter dns-resolvers-disagree vpc-resolver-silent
endpoint-not-private dns-name-missing dns-no-address dns-hosts-override dns-search-list dns-sinkhole dns-not-aws
dns-tcp-blocked dns-slow dns-ipv6-unroutable
local-firewall route-none route-diverted endpoint-blocked endpoint-partly-blocked egress-blocked s3-blocked connection-refused
tls-wrong-name tls-intercepted tls-untrusted tls-expired sni-filtered mtu-black-hole large-hello-blocked
tls-reset tls-stalled tls-not-spoken tls-too-old
http-not-aws http-silent http-server-error websocket-blocked
proxy-invalid proxy-unreachable proxy-auth-required proxy-denied proxy-bypassed proxy-agent-differs proxy-shadows-endpoint
proxy-imds-not-bypassed
s3-policy-denies s3-bucket-missing s3-wrong-region
credentials-missing credentials-rejected iam-denied endpoint-policy-denies
agent-access-denied agent-identity-rejected agent-reports-error agent-hibernating
intermittent unexplained`

func TestEveryCodeHasACauseAndATest(t *testing.T) {
	found := make(map[string]bool)
	for _, test := range allTests() {
		for _, w := range test.want {
			found[strings.Fields(w)[1]] = true
		}
	}
	var codes []string
	for _, c := range Codes() {
		codes = append(codes, string(c))
	}
	want := strings.Fields(contract)
	if diff := cmp.Diff(want, codes, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("codes (-contract +here):\n%s", diff)
	}
	for _, c := range want {
		if !found[c] {
			t.Errorf("no table test wants %s", c)
		}
		if AtMost(Code(c)) == "" {
			t.Errorf("%s has no limit", c)
		}
	}
}

func TestWhatExplainsStandsFirst(t *testing.T) {
	seen := make(map[Code]bool)
	for _, c := range causes() {
		if seen[c.code] {
			t.Errorf("%s stands twice", c.code)
		}
		seen[c.code] = true
		for _, by := range c.dependsOn {
			if !seen[by] {
				t.Errorf("%s is explained by %s, which does not stand before it", c.code, by)
			}
		}
	}
}

// encoded sends observations through their JSON form.
func encoded(t testing.TB, o *observation.Observations) *observation.Observations {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	out := new(observation.Observations)
	if err := json.Unmarshal(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestASavedRunIsJudgedTheSame(t *testing.T) {
	for _, test := range allTests() {
		w := healthy()
		test.change(w)
		if diff := cmp.Diff(Judge(w.Observations), Judge(encoded(t, w.Observations)), cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{})); diff != "" {
			t.Errorf("%s: judged again (-first +again):\n%s", test.name, diff)
		}
	}
}

func TestObservationsThatLackEverything(t *testing.T) {
	for name, o := range map[string]*observation.Observations{
		"nil":         nil,
		"empty":       {},
		"interrupted": {Ending: observation.EndingInterrupted},
	} {
		r := Judge(o)
		if r.Verdict == Pass || r.ExitStatus(false) != 3 || r.Findings == nil {
			t.Errorf("%s: verdict %q, status %d, findings %v", name, r.Verdict, r.ExitStatus(false), r.Findings)
		}
	}
	// Each part of a run that a saved one may lack.
	for name, change := range map[string]func(o *observation.Observations){
		"no targets seen": func(o *observation.Observations) { o.Targets = nil },
		"no lookups":      func(o *observation.Observations) { o.System, o.Servers = nil, nil },
		"no servers":      func(o *observation.Observations) { o.Servers = nil },
		"no plan":         func(o *observation.Observations) { o.Plan = observation.Plan{} },
		"no needs":        func(o *observation.Observations) { o.Plan.Needs = nil },
		"no node":         func(o *observation.Observations) { o.Node = observation.Node{} },
		"no plan targets": func(o *observation.Observations) { o.Plan.Targets = nil },
	} {
		w := healthy()
		change(w.Observations)
		if r := Judge(w.Observations); r.Verdict == Pass && name != "no lookups" && name != "no servers" && name != "no node" {
			t.Errorf("%s: passes", name)
		}
	}
}

func FuzzJudge(f *testing.F) {
	for _, test := range allTests() {
		w := healthy()
		test.change(w)
		b, err := json.Marshal(w.Observations)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o := new(observation.Observations)
		if json.Unmarshal(b, o) != nil {
			return
		}
		r := Judge(o)
		for _, x := range r.Findings {
			for _, line := range slices.Concat([]string{x.Title}, x.Evidence, x.Confirm, x.Fix) {
				if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }) {
					t.Errorf("%s: a line with control characters: %q", x.Code, line)
				}
			}
		}
		r.ExitStatus(true)
	})
}
