package endpoint

import (
	"slices"
	"strings"
)

// The names of targets that are the same in every Region. A bucket's is
// bucketPrefix and its name; the host that patching reads from has the name
// that patchHost gives.
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

// Require says what the capabilities need in a Region: the targets, and which
// of them each capability cannot do without.
//
// A target is listed once, however many capabilities need it. ec2messages is
// listed with what runs commands; in a Region without it the target says so, and no
// Need names it. The user's own buckets are listed and belong to no
// capability.
func Require(r Region, caps []Capability, o Options) Requirements {
	c := newCatalogue(r, o)
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
			wanted[nameEC2Messages] = true // also where it is only skipped
		}
	}
	for _, bucket := range o.Buckets {
		wanted[bucketPrefix+bucket] = true
	}
	req.Targets = slices.DeleteFunc(c.targets(), func(t Target) bool { return !wanted[t.Name] })
	for i, t := range req.Targets {
		if slices.Contains(o.Buckets, t.Bucket) {
			req.Targets[i].MayBeAbsent = "" // whoever names a bucket means that it is there
		}
	}
	return req
}

// Optional gives the targets that a default run looks at beyond those asked for:
// ec2messages, what patching reads, kms, logs and ec2.
func Optional(r Region, asked Requirements, o Options) []Target {
	c := newCatalogue(r, o)
	looks := map[string]bool{nameEC2Messages: true, nameKMS: true, nameLogs: true, nameEC2: true}
	for _, need := range c.patching() {
		looks[need[0]] = true
	}
	for _, t := range asked.Targets {
		delete(looks, t.Name)
	}
	return slices.DeleteFunc(c.targets(), func(t Target) bool { return !looks[t.Name] })
}

// WithHost gives the target with another host, and who named it.
func (t Target) WithHost(host, by string) Target {
	t.Host = host
	t.Overridden = by
	t.Foreign = !IsAWSName(host)
	t.FIPS = isFIPSName(host)
	t.VirtualHosted = t.Bucket != "" && strings.HasPrefix(host, t.Bucket+".")
	// Whoever names a host means that it is there.
	t.MayBeAbsent, t.NotApplicable = "", ""
	return t
}

// runsCommands reports whether the capability runs commands, and so may use
// ec2messages in place of ssmmessages.
func runsCommands(c Capability) bool {
	return c == RunCommand || c == PatchManager || c == Distributor || c == VSSSnapshot
}

// needs lists what the capability cannot do without.
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

// channel is what brings commands to the node.
func (c catalogue) channel() Need {
	if c.region.EC2Messages == Unsupported {
		return Need{nameSSMMessages}
	}
	return Need{nameSSMMessages, nameEC2Messages}
}

// patching is what Patch Manager needs beside Run Command, each by itself.
func (c catalogue) patching() []Need {
	host, _ := patchHost(c.region)
	needs := []Need{{host}, {bucketPrefix + modulesBucket(c.region)}, {c.snapshotTarget().Name}}
	if c.options.Windows {
		needs = append(needs, Need{bucketPrefix + windowsBucket(c.region)})
	}
	return needs
}
