package endpoint

import "fmt"

// A catalogue makes every target that a Region can have, under the options of
// one run.
type catalogue struct {
	region  Region
	options Options
}

func newCatalogue(r Region, o Options) catalogue { return catalogue{r, o} }

// targets lists every target, each name once, in the order of the contract's
// services: the APIs of the agent, S3 and its buckets, the APIs of others.
func (c catalogue) targets() []Target {
	ts := []Target{
		c.api(SSM, "registration, documents and results of the agent"),
		c.messages(),
		c.ec2messages(),
	}
	ts = append(ts, c.s3()...)
	ts = append(ts,
		c.api(KMS, "encrypted sessions and parameters"),
		c.api(Logs, "logs of sessions and commands"),
		c.api(EC2, "VSS snapshots"),
		c.api(Monitoring, "metrics"),
	)
	return ts
}

// api makes the target of a service by its name in this Region.
func (c catalogue) api(s Service, purpose string) Target {
	t := Target{Name: string(s), Service: s, Host: Host(s, c.region, c.options), Port: Port, Purpose: purpose}
	plain := c.options
	plain.FIPS = false
	t.FIPS = t.Host != Host(s, c.region, plain)
	if c.options.Domain != "" && s != EC2 {
		t.Overridden = "ServiceDomain of the agent's configuration"
		t.Foreign = !IsAWSName(t.Host)
	}
	return t
}

func (c catalogue) messages() Target {
	t := c.api(SSMMessages, "commands and sessions")
	t.WebSocket = true
	return t
}

func (c catalogue) ec2messages() Target {
	t := c.api(EC2Messages, "commands, for older agents")
	switch {
	case c.region.EC2Messages == Unsupported:
		t.NotApplicable = fmt.Sprintf("%s has no ec2messages, as no Region launched in 2024 or later has", c.region.Name)
	case c.region.EC2Messages == SupportUnknown:
		t.MayBeAbsent = fmt.Sprintf("it is not published whether %s has ec2messages", c.region.Name)
	case c.options.DualStack:
		// The guide for VPC endpoints names it; in us-west-1 the name
		// did not exist when it was asked for.
		t.MayBeAbsent = "ec2messages has no dual-stack name in some Regions"
	}
	return t
}

// patchPurpose is what the hosts of patching are for.
const patchPurpose = "patching"

// patchTarget makes the target of the host that patching reads from.
func (c catalogue) patchTarget() Target {
	name, host := patchHost(c.region)
	return Target{
		Name: name, Service: S3, Host: host, Port: Port,
		Purpose: patchPurpose, FIPS: name == "s3-fips",
	}
}

// snapshotTarget makes the target of the patch baselines' snapshots; where
// the bucket's name is not published, one without a bucket that says so.
func (c catalogue) snapshotTarget() Target {
	const purpose = "snapshots of patch baselines"
	t := c.patchTarget()
	if bucket, ok := snapshotBucket(c.region); ok {
		return bucketAt(t, bucket, purpose)
	}
	t.Name = bucketPrefix + "patch-baseline-snapshot"
	t.Purpose = purpose
	t.NotDocumented = fmt.Sprintf("AWS does not publish the name of the snapshot bucket of %s; give it with --bucket if you know it", c.region.Name)
	return t
}
