package endpoint

import (
	"fmt"
	"strings"
)

// s3 makes the hosts of S3 and the buckets behind them.
func (c catalogue) s3() []Target {
	host := c.api(S3, "agent updates and packages")
	var ts []Target
	if !c.bucketNamesOnly() {
		ts = append(ts, host)
	}
	patch := c.patchTarget()
	if patch.Name != nameS3 || c.bucketNamesOnly() {
		ts = append(ts, patch)
	}

	agent := c.managed(host, agentBucket(c.region), "agent packages and updates")
	// Anyone may read it (ssm-agent-technical-details.md).
	agent.PublicKey = "latest/VERSION"
	ts = append(ts, agent,
		bucketAt(patch, modulesBucket(c.region), "modules for patching"),
		c.snapshotTarget(),
		bucketAt(patch, windowsBucket(c.region), "modules for Windows"),
	)
	ts = append(ts, c.packages(host)...)

	seen := make(map[string]bool)
	for _, t := range ts {
		seen[t.Name] = true
	}
	for _, name := range c.options.Buckets {
		t := c.own(host, name)
		if !seen[t.Name] {
			seen[t.Name] = true
			ts = append(ts, t)
		}
	}
	return ts
}

// bucketNamesOnly reports whether the host of S3 exists with a bucket's name
// before it only: so do its FIPS names ("Amazon S3 FIPS endpoints can only be
// used with virtual hosted-style addressing", AWS's list of FIPS endpoints).
func (c catalogue) bucketNamesOnly() bool { return c.options.FIPS && hasFIPS(S3, c.region.Name) }

// bucketAt makes the target of a bucket at a host of S3, named in the path.
func bucketAt(host Target, bucket, purpose string) Target {
	t := host
	t.Name = bucketPrefix + bucket
	t.Bucket = bucket
	t.Purpose = purpose
	return t
}

// managed makes the target of one of AWS's buckets that the agent reads itself:
// in the path, as it downloads them (agent/fileutil/artifact/artifact.go),
// unless the host exists with a bucket's name only.
func (c catalogue) managed(host Target, bucket, purpose string) Target {
	t := bucketAt(host, bucket, purpose)
	if c.bucketNamesOnly() {
		t = t.virtualHosted()
	}
	return t
}

// own makes the target of a bucket of the user's own. The agent gives its SDK
// no addressing style (agent/s3util), so that the bucket's name stands before
// the host's, or in the path where no host name can have it.
func (c catalogue) own(host Target, bucket string) Target {
	const purpose = "your own bucket"
	if forPatching(bucket) { // one whose name this version does not know
		return bucketAt(c.patchTarget(), bucket, purpose)
	}
	t := bucketAt(host, bucket, purpose)
	t.Own = true
	named := t.virtualHosted()
	if c.bucketNamesOnly() && !named.VirtualHosted {
		t.NotDocumented = fmt.Sprintf("the bucket %s has no FIPS name: S3's are of the form BUCKET.%s, and no certificate is for a bucket's name with a dot, a capital or an underscore", bucket, host.Host)
		return t
	}
	return named
}

// virtualHosted puts the bucket's name before the host's, as the SDKs do where
// it can be one label of a host name: a certificate for *.HOST is for no name
// with a dot before that.
func (t Target) virtualHosted() Target {
	if checkLabel(t.Bucket) == "" {
		t.Host = t.Bucket + "." + t.Host
		t.VirtualHosted = true
	}
	return t
}

// AtS3 gives the target of an own bucket at another host of S3, which the
// agent's configuration names: the SDK puts the bucket's name before that too.
func (t Target) AtS3(host, by string) Target {
	to := t.WithHost(host, by)
	to.NotDocumented, to.VirtualHosted = "", false
	if !t.VirtualHosted {
		return to
	}
	return to.virtualHosted()
}

// patchFamilies begin the names of the buckets that patching reads by the host
// names that it builds itself.
var patchFamilies = []string{
	"aws-ssm-", "aws-patch-manager-", "aws-patchmanager-macos-", "aws-windows-downloads-", "patch-baseline-snapshot-",
}

// forPatching reports whether a bucket is one of AWS's for patching, by its
// name.
func forPatching(bucket string) bool {
	for _, family := range patchFamilies {
		if strings.HasPrefix(bucket, family) {
			return true
		}
	}
	return false
}
