package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// EndpointsSchema names the form of the JSON list of endpoints.
const EndpointsSchema = "ssmcheck.endpoints/v1"

// Endpoints is what a node must reach: for a firewall's rules, and for the
// policy of a VPC endpoint. It does not say what the node can reach.
type Endpoints struct {
	Schema      string `json:"schema"`
	Tool        Tool   `json:"tool"`
	Region      string `json:"region"`
	RegionTitle string `json:"region_title,omitempty"`
	RegionFrom  string `json:"region_from,omitempty"`
	Partition   string `json:"partition"`
	// Capabilities are those that the list is for.
	Capabilities []endpoint.Capability `json:"capabilities"`
	Hosts        []EndpointHost        `json:"hosts"`
	Buckets      []EndpointBucket      `json:"buckets"`
	// Missing says which buckets the list lacks, and why.
	Missing []string `json:"missing,omitempty"`
	// Notes say what the lists cannot express.
	Notes []string `json:"notes"`

	region endpoint.Region
}

// An EndpointHost is one host to let the node reach.
type EndpointHost struct {
	Host     string `json:"host"`
	Port     uint16 `json:"port"`
	Protocol string `json:"protocol"`
	// Required: a capability does not work without it. Only older agents use the
	// others.
	Required     bool                  `json:"required"`
	Capabilities []endpoint.Capability `json:"capabilities"`
	Purposes     []string              `json:"purposes"`
	// WebSocket: plain HTTPS is not enough, a proxy must let upgrades pass.
	WebSocket bool `json:"websocket,omitempty"`
	// VPCEndpoint is the service for which a VPC endpoint makes the host
	// private. Empty: there is none, or it is unknown.
	VPCEndpoint string `json:"vpc_endpoint_service,omitempty"`
	// Proxy is the proxy that the agent would use. Empty: none.
	Proxy string `json:"proxy,omitempty"`
	// NamedBy says which setting replaces AWS's own host. Empty: none.
	NamedBy string `json:"named_by,omitempty"`
}

// An EndpointBucket is one S3 bucket to let the node read.
type EndpointBucket struct {
	Bucket string `json:"bucket"`
	ARN    string `json:"arn"`
	// Host is where this node reads it. Empty: only other nodes read it.
	Host         string                `json:"host,omitempty"`
	Capabilities []endpoint.Capability `json:"capabilities"`
	Purpose      string                `json:"purpose"`
	// Managed: the bucket is AWS's, and read without a signature.
	Managed bool `json:"managed"`
	// PublicKey is an object that anyone may read, to test with.
	PublicKey string `json:"public_key,omitempty"`
}

// NewEndpoints makes the list from a plan, whose Region is region.
func NewEndpoints(version string, region endpoint.Region, plan observation.Plan) *Endpoints {
	e := &Endpoints{
		Schema:       EndpointsSchema,
		Tool:         Tool{Name: "ssmcheck", Version: version},
		Region:       region.Name,
		RegionTitle:  region.Title,
		RegionFrom:   plan.RegionFrom,
		Partition:    region.Partition.ID,
		Capabilities: plan.Capabilities,
		Hosts:        []EndpointHost{},
		Buckets:      []EndpointBucket{},
		region:       region,
	}
	var requested []observation.PlannedTarget
	for _, t := range plan.Targets {
		switch {
		case !t.Asked:
		case t.NotApplicable != "":
			e.note(t.NotApplicable)
		case t.NotDocumented != "" && t.Service == endpoint.S3 && !t.Own:
			// The list of all nodes' buckets says it.
		case t.NotDocumented != "":
			e.note(t.Name + ": " + t.NotDocumented)
		default:
			requested = append(requested, t)
		}
	}
	for _, t := range requested {
		e.addHost(t, plan)
		e.addBucket(t, plan)
	}
	e.addManaged(plan)
	e.addNotes(requested, plan)
	return e
}

func (e *Endpoints) note(s string) {
	if !slices.Contains(e.Notes, s) {
		e.Notes = append(e.Notes, s)
	}
}

// addHost adds a target's host, or the target's purpose to a host in the list.
func (e *Endpoints) addHost(t observation.PlannedTarget, plan observation.Plan) {
	h := e.hostAt(t.Host, t)
	capabilities, required := neededBy(t.Name, plan)
	purpose := t.Purpose
	if t.Bucket != "" && len(capabilities) > 0 && len(h.Purposes) > 0 {
		purpose = h.Purposes[0] // the bucket's own is listed with the bucket
	}
	h.add(purpose, capabilities, required)
	h.WebSocket = h.WebSocket || t.WebSocket
	if t.Bucket == "" || t.VirtualHosted || t.Overridden != "" {
		return
	}
	// ssm-setup-cli, which fetches the agent for a hybrid activation, addresses the
	// bucket by a host name of its own
	// (hybrid-multicloud-ssm-agent-install-linux.md).
	if slices.Contains(capabilities, endpoint.HybridActivation) {
		h := e.hostAt(t.Bucket+"."+t.Host, t)
		h.add("the download of ssm-setup-cli", []endpoint.Capability{endpoint.HybridActivation}, true)
	}
}

func (e *Endpoints) hostAt(host string, t observation.PlannedTarget) *EndpointHost {
	i := slices.IndexFunc(e.Hosts, func(h EndpointHost) bool { return h.Host == host && h.Port == t.Port })
	if i < 0 {
		h := EndpointHost{
			Host: host, Port: t.Port, Protocol: "tcp", Capabilities: []endpoint.Capability{},
			Proxy: t.Proxy, NamedBy: t.Overridden,
		}
		if t.Overridden == "" {
			h.VPCEndpoint = endpoint.VPCEndpointService(t.Service, e.region, t.FIPS)
		}
		e.Hosts = append(e.Hosts, h)
		i = len(e.Hosts) - 1
	}
	return &e.Hosts[i]
}

