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
	list := []ManagedBucket{
		{Name: agentBucket(r), Purpose: "agent packages and updates", Capabilities: []Capability{AgentUpdate, HybridActivation}},
		{Name: "aws-ssm-" + r.Name, Purpose: "modules of documents, for patching among others", Capabilities: patching},
	}
	snapshot := ManagedBucket{Purpose: "snapshots of patch baselines", Capabilities: patching}
	if name, ok := snapshotBucket(r); ok {
		snapshot.Name = name
	} else {
		snapshot.NotDocumented = notPublished("snapshot bucket", r)
	}
	list = append(list, snapshot)
	suffix := patchBucketTable[r.Name].managerSuffix
	for _, b := range []ManagedBucket{
		{Name: "aws-patch-manager", Purpose: "modules for patching", Capabilities: patching},
		{Name: "aws-patchmanager-macos", Purpose: "modules for patching macOS", Capabilities: patching},
	} {
		if suffix == "" {
			b.Name, b.NotDocumented = "", notPublished(b.Name+" bucket", r)
		} else {
			b.Name = fmt.Sprintf("%s-%s-%s", b.Name, r.Name, suffix)
		}
		list = append(list, b)
	}
	distributing := []Capability{Distributor}
	list = append(list,
		ManagedBucket{Name: windowsBucket(r), Purpose: "modules for Windows", Capabilities: patching},
		ManagedBucket{Name: packagesBucket(r), Purpose: "packages of Distributor, for agents before 3.3.551.0", Capabilities: distributing},
		ManagedBucket{Name: oldPackagesBucket(r), Purpose: "packages of Distributor, for agents before 2.2.45.0", Capabilities: distributing},
		ManagedBucket{Name: attachmentsBucket(r), Purpose: "packages of Distributor that AWS owns, for older agents", Capabilities: distributing},
	)
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
