package endpoint

import (
	"slices"
	"strings"
)

// The target names that are the same in every Region. A bucket's target name is
// bucketPrefix and the bucket's name; patchHost names the target of the host that
// patching reads from.
const (
	nameSSM         = string(SSM)
	nameSSMMessages = string(SSMMessages)
	nameEC2Messages = string(EC2Messages)
	nameS3          = string(S3)
	nameKMS         = string(KMS)
	nameLogs        = string(Logs)
	nameEC2         = string(EC2)
	nameMonitoring  = string(Monitoring)
	bucketPrefix    = "s3:"
)

// Require returns what the capabilities need in a Region: the targets, and which
// of them each capability requires.
//
// A target is listed once, however many capabilities need it. ec2messages is
// listed for every capability that runs commands; in a Region without it, the
// target says so and no Need names it. The user's own buckets are listed and
// belong to no capability.
func Require(r Region, caps []Capability, o Options) Requirements {
	c := catalogue{r, o}
	req := Requirements{Needs: make(map[Capability][]Need, len(caps))}
	wanted := make(map[string]bool)
	for _, capability := range caps {
		needs := c.needs(capability)
		req.Needs[capability] = needs
		for _, need := range needs {
			for _, name := range need {
				wanted[name] = true
			}
		}
		if runsCommands(capability) {
			wanted[nameEC2Messages] = true // even if it will be skipped
		}
	}
	for _, bucket := range o.Buckets {
		wanted[bucketPrefix+bucket] = true
	}
	req.Targets = slices.DeleteFunc(c.targets(), func(t Target) bool { return !wanted[t.Name] })
	for i, t := range req.Targets {
		if slices.Contains(o.Buckets, t.Bucket) {
			req.Targets[i].MayBeAbsent = "" // a bucket that the user names should exist
		}
	}
	return req
}

// Optional returns the targets that a default run checks in addition to the
// required ones: ec2messages, what patching reads, kms, logs and ec2.
func Optional(r Region, required Requirements, o Options) []Target {
	c := catalogue{r, o}
	optional := map[string]bool{nameEC2Messages: true, nameKMS: true, nameLogs: true, nameEC2: true}
	for _, need := range c.patching() {
		optional[need[0]] = true
	}
	for _, t := range required.Targets {
		delete(optional, t.Name)
	}
	return slices.DeleteFunc(c.targets(), func(t Target) bool { return !optional[t.Name] })
}

// WithHost returns the target with another host, and records what set it.
func (t Target) WithHost(host, by string) Target {
	t.Host = host
	t.Overridden = by
	t.Foreign = !IsAWSName(host)
	t.FIPS = isFIPSName(host)
	t.VirtualHosted = t.Bucket != "" && strings.HasPrefix(host, t.Bucket+".")
	// A host that somebody configures should exist.
	t.MayBeAbsent, t.NotApplicable = "", ""
	return t
}

// runsCommands reports whether the capability runs commands, and so may use
// ec2messages instead of ssmmessages.
func runsCommands(c Capability) bool {
	return c == RunCommand || c == PatchManager || c == Distributor || c == VSSSnapshot
}

// needs lists what the capability requires.
func (c catalogue) needs(capability Capability) []Need {
	commands := []Need{{nameSSM}, c.channel()}
	agent := bucketPrefix + agentBucket(c.region)
	switch capability {
	case RunCommand:
		return commands
	case SessionManager:
		return []Need{{nameSSM}, {nameSSMMessages}}
	case AgentUpdate:
		if c.bucketNamesOnly() {
			return []Need{{agent}}
		}
		return []Need{{nameS3}, {agent}}
	case PatchManager:
		return append(commands, c.patching()...)
	case Distributor:
		return append(commands, c.distributing()...)
	case VSSSnapshot:
		return append(commands, Need{nameEC2})
	case KMSEncryption:
		return []Need{{nameKMS}}
	case CloudWatchLogs:
		return []Need{{nameLogs}}
	case CloudWatchMetrics:
		return []Need{{nameMonitoring}}
	case HybridActivation:
		if c.options.AgentInstalled {
			return []Need{{nameSSM}}
		}
		return []Need{{nameSSM}, {agent}}
	}
	return nil
}

// channel is how commands reach the node.
func (c catalogue) channel() Need {
	if c.region.EC2Messages == Unsupported {
		return Need{nameSSMMessages}
	}
	return Need{nameSSMMessages, nameEC2Messages}
}

// patching is what Patch Manager needs in addition to Run Command.
func (c catalogue) patching() []Need {
	host, _ := patchHost(c.region)
	needs := []Need{{host}, {bucketPrefix + modulesBucket(c.region)}, {c.snapshotTarget().Name}}
	if c.options.Windows {
		needs = append(needs, Need{bucketPrefix + windowsBucket(c.region)})
	}
	return needs
}
