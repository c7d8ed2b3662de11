package diagnose

import (
	"slices"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestNotWaitedFor: what was cut off at an optional target is not a failure, raises no
// finding about the connection, and does not count.
func TestNotWaitedFor(t *testing.T) {
	silent := func(w *world, name string, kind observation.Kind) {
		for i := range w.at(name).Addresses {
			connectFails(&w.at(name).Addresses[i], kind, 100*ms)
			w.at(name).Addresses[i].WebSocket = nil
		}
	}
	for _, test := range []struct {
		name, target string
		change       func(*world)
		verdict      Verdict
		status       int
		codes        []Code
	}{
		{"cut off", "kms", func(w *world) { silent(w, "kms", observation.KindUndecided); w.at("kms").NotWaitedFor = true }, Skip, 0, nil},
		{"its repeat was cut off", "kms", func(w *world) { silent(w, "kms", observation.KindConnectionRefused); w.at("kms").NotWaitedFor = true }, Skip, 0, nil},
		{"it answered, and a nameserver was still out", "kms", func(w *world) { w.at("kms").NotWaitedFor = true }, Pass, 0, nil},
		{"it failed in time", "kms", func(w *world) { silent(w, "kms", observation.KindConnectionRefused) }, Warn, 0, []Code{ConnectionRefused}},
		{"a report from before", "kms", func(w *world) { silent(w, "kms", observation.KindTimeout) }, Warn, 0, []Code{EndpointBlocked}},
		{"what DNS showed stays", "kms", func(w *world) {
			w.resolves("kms", publicOf(3)...)
			silent(w, "kms", observation.KindUndecided)
			w.at("kms").NotWaitedFor = true
		}, Skip, 0, []Code{EndpointNotPrivate}},
		{"no name", "kms", func(w *world) {
			w.fails(vpcPlus2, "kms", observation.KindNXDomain)
			w.fails(vpcDefault, "kms", observation.KindNXDomain)
			w.system("kms")
			w.at("kms").Addresses, w.at("kms").NotWaitedFor = nil, true
		}, Warn, 0, []Code{DNSNameMissing}},
		{"the deadline passed too", "kms", func(w *world) {
			w.Ending = observation.EndingDeadline
			silent(w, "kms", observation.KindUndecided)
			w.at("kms").NotWaitedFor = true
		}, Skip, 0, nil},
		{"ec2messages, which this agent does without", "ec2messages", func(w *world) {
			silent(w, "ec2messages", observation.KindUndecided)
			w.at("ec2messages").NotWaitedFor = true
		}, Skip, 0, nil},
		{"a mark at what is required excuses nothing", "ssm", func(w *world) {
			silent(w, "ssm", observation.KindUndecided)
			w.at("ssm").NotWaitedFor = true
		}, Skip, 3, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			test.change(w)
			r := Judge(w.Observations)
			if got := r.ExitStatus(true); got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
			i := slices.IndexFunc(r.Targets, func(x TargetReport) bool { return x.Name == test.target })
			got := r.Targets[i]
			if got.Verdict != test.verdict || got.Verdict == Skip != (got.Reason == NotWaitedFor) {
				t.Errorf("%s is %s (%q), want %s", got.Name, got.Verdict, got.Reason, test.verdict)
			}
			var codes []Code
			for _, f := range r.Findings {
				codes = append(codes, f.Code)
				if f.Severity != Info {
					t.Errorf("%s is a %s, want info", f.Code, f.Severity)
				}
			}
			if !slices.Equal(codes, test.codes) {
				t.Errorf("findings %v, want %v", codes, test.codes)
			}
		})
	}
}
