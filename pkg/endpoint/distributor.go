package endpoint

import (
	"fmt"
	"strings"
)

// packagesBucket holds what belongs to Distributor's packages, for agents
// before 3.3.551.0, which then began to use the API of Systems Manager alone
// (release notes of that version).
//
// Source: Systems Manager User Guide, commit c6ea93f of 2023-02-15,
// ssm-agent-minimum-s3-permissions.md.
func packagesBucket(r Region) string {
	if r.Name == "af-south-1" || r.Name == "eu-south-1" {
		return "aws-ssm-distributor-file-" + r.Name
	}
	return r.Name + "-birdwatcher-prod"
}

// oldPackagesBucket is that of agents before 2.2.45.0, and attachmentsBucket
// that of the packages which AWS owns; both by the same source.
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
			continue // this node's agent does not work without it
		}
		ts[i].MayBeAbsent = fmt.Sprintf("%s has no such bucket, which only older agents read", c.region.Name)
	}
	return ts
}

// ForOldDistributor reports whether the target is the bucket that Distributor
// reads with agents before 3.3.551.0.
func (t Target) ForOldDistributor() bool {
	return strings.HasPrefix(t.Bucket, "aws-ssm-distributor-file-") || strings.HasSuffix(t.Bucket, "-birdwatcher-prod")
}

// distributing is what Distributor needs beside Run Command, each by itself.
func (c catalogue) distributing() []Need {
	needs := []Need{{nameS3}}
	if c.bucketNamesOnly() {
		needs = []Need{{bucketPrefix + agentBucket(c.region)}} // as any bucket's name shows
	}
	if c.options.OldDistributor {
		needs = append(needs, Need{bucketPrefix + packagesBucket(c.region)})
	}
	return needs
}

// OldPackages gives the buckets of older agents that a run looks at where
// Distributor is asked for, beyond those that it needs.
func OldPackages(r Region, asked Requirements, o Options) []Target {
	if _, ok := asked.Needs[Distributor]; !ok {
		return nil
	}
	c := newCatalogue(r, o)
	var ts []Target
	for _, t := range c.packages(c.api(S3, "")) {
		if t.MayBeAbsent != "" && !asked.has(t.Name) {
			ts = append(ts, t)
		}
	}
	return ts
}

func (q Requirements) has(name string) bool {
	for _, t := range q.Targets {
		if t.Name == name {
			return true
		}
	}
	return false
}
