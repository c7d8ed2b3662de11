// Package scenarios has the worlds in which ssmcheck is tested, and what it must find
// there: healthy networks, and faults in them, one file per family. It runs nothing.
// Its tables use the identifiers of package lab, which it imports with a dot. Package
// hostile has the attacks.
package scenarios

import (
	"slices"
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// All returns every scenario: the healthy ones first, then by family.
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
		eightAddresses(),
		diverted(),
		connectionWords(),
		bucketScenarios(),
		agentNameScenarios(),
		optional(),
	)
}

// Find returns the scenario with that name, also one of Changing.
func Find(name string) (Scenario, bool) {
	for _, s := range append(All(), Changing()...) {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// Changing returns the scenarios that are broken at first and recover, for
// `ssmcheck --wait`. Want is for a run at the beginning.
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

// opensAfter ends a fault's ways after a time.
func opensAfter(d time.Duration, fault Fault) Fault {
	return func(w *World) {
		before := len(w.Ways)
		fault(w)
		for i := range w.Ways[:len(w.Ways)-before] { // onWay puts them first
			w.Ways[i].Until = d
		}
	}
}
