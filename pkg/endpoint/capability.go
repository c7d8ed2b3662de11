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

// capabilityTable lists all of them with their display names, in the contract's
// order. It is read-only.
var capabilityTable = []struct {
	name  Capability
	title string
}{
	{RunCommand, "Run Command"},
	{SessionManager, "Session Manager"},
	{AgentUpdate, "Agent update"},
	{PatchManager, "Patch Manager"},
	{Distributor, "Distributor"},
	{VSSSnapshot, "VSS snapshots"},
	{KMSEncryption, "KMS encryption"},
	{CloudWatchLogs, "CloudWatch Logs"},
	{CloudWatchMetrics, "CloudWatch metrics"},
	{HybridActivation, "Hybrid activation"},
}

// Capabilities lists all of them, in the contract's order.
func Capabilities() []Capability {
	all := make([]Capability, len(capabilityTable))
	for i, c := range capabilityTable {
		all[i] = c.name
	}
	return all
}

// DefaultCapabilities lists the core of a managed node, which is tested if no
// capability is requested.
func DefaultCapabilities() []Capability {
	return []Capability{RunCommand, SessionManager, AgentUpdate}
}

// Title is the capability's display name: "Session Manager".
func (c Capability) Title() string {
	for _, known := range capabilityTable {
		if known.name == c {
			return known.title
		}
	}
	return string(c)
}

// A CapabilityError is an unknown capability. Its text lists the known ones.
type CapabilityError struct{ Name string }

func (e *CapabilityError) Error() string {
	names := make([]string, len(capabilityTable))
	for i, c := range capabilityTable {
		names[i] = string(c.name)
	}
	return fmt.Sprintf("unknown capability %q; give one of %s", clip(e.Name, 60), strings.Join(names, ", "))
}

// ParseCapability returns the capability with that name. The error is a
// *CapabilityError.
func ParseCapability(name string) (Capability, error) {
	if c := Capability(name); slices.Contains(Capabilities(), c) {
		return c, nil
	}
	return "", &CapabilityError{name}
}
