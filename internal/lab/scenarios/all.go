// Package scenarios has the worlds that ssmcheck is tried in, and what it must
// find there: healthy ones, what is broken in them, one file a family. It runs
// nothing. A table is written in the words of package lab, which it imports
// without a name for that. What wants to do harm is package hostile's.
package scenarios

import (
	"slices"
	"time"

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

// Changing gives the scenarios that are broken at first and well later, for
// `ssmcheck --wait`. What is wanted is what a run finds at the beginning.
func Changing() []Scenario {
	return []Scenario{
		{
			Name: "endpoint-opens", Title: "the security group of the ssmmessages endpoint allows 443 after 6 seconds",
			Base: PrivateVPC, Faults: []Fault{opensAfter(6*time.Second, blockEndpoints(Drop, "ssmmessages"))},
			Want: fails("endpoint-blocked", "ssmmessages"),
		},
		{
			Name: "metadata-comes", Title: "instance metadata answers after 6 seconds",
			Base: PrivateVPC, Faults: []Fault{opensAfter(6*time.Second, func(w *World) {
				onWay(w, Way{To: single(MetadataAddress.Addr()), Action: Drop})
			})},
			Args: []string{"--region", "us-east-2"},
			Want: fails("imds-unreachable"),
		},
	}
}

// opensAfter lets the ways that a fault puts into the world end after a time.
func opensAfter(d time.Duration, fault Fault) Fault {
	return func(w *World) {
		before := len(w.Ways)
		fault(w)
		for i := range w.Ways[:len(w.Ways)-before] { // onWay puts them first
			w.Ways[i].Until = d
		}
	}
}
