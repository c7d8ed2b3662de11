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

// oldPackagesBucket is for agents before 2.2.45.0, and attachmentsBucket for the
// packages that AWS owns; both from the same source.
func oldPackagesBucket(r Region) string { return "amazon-ssm-packages-" + r.Name }
func attachmentsBucket(r Region) string { return "aws-ssm-document-attachments-" + r.Name }

// packages makes the targets of Distributor's buckets.
func (c catalogue) packages(host Target) []Target {
	ts := []Target{
		c.managed(host, packagesBucket(c.region), "packages of Distributor, for agents before 3.3.551.0"),
		c.managed(host, oldPackagesBucket(c.region), "packages of Distributor, for agents before 2.2.45.0"),
		c.managed(host, attachmentsBucket(c.region), "packages of Distributor that AWS owns, for older agents"),
	}
	for i := range ts {
		if i == 0 && c.options.OldDistributor {
			continue // this node's agent needs it
		}
		ts[i].MayBeAbsent = fmt.Sprintf("%s has no such bucket, which only older agents read", c.region.Name)
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
	c := newCatalogue(r, o)
	var ts []Target
	for _, t := range c.packages(c.api(S3, "")) {
		isRequired := slices.ContainsFunc(asked.Targets, func(r Target) bool { return r.Name == t.Name })
		if t.MayBeAbsent != "" && !isRequired {
			ts = append(ts, t)
		}
	}
	return ts
}
