package endpoint

import (
	"fmt"
	"slices"
)

// A ManagedBucket is an AWS-owned S3 bucket that managed nodes read with unsigned
// requests.
type ManagedBucket struct {
	// Name is empty if AWS does not publish it; NotDocumented then says so.
	Name    string
	Purpose string
	// Capabilities are those that read it, on some operating system.
	Capabilities  []Capability
	NotDocumented string
}

// ManagedBuckets lists the buckets that nodes with any operating system read in a
// Region for the capabilities: what a policy for all of them must allow. That is
// more than Require lists, which is about one node.
//
// Source: Systems Manager User Guide, "SSM Agent communications with AWS
// managed S3 buckets" (ssm-agent-technical-details.md); the suffixes are those
// of patchBucketTable, which the macOS buckets share.
func ManagedBuckets(r Region, caps []Capability) []ManagedBucket {
	patching := []Capability{PatchManager}
	suffixed := func(prefix, purpose string) ManagedBucket {
		if suffix := patchBucketTable[r.Name].managerSuffix; suffix != "" {
			return ManagedBucket{Name: prefix + "-" + r.Name + "-" + suffix, Purpose: purpose, Capabilities: patching}
		}
		return ManagedBucket{Purpose: purpose, Capabilities: patching, NotDocumented: notPublished(prefix+" bucket", r)}
	}
	snapshot := ManagedBucket{Purpose: "snapshots of patch baselines", Capabilities: patching}
	if name, ok := snapshotBucket(r); ok {
		snapshot.Name = name
	} else {
		snapshot.NotDocumented = notPublished("snapshot bucket", r)
	}
	list := append([]ManagedBucket{
		{Name: agentBucket(r), Purpose: "agent packages and updates", Capabilities: []Capability{AgentUpdate, HybridActivation}},
		{Name: "aws-ssm-" + r.Name, Purpose: "modules of documents, for patching among others", Capabilities: patching},
		snapshot,
		suffixed("aws-patch-manager", "modules for patching"),
		suffixed("aws-patchmanager-macos", "modules for patching macOS"),
		{Name: windowsBucket(r), Purpose: "modules for Windows", Capabilities: patching},
	}, distributorBuckets(r)...)
	return slices.DeleteFunc(list, func(b ManagedBucket) bool {
		return !slices.ContainsFunc(b.Capabilities, func(c Capability) bool { return slices.Contains(caps, c) })
	})
}

func notPublished(what string, r Region) string {
	return fmt.Sprintf("AWS does not publish the name of the %s of %s", what, r.Name)
}

// BucketARN returns the ARN of a bucket's objects, for a policy.
func BucketARN(r Region, bucket string) string {
	return "arn:" + r.Partition.ID + ":s3:::" + bucket + "/*"
}
