//go:build linux

package e2e

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// TestOptional checks what a report says of optional targets, for which no run waits.
// ec2messages is optional if the agent works without it.
func TestOptional(t *testing.T) {
	p := build(t)
	needs(t, p)
	for _, c := range []struct {
		name, scenario, target string
		flags                  []string
		verdict                diagnose.Verdict
		reason                 string
		breaks                 string
	}{
		{"silent", "page-design", "kms", nil, diagnose.Skip, diagnose.NotWaitedFor, "if unreachable: "},
		{"silent, and strict", "page-design", "logs", []string{"--strict", "-v"}, diagnose.Skip, diagnose.NotWaitedFor, "if unreachable: "},
		{"its name is not answered", "page-design-dns-silent", "ec2", nil, diagnose.Skip, diagnose.NotWaitedFor, "if unreachable: "},
		{"slow, and in time", "optional-slow", "kms", nil, diagnose.Pass, "", ""},
		{"it fails at once", "optional-refused", "kms", nil, diagnose.Warn, "", "sessions "},
		{"a handshake that does not end", "optional-stalled", "kms", nil, diagnose.Skip, diagnose.NotWaitedFor, "if unreachable: "},
		{"ec2messages, and a recent agent", "channel-optional", "ec2messages", nil, diagnose.Skip, diagnose.NotWaitedFor, "if unreachable: "},
		{"ec2messages, and no WebSocket", "channel-required-late", "ec2messages", nil, diagnose.Fail, "", ""},
		{"ec2messages, and an old agent", "agent-old", "ec2messages", nil, diagnose.Fail, "", ""},
		{"ec2messages, and no agent", "endpoint-blocked-ec2messages", "ec2messages", nil, diagnose.Warn, "", ""},
		{"it is asked for", "page-design", "kms", []string{"--for", "all"}, diagnose.Fail, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := settle(t, p, func(p programs) outcome { return p.run(t, scenario(t, c.scenario), c.flags...) },
				func(o outcome) bool { return slowFinding(o.doc) })
			for _, r := range o.doc.Targets {
				if r.Name != c.target {
					continue
				}
				// On a loaded machine these may be too late.
				cut := r.Reason == diagnose.NotWaitedFor && r.Verdict == diagnose.Skip
				if cut && (c.scenario == "optional-slow" || c.scenario == "optional-refused") {
					continue
				}
				if r.Verdict != c.verdict || c.reason != "" && r.Reason != c.reason || !strings.HasPrefix(r.Breaks, c.breaks) || c.breaks == "" && r.Breaks != "" {
					t.Errorf("%+v, wanted %s (%q), and what breaks begins with %q\n%s", r, c.verdict, c.reason, c.breaks, text(o.doc))
				}
			}
		})
	}
}