func (h *EndpointHost) add(purpose string, capabilities []endpoint.Capability, required bool) {
	if !slices.Contains(h.Purposes, purpose) {
		h.Purposes = append(h.Purposes, purpose)
	}
	for _, c := range capabilities {
		if !slices.Contains(h.Capabilities, c) {
			h.Capabilities = append(h.Capabilities, c)
		}
	}
	h.Required = h.Required || required
}

// neededBy gives the capabilities that use a target, and whether one of them
// requires it. A target of none is the user's own, and required.
func neededBy(name string, plan observation.Plan) (capabilities []endpoint.Capability, required bool) {
	for _, c := range plan.Capabilities {
		for _, need := range plan.Needs[c] {
			if !slices.Contains(need, name) {
				continue
			}
			if !slices.Contains(capabilities, c) {
				capabilities = append(capabilities, c)
			}
			// Of several alternatives a current agent uses the first.
			required = required || need[0] == name
		}
	}
	return capabilities, required || len(capabilities) == 0
}

func (e *Endpoints) addBucket(t observation.PlannedTarget, plan observation.Plan) {
	if t.Bucket == "" {
		return
	}
	capabilities, _ := neededBy(t.Name, plan)
	e.Buckets = append(e.Buckets, EndpointBucket{
		Bucket:       t.Bucket,
		ARN:          endpoint.BucketARN(e.region, t.Bucket),
		Host:         t.Host,
		Capabilities: append([]endpoint.Capability{}, capabilities...),
		Purpose:      t.Purpose,
		Managed:      len(capabilities) > 0,
		PublicKey:    t.PublicKey,
	})
}

// addManaged adds the buckets that only nodes with another system read: a policy
// covers all nodes.
func (e *Endpoints) addManaged(plan observation.Plan) {
	for _, b := range endpoint.ManagedBuckets(e.region, plan.Capabilities) {
		if b.NotDocumented != "" {
			e.Missing = append(e.Missing, b.NotDocumented)
			continue
		}
		if i := slices.IndexFunc(e.Buckets, func(have EndpointBucket) bool { return have.Bucket == b.Name }); i >= 0 {
			e.Buckets[i].Managed = true // even if --bucket names it
			continue
		}
		var capabilities []endpoint.Capability
		for _, c := range b.Capabilities {
			if slices.Contains(plan.Capabilities, c) {
				capabilities = append(capabilities, c)
			}
		}
		e.Buckets = append(e.Buckets, EndpointBucket{
			Bucket: b.Name, ARN: endpoint.BucketARN(e.region, b.Name),
			Capabilities: capabilities, Purpose: b.Purpose, Managed: true,
		})
	}
}

// addNotes adds what a reader must know and the lists cannot express.
func (e *Endpoints) addNotes(requested []observation.PlannedTarget, plan observation.Plan) {
	if plan.RegionNote != "" {
		e.note(plan.RegionNote)
	}
	for _, t := range requested {
		if t.MayBeAbsent != "" {
			e.note(t.MayBeAbsent)
		}
		if t.Proxy != "" {
			e.note("the agent is configured to use the proxy " + t.Proxy +
				": the node must reach the proxy, and the proxy must reach these hosts")
		}
	}
	if slices.ContainsFunc(e.Hosts, func(h EndpointHost) bool { return h.WebSocket }) {
		e.note("ssmmessages uses WebSockets: a proxy must allow the upgrade, " +
			"and a firewall must keep connections that are idle for a minute")
	}
	if slices.ContainsFunc(requested, func(t observation.PlannedTarget) bool { return t.Service == endpoint.S3 }) {
		e.note("S3 is reachable through a gateway endpoint, an interface endpoint or the internet; " +
			"a gateway endpoint serves its own VPC only, and its names keep public addresses")
	}
	if plan.FIPS {
		e.note("no VPC endpoint covers the FIPS names of ssm, ssmmessages, ec2messages and S3: these keep public addresses")
		if i := slices.IndexFunc(requested, func(t observation.PlannedTarget) bool { return t.VirtualHosted && t.FIPS }); i >= 0 {
			e.note("S3's FIPS names always begin with a bucket's name: a firewall that supports wildcards may allow *." +
				strings.TrimPrefix(requested[i].Host, requested[i].Bucket+"."))
		}
	}
	if e.region.Partition.ID == "aws-cn" {
		e.note("in China the names of some VPC endpoint services begin with cn.com.amazonaws: " +
			"aws ec2 describe-vpc-endpoint-services lists them")
	}
	if slices.Contains(plan.Capabilities, endpoint.PatchManager) {
		e.note("patching also reads the system's package repositories; those of Amazon Linux are in S3 as well (al2023-repos-" +
			e.Region + "-de612dc2, amazonlinux-2-repos-" + e.Region + "), and a policy must allow them")
	}
	if slices.Contains(plan.Capabilities, endpoint.Distributor) {
		e.note("Distributor downloads packages from wherever Systems Manager says: " +
			"a third party's package may be in that party's bucket, which a policy must allow too")
	}
	e.note("a node also needs its nameservers (UDP and TCP 53) and the correct time (NTP), " +
		"and on EC2 169.254.169.254, which no network firewall filters")
}

// capabilityTitles names capabilities for a person.
func capabilityTitles(list []endpoint.Capability) string {
	return joinAnd(wordsOf(list, endpoint.Capability.Title))
}

// regionWords is the Region with what AWS calls it.
func (e *Endpoints) regionWords() string {
	if e.RegionTitle == "" {
		return e.Region
	}
	return fmt.Sprintf("%s, %s", e.Region, e.RegionTitle)
}
