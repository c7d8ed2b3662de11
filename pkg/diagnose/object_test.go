package diagnose

import (
	"slices"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func objectOf(t *testing.T, w *world, code Code) Object {
	t.Helper()
	r := Judge(w.Observations)
	for _, f := range r.Findings {
		if f.Code != code {
			continue
		}
		if f.URL != ManualPage+string(code) {
			t.Errorf("%s is explained at %q", code, f.URL)
		}
		if f.Object == nil {
			return Object{}
		}
		return *f.Object
	}
	t.Fatalf("no %s among %v", code, r.Findings)
	return Object{}
}

func TestObject(t *testing.T) {
	const vpc, subnet = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0"
	for _, c := range []struct {
		name   string
		code   Code
		change func(w *world)
		want   Object
	}{
		{"endpoint: its service and sorted addresses", EndpointBlocked, func(w *world) { w.silent("ssm") },
			Object{ObjectEndpoint, "com.amazonaws.us-east-2.ssm 10.0.1.101 10.0.3.101"}},
		{"a missing endpoint has public addresses: the VPC", EndpointNotPrivate, func(w *world) {
			w.Plan.Expect = observation.ExpectPrivate
			w.public()
		}, Object{ObjectEndpoint, "com.amazonaws.us-east-2.ssm com.amazonaws.us-east-2.ssmmessages " + vpc}},
		{"a nameserver inside the VPC", DNSServerSilent, func(w *world) {
			w.onlyServer(ownServer)
			w.failsAll(ownServer, observation.KindTimeout, observation.KindTimeout)
		}, Object{ObjectNameserver, vpc + " " + ownServer}},
		{"a nameserver elsewhere", DNSServerSilent, func(w *world) {
			w.onlyServer("192.168.7.53")
			w.failsAll("192.168.7.53", observation.KindTimeout, observation.KindTimeout)
		}, Object{ObjectNameserver, "192.168.7.53"}},
		{"the way out of a subnet", EgressBlocked, func(w *world) {
			w.public()
			w.silent(allAPIs...)
		}, Object{ObjectSubnet, subnet}},
		{"a subnet that is not known", EgressBlocked, func(w *world) {
			w.public()
			w.silent(allAPIs...)
			w.Metadata.SubnetID = ""
		}, Object{}},
		{"a proxy without its user", ProxyDenied, func(w *world) {
			w.through("http://someone:***@proxy.example:3128", func(_ string, p *observation.ProxyObservation) {
				p.Tunnel = &observation.Reply{Status: 403, Failure: &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus}}
				p.Inside, p.WebSocket = observation.Stages{}, nil
			})
		}, Object{ObjectProxy, "proxy.example:3128"}},
		{"the node itself", ClockSkew, func(w *world) { w.clock(-20 * 60 * 1e9) }, Object{}},
	} {
		w := healthy()
		w.Metadata.VPCID, w.Metadata.SubnetID = vpc, subnet
		c.change(w)
		if got := objectOf(t, w, c.code); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestIgnore(t *testing.T) {
	judge := func(change func(w *world), codes ...string) *Report {
		w := healthy()
		change(w)
		w.Plan.Ignore = codes
		r := Judge(w.Observations)
		return r
	}
	target := func(r *Report, name string) TargetReport {
		return r.Targets[slices.IndexFunc(r.Targets, func(x TargetReport) bool { return x.Name == name })]
	}
	blocked := func(w *world) { w.silent("ssm") }

	r := judge(blocked, "endpoint-blocked")
	f := r.Findings[0]
	if r.Verdict != Pass || r.ExitStatus(true) != 0 || f.Code != EndpointBlocked || f.Severity != Error || !f.Ignored {
		t.Errorf("verdict %s, status %d, finding %+v", r.Verdict, r.ExitStatus(true), f)
	}
	const why = "ignored: endpoint-blocked"
	if x := target(r, "ssm"); x.Verdict != Pass || x.Reason != why || len(x.Because) > 0 {
		t.Errorf("target: %+v", x)
	}
	if c := r.Capabilities[0]; c.Verdict != Pass || c.Reason != why || len(c.Because) > 0 {
		t.Errorf("capability: %+v", c)
	}
	if x := target(r, "ssmmessages"); x.Reason != "" {
		t.Errorf("a target that it does not concern: %+v", x)
	}

	// Another cause stays, and is the only one that verdicts name.
	both := func(w *world) {
		blocked(w)
		w.shakes(observation.KindReset, "ssmmessages")
	}
	r = judge(both, "endpoint-blocked")
	if r.Verdict != Fail || r.ExitStatus(false) != 1 {
		t.Errorf("with another cause: verdict %s", r.Verdict)
	}
	for _, c := range r.Capabilities[1:2] {
		if c.Verdict != Fail || slices.Contains(c.Because, EndpointBlocked) || len(c.Because) == 0 {
			t.Errorf("with another cause: %+v", c)
		}
	}

	// A warning does not count for --strict.
	skewed := func(w *world) { w.clock(-2 * 60 * 1e9) }
	if r = judge(skewed); r.ExitStatus(true) != 1 {
		t.Fatalf("a warning: status %d", r.ExitStatus(true))
	}
	if r = judge(skewed, "clock-skew"); r.Verdict != Pass || r.ExitStatus(true) != 0 {
		t.Errorf("a warning: verdict %s, status %d", r.Verdict, r.ExitStatus(true))
	}

	// Unmet --expect private.
	unmet := func(w *world) {
		w.Plan.Expect = observation.ExpectPrivate
		w.public()
	}
	if r = judge(unmet); r.ExitStatus(false) != 1 {
		t.Fatalf("unmet: status %d", r.ExitStatus(false))
	}
	if r = judge(unmet, "endpoint-not-private"); r.Verdict != Pass || r.ExitStatus(true) != 0 {
		t.Errorf("unmet: verdict %s, %+v", r.Verdict, r.Capabilities)
	}

	// Undecided stays undecided.
	open := func(w *world) {
		blocked(w)
		w.Ending = observation.EndingDeadline
		w.connects(observation.KindUndecided, 0, "ssmmessages")
	}
	if r = judge(open, "endpoint-blocked"); r.ExitStatus(false) != 3 {
		t.Errorf("undecided: status %d, verdict %s", r.ExitStatus(false), r.Verdict)
	}

	// An ignored cause still explains what follows from it.
	for _, f := range judge(func(w *world) { w.unresolved(observation.KindNXDomain, "ssm") }, "dns-name-missing").Findings {
		if f.Severity == Error && !f.Ignored {
			t.Errorf("not explained: %+v", f)
		}
	}
}
