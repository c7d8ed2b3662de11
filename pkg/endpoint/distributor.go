package endpoint

import (
	"fmt"
	"slices"
	"strings"
)

// packagesBucket holds Distributor's package data for agents before 3.3.551.0.
// Since then, agents use only the Systems Manager API (that version's release
// notes).
//
// Source: Systems Manager User Guide, commit c6ea93f of 2023-02-15,
// ssm-agent-minimum-s3-permissions.md.
func packagesBucket(r Region) string {
	if r.Name == "af-south-1" || r.Name == "eu-south-1" {
		return "aws-ssm-distributor-file-" + r.Name
	}
	return r.Name + "-birdwatcher-prod"
}

// distributorBuckets lists Distributor's buckets, packagesBucket first. The others
// are from the same source.
func distributorBuckets(r Region) []ManagedBucket {
	distributing := []Capability{Distributor}
	return []ManagedBucket{
		{Name: packagesBucket(r), Purpose: "packages of Distributor, for agents before 3.3.551.0", Capabilities: distributing},
		{Name: "amazon-ssm-packages-" + r.Name, Purpose: "packages of Distributor, for agents before 2.2.45.0", Capabilities: distributing},
		{Name: "aws-ssm-document-attachments-" + r.Name, Purpose: "packages of Distributor that AWS owns, for older agents", Capabilities: distributing},
	}
}

// packages makes the targets of Distributor's buckets.
func (c catalogue) packages(host Target) []Target {
	var ts []Target
	for i, b := range distributorBuckets(c.region) {
		t := c.managed(host, b.Name, b.Purpose)
		if i > 0 || !c.options.OldDistributor { // otherwise this node's agent needs it
			t.MayBeAbsent = fmt.Sprintf("%s has no such bucket, which only older agents read", c.region.Name)
		}
		ts = append(ts, t)
	}
	return ts
}

// ForOldDistributor reports whether the target is the bucket from which agents
// before 3.3.551.0 read Distributor's packages.
func (t Target) ForOldDistributor() bool {
	return strings.HasPrefix(t.Bucket, "aws-ssm-distributor-file-") || strings.HasSuffix(t.Bucket, "-birdwatcher-prod")
}

// distributing is what Distributor needs in addition to Run Command.
func (c catalogue) distributing() []Need {
	needs := []Need{{nameS3}}
	if c.bucketNamesOnly() {
		needs = []Need{{bucketPrefix + agentBucket(c.region)}} // any bucket will do
	}
	if c.options.OldDistributor {
		needs = append(needs, Need{bucketPrefix + packagesBucket(c.region)})
	}
	return needs
}

// OldPackages returns the buckets of older agents, which a run checks as optional
// targets if Distributor is requested.
func OldPackages(r Region, asked Requirements, o Options) []Target {
	if _, ok := asked.Needs[Distributor]; !ok {
		return nil
	}
	c := catalogue{r, o}
	var ts []Target
	for _, t := range c.packages(c.api(S3, "")) {
		isRequired := slices.ContainsFunc(asked.Targets, func(r Target) bool { return r.Name == t.Name })
		if t.MayBeAbsent != "" && !isRequired {
			ts = append(ts, t)
		}
	}
	return ts
}
