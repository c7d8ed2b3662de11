package endpoint

import "fmt"

// A catalogue makes every target that a Region can have, with the options of one
// run.
type catalogue struct {
	region  Region
	options Options
}

// targets lists every target once, in the order of the contract's services: the
// agent's APIs, S3 and its buckets, other APIs.
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

// api makes the target of a service's API in this Region.
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
		t.NotApplicable = fmt.Sprintf("%s has no ec2messages, like all Regions launched since 2024", c.region.Name)
	case c.region.EC2Messages == SupportUnknown:
		t.MayBeAbsent = fmt.Sprintf("AWS does not publish whether %s has ec2messages", c.region.Name)
	case c.options.DualStack:
		// The VPC endpoint guide lists the name, but in us-west-1 it did not
		// exist when queried.
		t.MayBeAbsent = "ec2messages has no dual-stack name in some Regions"
	}
	return t
}

// patchPurpose is the purpose of the hosts that patching reads from.
const patchPurpose = "patching"

// patchTarget makes the target for the host that patching reads from.
func (c catalogue) patchTarget() Target {
	name, host := patchHost(c.region)
	return Target{
		Name: name, Service: S3, Host: host, Port: Port,
		Purpose: patchPurpose, FIPS: name == "s3-fips",
	}
}

// snapshotTarget makes the target for the snapshots of patch baselines. If the
// bucket's name is not published, the target has no bucket and says why.
func (c catalogue) snapshotTarget() Target {
	const purpose = "snapshots of patch baselines"
	t := c.patchTarget()
	if bucket, ok := snapshotBucket(c.region); ok {
		return bucketAt(t, bucket, purpose)
	}
	t.Name = bucketPrefix + "patch-baseline-snapshot"
	t.Purpose = purpose
	t.NotDocumented = notPublished("snapshot bucket", c.region) + "; give it with --bucket if you know it"
	return t
}
