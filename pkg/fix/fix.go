// Package fix holds fixes as data: what package diagnose proposes for a cause,
// the JSON report has as `actions`, and package remedy writes as Terraform,
// CloudFormation, commands and configuration.
//
// It decides nothing and applies nothing. Its only text is what a report and
// package remedy both have: where the settings of the agent's service go.
package fix

import (
	"net/netip"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// A Kind is what an action does, and so which of its values are set.
type Kind string

// The kinds of actions.
const (
	// CreateEndpoint creates the interface endpoints of Services, or turns on
	// their private DNS names.
	CreateEndpoint Kind = "create-endpoint"
	// CreateGateway puts a gateway endpoint for S3 into the node's route table.
	CreateGateway Kind = "create-gateway-endpoint"
	// AllowIngress lets From in at Port: of the endpoints of Services, or of the
	// Route 53 Resolver inbound endpoint if there are none.
	AllowIngress Kind = "allow-ingress"
	// AllowBuckets has the policy of the VPC endpoint for S3 allow Buckets.
	AllowBuckets Kind = "allow-buckets"
	// ForwardZone has Servers forward Zones to To, or to an inbound endpoint
	// whose addresses are not known.
	ForwardZone Kind = "forward-zone"
	// AllowPrivateAnswers has Servers let private addresses pass under Zones.
	AllowPrivateAnswers Kind = "allow-private-answers"
	// SetProxy gives the agent's service Proxy and NoProxy.
	SetProxy Kind = "set-proxy"
	// SetGODEBUG gives the agent's service Value as GODEBUG.
	SetGODEBUG Kind = "set-godebug"
	// SyncClock sets the node's clock by a time server.
	SyncClock Kind = "sync-clock"
	// InstallAgent, StartAgent and RestartAgent do that with the SSM Agent.
	InstallAgent Kind = "install-agent"
	StartAgent   Kind = "start-agent"
	RestartAgent Kind = "restart-agent"
	// AttachRole gives the instance a profile whose role has the managed policy.
	AttachRole Kind = "attach-role"
	// SetMetadataOptions turns on instance metadata, or raises HopLimit.
	SetMetadataOptions Kind = "set-metadata-options"
	// EditHosts takes Hosts out of the hosts file.
	EditHosts Kind = "edit-hosts"
	// Manual: the finding's `fix` has steps that no other action stands for.
	Manual Kind = "manual"
)

// Kinds lists the kinds of actions.
func Kinds() []Kind {
	return []Kind{
		CreateEndpoint, CreateGateway, AllowIngress, AllowBuckets, ForwardZone, AllowPrivateAnswers, SetProxy, SetGODEBUG, SyncClock,
		InstallAgent, StartAgent, RestartAgent, AttachRole, SetMetadataOptions, EditHosts, Manual,
	}
}

// A Condition is what an action depends on and the run could not see.
type Condition string

// The conditions.
const (
	// IfEndpointsExist: the VPC has the endpoints already. Otherwise they are
	// what is missing.
	IfEndpointsExist Condition = "endpoints-exist"
	// IfForwardsElsewhere: the server does not forward to an inbound endpoint
	// already.
	IfForwardsElsewhere Condition = "forwards-elsewhere"
	// IfNoForwarderMissing: no resolver that knows the VPC answered, and a
	// forwarder may be missing instead.
	IfNoForwarderMissing Condition = "no-forwarder-missing"
)

// An Action is one change that fixes a cause, or helps to. Its Kind says which
// values are set.
type Action struct {
	Kind Kind `json:"kind"`
	// Condition is what must hold, if the run could not see it.
	Condition Condition `json:"condition,omitempty"`
	// Steps are those of the finding's Fix that it stands for, the first being 1.
	// The others are left to a person.
	Steps []int `json:"steps,omitempty"`
	// Services are those of VPC endpoints.
	Services []endpoint.Service `json:"services,omitempty"`
	// Buckets are those of S3.
	Buckets []string `json:"buckets,omitempty"`
	// Port is open for TCP, and with UDP for that as well.
	Port uint16 `json:"port,omitempty"`
	UDP  bool   `json:"udp,omitempty"`
	// From are the sources: first the node's own block, if it is known.
	From []netip.Prefix `json:"from,omitempty"`
	// Zones are the domains that Servers forward to To.
	Zones   []string         `json:"zones,omitempty"`
	Servers []netip.AddrPort `json:"servers,omitempty"`
	To      []netip.AddrPort `json:"to,omitempty"`
	// ResolverRule: the server is a VPC's own resolver, which takes a rule of
	// Route 53 Resolver instead of a forwarder.
	ResolverRule bool `json:"resolver_rule,omitempty"`
	// BehindStub: a stub on the node asks Servers.
	BehindStub bool `json:"behind_stub,omitempty"`
	// Proxy is the URL, without a password. Empty: to be given.
	Proxy string `json:"proxy,omitempty"`
	// NoProxy is the whole list, and RemovedNoProxy what is no longer in it.
	NoProxy        []string `json:"no_proxy,omitempty"`
	RemovedNoProxy []string `json:"removed_no_proxy,omitempty"`
	// FoundIn is where the settings of the proxy were found.
	FoundIn string `json:"found_in,omitempty"`
	// Notes say why the values are what they are.
	Notes []string `json:"notes,omitempty"`
	// Value is GODEBUG's. AnyVersion: the agent's version is not known, and some
	// need another setting.
	Value      string `json:"value,omitempty"`
	AnyVersion bool   `json:"any_version,omitempty"`
	// Policy is a managed policy of IAM.
	Policy string `json:"policy,omitempty"`
	// HopLimit is that of instance metadata.
	HopLimit int `json:"hop_limit,omitempty"`
	// Hosts are names in the hosts file.
	Hosts []string `json:"hosts,omitempty"`
}

// The files beside the agent's unit that its environment is best written into:
// names that nobody else uses, so that no other setting is lost, and the last by
// the alphabet, so that they win.
const (
	ProxyDropIn   = "zz-ssmcheck-proxy.conf"
	GODEBUGDropIn = "zz-ssmcheck-godebug.conf"
)

// WindowsService is the key of the agent's service in the registry of Windows.
const WindowsService = `HKLM\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent`

// SetWindowsEnvironment gives the statements of PowerShell that put entries, each a
// word of PowerShell, into the value Environment of the agent's service, in place of
// those that match a regular expression. What else the value has stays: some of it
// is in no report.
func SetWindowsEnvironment(replaced string, entries ...string) []string {
	return []string{
		"$service = '" + strings.Replace(WindowsService, `HKLM\`, `HKLM:\`, 1) + "'",
		"$others = @((Get-ItemProperty -Path $service -Name Environment -ErrorAction SilentlyContinue).Environment | Where-Object { $_ -and $_ -notmatch '" + replaced + "' })",
		"Set-ItemProperty -Path $service -Name Environment -Type MultiString -Value ($others + @(" + strings.Join(entries, ", ") + "))",
	}
}

// The entries of the value Environment that a proxy, and GODEBUG, replace.
const (
	WindowsProxy   = "^(https?|no)_proxy="
	WindowsGODEBUG = "^GODEBUG="
)
