package endpoint

import (
	"fmt"
	"slices"
	"strings"
)

// A Capability is something that a user wants to do through Systems Manager.
type Capability string

// The capabilities of the contract, in its order.
const (
	RunCommand        Capability = "run-command"
	SessionManager    Capability = "session-manager"
	AgentUpdate       Capability = "agent-update"
	PatchManager      Capability = "patch-manager"
	Distributor       Capability = "distributor"
	VSSSnapshot       Capability = "vss-snapshot"
	KMSEncryption     Capability = "kms-encryption"
	CloudWatchLogs    Capability = "cloudwatch-logs"
	CloudWatchMetrics Capability = "cloudwatch-metrics"
	HybridActivation  Capability = "hybrid-activation"
)

// Capabilities lists all of them, in the contract's order.
func Capabilities() []Capability {
	return []Capability{
		RunCommand, SessionManager, AgentUpdate, PatchManager, Distributor, VSSSnapshot,
		KMSEncryption, CloudWatchLogs, CloudWatchMetrics, HybridActivation,
	}
}

// DefaultCapabilities lists the core of a managed node, which is tested if no
// capability is requested.
func DefaultCapabilities() []Capability {
	return []Capability{RunCommand, SessionManager, AgentUpdate}
}

// Title is the capability's display name: "Session Manager".
func (c Capability) Title() string {
	switch c {
	case RunCommand:
		return "Run Command"
	case SessionManager:
		return "Session Manager"
	case AgentUpdate:
		return "Agent update"
	case PatchManager:
		return "Patch Manager"
	case Distributor:
		return "Distributor"
	case VSSSnapshot:
		return "VSS snapshots"
	case KMSEncryption:
		return "KMS encryption"
	case CloudWatchLogs:
		return "CloudWatch Logs"
	case CloudWatchMetrics:
		return "CloudWatch metrics"
	case HybridActivation:
		return "Hybrid activation"
	}
	return string(c)
}

// A CapabilityError is an unknown capability. Its text lists the known ones.
type CapabilityError struct{ Name string }

func (e *CapabilityError) Error() string {
	names := make([]string, 0, len(Capabilities()))
	for _, c := range Capabilities() {
		names = append(names, string(c))
	}
	name := e.Name
	if len(name) > 60 {
		name = name[:60] + "..."
	}
	return fmt.Sprintf("unknown capability %q; give one of %s", name, strings.Join(names, ", "))
}

// ParseCapability returns the capability with that name. The error is a
// *CapabilityError.
func ParseCapability(name string) (Capability, error) {
	if c := Capability(name); slices.Contains(Capabilities(), c) {
		return c, nil
	}
	return "", &CapabilityError{name}
}
