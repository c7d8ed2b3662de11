package probe

import (
	"slices"
	"strconv"
	"strings"
)

// FirstWithoutEC2Messages is the first agent that does without ec2messages once
// ssmmessages is connected (RELEASENOTES of amazon-ssm-agent, 3.3.40.0).
var FirstWithoutEC2Messages = []int{3, 3, 40, 0}

// lastWithEC2Messages is the version of Windows Server 2012, whose agent keeps
// using ec2messages (the contract's paragraph on it).
var lastWithEC2Messages = []int{6, 2}

// NeedsEC2Messages reports whether this node's agent needs ec2messages though
// ssmmessages works. Unknown: the agent's version is not known.
func (n Node) NeedsEC2Messages() Known {
	if n.OS == "windows" {
		if v, ok := VersionNumbers(n.OSVersion); ok && slices.Compare(v[:min(2, len(v))], lastWithEC2Messages) <= 0 {
			return Yes
		}
	}
	return n.Agent.olderThan(FirstWithoutEC2Messages...)
}

// VersionNumbers reads a dotted version. ok: it is one.
func VersionNumbers(s string) (v []int, ok bool) {
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, false
		}
		v = append(v, n)
	}
	return v, true
}
