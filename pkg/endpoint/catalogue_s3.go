package endpoint

import (
	"fmt"
	"slices"
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

// bucketNamesOnly reports whether S3's host name exists only with a bucket name
// in front, as its FIPS names do ("Amazon S3 FIPS endpoints can only be used with
// virtual hosted-style addressing", AWS's list of FIPS endpoints).
func (c catalogue) bucketNamesOnly() bool { return c.options.FIPS && hasFIPS(S3, c.region.Name) }

// bucketAt makes the target of a bucket at an S3 host, addressed path style.
func bucketAt(host Target, bucket, purpose string) Target {
	t := host
	t.Name = bucketPrefix + bucket
	t.Bucket = bucket
	t.Purpose = purpose
	return t
}

// managed makes the target of an AWS-managed bucket that the agent reads itself,
// path style as it downloads them (agent/fileutil/artifact/artifact.go), unless
// the host exists only virtual-hosted.
func (c catalogue) managed(host Target, bucket, purpose string) Target {
	t := bucketAt(host, bucket, purpose)
	if c.bucketNamesOnly() {
		t = t.virtualHosted()
	}
	return t
}

// own makes the target of a user's own bucket. The agent sets no addressing style
// for its SDK (agent/s3util), so it is virtual-hosted, or path style if the
// bucket's name cannot be part of a host name.
func (c catalogue) own(host Target, bucket string) Target {
	const purpose = "your own bucket"
	if forPatching(bucket) { // an AWS bucket that this version does not list
		return bucketAt(c.patchTarget(), bucket, purpose)
	}
	t := bucketAt(host, bucket, purpose)
	t.Own = true
	named := t.virtualHosted()
	if c.bucketNamesOnly() && !named.VirtualHosted {
		t.NotDocumented = fmt.Sprintf("the bucket %s has no FIPS name: S3's have the form BUCKET.%s, and no certificate covers a bucket name with a dot, a capital or an underscore; check it without --fips, or keep the data in a bucket whose name has none of these", bucket, host.Host)
		return t
	}
	return named
}

// virtualHosted puts the bucket's name in front of the host, as the SDKs do if it
// is a valid DNS label: a certificate for *.HOST covers only a single label.
func (t Target) virtualHosted() Target {
	if checkLabel(t.Bucket) == "" {
		t.Host = t.Bucket + "." + t.Host
		t.VirtualHosted = true
	}
	return t
}

// AtS3 returns the target of a user's own bucket at another S3 host, set in the
// agent's configuration: the SDK puts the bucket's name in front of that too.
func (t Target) AtS3(host, by string) Target {
	to := t.WithHost(host, by)
	to.NotDocumented, to.VirtualHosted = "", false
	if !t.VirtualHosted {
		return to
	}
	return to.virtualHosted()
}

// patchFamilies are the prefixes of the buckets that patching reads, from host
// names that it builds itself.
var patchFamilies = []string{
	"aws-ssm-", "aws-patch-manager-", "aws-patchmanager-macos-", "aws-windows-downloads-", "patch-baseline-snapshot-",
}

// forPatching reports whether a bucket's name is that of an AWS bucket for
// patching.
func forPatching(bucket string) bool {
	return slices.ContainsFunc(patchFamilies, func(family string) bool { return strings.HasPrefix(bucket, family) })
}
