// Package scenarios has the worlds that ssmcheck is tried in, and what it must
// find there: healthy ones, what is broken in them, one file a family. It runs
// nothing. A table is written in the words of package lab, which it imports
// without a name for that. What wants to do harm is package hostile's.
package scenarios

import (
	"slices"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// All gives every scenario: the healthy ones first, then by what is
// broken.
func All() []Scenario {
	return slices.Concat(
		healthy(),
		dnsScenarios(),
		pathScenarios(),
		answerScenarios(),
		nameScenarios(),
		resolverScenarios(),
		tlsScenarios(),
		helloScenarios(),
		nodeScenarios(),
		proxyScenarios(),
		unusedProxyScenarios(),
		signedScenarios(),
		agentLogScenarios(),
		pairs(),
		topologies(),
		falsePositives(),
		advised(),
		ownRefusals(),
		ownRefusalsOfDNS(),
		eightAddresses(),
		diverted(),
		connectionWords(),
		bucketScenarios(),
		agentNameScenarios(),
		optional(),
	)
}

// Find gives the scenario of that name, also one of Changing.
func Find(name string) (Scenario, bool) {
	for _, s := range append(All(), Changing()...) {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}
