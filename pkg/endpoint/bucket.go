package endpoint

import (
	"fmt"
	"strings"
)

// patchBuckets are the parts of bucket names that do not follow from the
// Region's name.
type patchBuckets struct {
	// snapshotSuffix follows patch-baseline-snapshot-REGION. Empty: there is
	// none.
	snapshotSuffix string
	// managerSuffix follows aws-patch-manager-REGION.
	managerSuffix string
}

// patchBucketTable lists the 29 Regions whose patching buckets are published.
// It is read-only.
//
// Source: Systems Manager User Guide, "Amazon S3 buckets for patching
// operations" (patch-operations-s3-buckets.md), two stored versions that
// agree.
var patchBucketTable = map[string]patchBuckets{
	"af-south-1":     {"tbxdb5b9", "bdd5f65a9"},
	"ap-east-1":      {"", "632356271"},
	"ap-northeast-1": {"", "4849fa78f"},
	"ap-northeast-2": {"", "10467995c"},
	"ap-northeast-3": {"", "67373598a"},
	"ap-south-1":     {"", "cb7c62ff9"},
	"ap-south-2":     {"50209442", "32f4b4128"},
	"ap-southeast-1": {"", "7fdfd9ef7"},
	"ap-southeast-2": {"", "17283a275"},
	"ap-southeast-3": {"be0a3174", "aa48fc462"},
	"ap-southeast-4": {"dc6f76ce", "01e2c40d3"},
	"ca-central-1":   {"", "3148e69e3"},
	"ca-west-1":      {"", "9e3a4b2f9"},
	"eu-central-1":   {"", "9163fdaaf"},
	"eu-central-2":   {"", "184ce43c8"},
	"eu-north-1":     {"", "795879e9b"},
	"eu-south-1":     {"", "c52f3f594"},
	"eu-south-2":     {"df2c9d70", "a4cf248b1"},
	"eu-west-1":      {"", "5522fb710"},
	"eu-west-2":      {"", "902a2bc74"},
	"eu-west-3":      {"", "29bf85721"},
	"il-central-1":   {"", "e221cb57b"},
	"me-central-1":   {"", "2932f2f80"},
	"me-south-1":     {"uduvl7q8", "a53fc9dce"},
	"sa-east-1":      {"", "ddf4b6a09"},
	"us-east-1":      {"", "1970c647d"},
	"us-east-2":      {"", "552881074"},
	"us-west-1":      {"", "8badb4304"},
	"us-west-2":      {"", "34d7f99f8"},
}

// usesPatchManagerBucket lists the Regions where patching reads its modules from
// aws-patch-manager-REGION-… instead of aws-ssm-REGION.
//
// Source: AWS-RunPatchBaseline, step PatchLinux, payload 1.80.
var usesPatchManagerBucket = map[string]bool{
	"af-south-1":     true,
	"ap-northeast-3": true,
	"eu-south-1":     true,
	"me-south-1":     true,
}

// agentBucket holds the agent's packages and version manifest. Its name follows
// a documented template in every Region (ssm-agent-technical-details.md).
func agentBucket(r Region) string { return "amazon-ssm-" + r.Name }

// windowsBucket holds modules for Windows nodes; its name follows a documented
// template too.
func windowsBucket(r Region) string { return "aws-windows-downloads-" + r.Name }

// modulesBucket holds the modules that patching fetches.
func modulesBucket(r Region) string {
	if usesPatchManagerBucket[r.Name] {
		return fmt.Sprintf("aws-patch-manager-%s-%s", r.Name, patchBucketTable[r.Name].managerSuffix)
	}
	return "aws-ssm-" + r.Name
}

// snapshotBucket holds the snapshots of patch baselines. It reports false if the
// name is not published: in some Regions it has a suffix that cannot be guessed.
func snapshotBucket(r Region) (string, bool) {
	b, ok := patchBucketTable[r.Name]
	if !ok {
		return "", false
	}
	name := "patch-baseline-snapshot-" + r.Name
	if b.snapshotSuffix != "" {
		name += "-" + b.snapshotSuffix
	}
	return name, true
}

// A BucketError is a name that no bucket can have. Its text is safe to print.
type BucketError struct{ Name string }

func (e *BucketError) Error() string {
	return fmt.Sprintf("malformed bucket name %q; give only the bucket's name: letters, digits, dots and hyphens", clip(e.Name, 100))
}

// ParseBucket checks a bucket name given by the user. It also allows capitals
// and underscores, which bucket names could contain until 2018. The error is a
// *BucketError.
func ParseBucket(name string) (string, error) {
	if len(name) < 3 || len(name) > 255 || name[0] == '.' || name[0] == '-' ||
		strings.Trim(name, labelCharacters+"ABCDEFGHIJKLMNOPQRSTUVWXYZ._") != "" {
		return "", &BucketError{name}
	}
	return name, nil
}
