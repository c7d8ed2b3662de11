package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// No check in any world calls a command that the node lacks, and a check that replaces
// it says what to expect.
func TestChecks_missingCommands(t *testing.T) {
	changed := map[observation.Command]bool{}
	for _, test := range allTests() {
		w := healthy()
		test.change(w)
		if w.Node.OS == "windows" {
			continue
		}
		w.Node.MissingCommands = nil
		before := checksOf(w)
		for _, c := range observation.Commands() {
			w.Node.MissingCommands = []observation.Command{c}
			after := checksOf(w)
			for _, check := range after {
				if words := strings.Fields(callsApart.Replace(check.Command)); slices.Contains(words, string(c)) {
					t.Errorf("%s: there is no %s for: %s", test.name, c, check.Command)
				}
				if !slices.Contains(before, check) {
					changed[c] = true
				}
				if check.Expect == "" && !slices.ContainsFunc(before, func(b Check) bool { return b.Expect == "" }) {
					t.Errorf("%s: without %s, what to expect of: %s", test.name, c, check.Command)
				}
			}
		}
	}
	for _, c := range []observation.Command{
		observation.CommandCurl, observation.CommandDig, observation.CommandNFT, observation.CommandIPTables, observation.CommandPython,
	} {
		if !changed[c] {
			t.Errorf("nothing takes the place of %s", c)
		}
	}
}

func checksOf(w *world) []Check {
	var all []Check
	for _, f := range Judge(w.Observations).Findings {
		all = append(all, f.Checks...)
	}
	return all
}

// What programs get replaces what the nameserver answered only if it is the same.
func TestAskWithoutDig(t *testing.T) {
	const getent = "getent ahosts ssm.us-east-2.amazonaws.com"
	for _, test := range []struct {
		name   string
		change func(w *world)
		want   bool
	}{
		{"silent", func(w *world) {}, true},
		{"programs get an address", func(w *world) { w.system("ssm", privateOf(0)...) }, false},
	} {
		w := healthy()
		w.Node.MissingCommands = []observation.Command{observation.CommandDig}
		w.failsAll(vpcPlus2, observation.KindTimeout, observation.KindTimeout)
		w.unresolved(observation.KindTimeout, allNames...)
		test.change(w)
		got := slices.ContainsFunc(checksOf(w), func(c Check) bool { return strings.Contains(c.Command, getent) && c.Expect == printsNothing })
		if got != test.want {
			t.Errorf("%s: %t, want %t: %v", test.name, got, test.want, checksOf(w))
		}
	}
}
