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
// policy of a VPC endpoint. It says nothing of what the node does reach.
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
	// Notes say what else the lists cannot.
	Notes []string `json:"notes"`

	region endpoint.Region
}

// An EndpointHost is one host to let the node reach.
type EndpointHost struct {
	Host     string `json:"host"`
	Port     uint16 `json:"port"`
	Protocol string `json:"protocol"`
	// Required: a capability cannot do without it. The others are of use to
	// older agents only.
	Required     bool                  `json:"required"`
	Capabilities []endpoint.Capability `json:"capabilities"`
	Purposes     []string              `json:"purposes"`
	// WebSocket: plain HTTPS is not enough, a proxy must let upgrades pass.
	WebSocket bool `json:"websocket,omitempty"`
	// VPCEndpoint is the service for which a VPC endpoint makes the host
	// private. Empty: there is none, or it is not known.
	VPCEndpoint string `json:"vpc_endpoint_service,omitempty"`
	// Proxy is what the agent would go through. Empty: nothing.
	Proxy string `json:"proxy,omitempty"`
	// NamedBy says who named the host in place of AWS's own. Empty: nobody.
	NamedBy string `json:"named_by,omitempty"`
}

// An EndpointBucket is one S3 bucket to let the node read.
type EndpointBucket struct {
	Bucket string `json:"bucket"`
	ARN    string `json:"arn"`
	// Host is where this node reads it. Empty: only other nodes do.
	Host         string                `json:"host,omitempty"`
	Capabilities []endpoint.Capability `json:"capabilities"`
	Purpose      string                `json:"purpose"`
	// Managed: the bucket is AWS's, and read without a signature.
	Managed bool `json:"managed"`
	// PublicKey is an object that anyone may read, for a test.
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
	var asked []observation.PlannedTarget
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
			asked = append(asked, t)
		}
	}
	for _, t := range asked {
		e.addHost(t, plan)
		e.addBucket(t, plan)
	}
	e.addManaged(plan)
	e.addNotes(asked, plan)
	return e
}

func (e *Endpoints) note(s string) {
	if !slices.Contains(e.Notes, s) {
		e.Notes = append(e.Notes, s)
	}
}

// addHost adds a target's host, or what the target is for to a host that is
// there.
func (e *Endpoints) addHost(t observation.PlannedTarget, plan observation.Plan) {
	h := e.hostAt(t.Host, t)
	capabilities, required := neededBy(t.Name, plan)
	purpose := t.Purpose
	if t.Bucket != "" && len(capabilities) > 0 && len(h.Purposes) > 0 {
		purpose = h.Purposes[0] // the host's own says it, the bucket's is with the bucket
	}
	h.add(purpose, capabilities, required)
	h.WebSocket = h.WebSocket || t.WebSocket
	if t.Bucket == "" || t.VirtualHosted || t.Overridden != "" {
		return
	}
	// ssm-setup-cli, which fetches the agent for a hybrid activation, puts the
	// bucket's name before the host's
	// (hybrid-multicloud-ssm-agent-install-linux.md).
	if slices.Contains(capabilities, endpoint.HybridActivation) {
		e.hostAt(t.Bucket+"."+t.Host, t).add("the download of ssm-setup-cli", []endpoint.Capability{endpoint.HybridActivation}, true)
	}
}

func (e *Endpoints) hostAt(host string, t observation.PlannedTarget) *EndpointHost {
	i := slices.IndexFunc(e.Hosts, func(h EndpointHost) bool { return h.Host == host && h.Port == t.Port })
	if i < 0 {
		h := EndpointHost{Host: host, Port: t.Port, Protocol: "tcp", Capabilities: []endpoint.Capability{}, Proxy: t.Proxy, NamedBy: t.Overridden}
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
// cannot do without it. What belongs to none is the user's own, and required.
func neededBy(name string, plan observation.Plan) (capabilities []endpoint.Capability, required bool) {
	for _, c := range plan.Capabilities {
		for _, need := range plan.Needs[c] {
			if !slices.Contains(need, name) {
				continue
			}
			if !slices.Contains(capabilities, c) {
				capabilities = append(capabilities, c)
			}
			// Of several that do, the first is what an agent of today uses.
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

// addManaged adds the buckets that only nodes of another system read: a policy
// is for all of them.
func (e *Endpoints) addManaged(plan observation.Plan) {
	for _, b := range endpoint.ManagedBuckets(e.region, plan.Capabilities) {
		if b.NotDocumented != "" {
			e.Missing = append(e.Missing, b.NotDocumented)
			continue
		}
		if i := slices.IndexFunc(e.Buckets, func(have EndpointBucket) bool { return have.Bucket == b.Name }); i >= 0 {
			e.Buckets[i].Managed = true // also where --bucket names one of them
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

// addNotes says what a reader of the lists must know beside them.
func (e *Endpoints) addNotes(asked []observation.PlannedTarget, plan observation.Plan) {
	if plan.RegionNote != "" {
		e.note(plan.RegionNote)
	}
	for _, t := range asked {
		if t.MayBeAbsent != "" {
			e.note(t.MayBeAbsent)
		}
		if t.Proxy != "" {
			e.note("by its settings the agent goes through the proxy " + t.Proxy + ": the node must reach the proxy, and the proxy these hosts")
		}
	}
	if slices.ContainsFunc(e.Hosts, func(h EndpointHost) bool { return h.WebSocket }) {
		e.note("ssmmessages carries WebSockets: a proxy must let the upgrade pass, and a firewall must keep a connection that is idle for a minute")
	}
	if slices.ContainsFunc(asked, func(t observation.PlannedTarget) bool { return t.Service == endpoint.S3 }) {
		e.note("S3 may be reached by a gateway endpoint, an interface endpoint or the internet; a gateway endpoint serves only its own VPC, and its names keep public addresses")
	}
	if plan.FIPS {
		e.note("ssm, ssmmessages, ec2messages and S3 have no VPC endpoint by their FIPS names: these keep public addresses")
		if i := slices.IndexFunc(asked, func(t observation.PlannedTarget) bool { return t.VirtualHosted && t.FIPS }); i >= 0 {
			e.note("S3 has FIPS names with a bucket's name before them only: a firewall that takes wildcards may allow *." + strings.TrimPrefix(asked[i].Host, asked[i].Bucket+"."))
		}
	}
	if e.region.Partition.ID == "aws-cn" {
		e.note("in China some VPC endpoint services begin with cn.com.amazonaws: aws ec2 describe-vpc-endpoint-services lists them")
	}
	if slices.Contains(plan.Capabilities, endpoint.PatchManager) {
		e.note("patching also reads the package repositories of the system; those of Amazon Linux are in S3 as well (al2023-repos-" +
			e.Region + "-de612dc2, amazonlinux-2-repos-" + e.Region + "), and a policy must allow them")
	}
	if slices.Contains(plan.Capabilities, endpoint.Distributor) {
		e.note("Distributor fetches a package from the address that Systems Manager gives it: a package of somebody else's may be in a bucket of theirs, which a policy must allow too")
	}
	e.note("beside these a node needs its nameservers (UDP and TCP 53) and the right time (NTP); on EC2 also 169.254.169.254, which no firewall between them sees")
}

// capabilityTitles names capabilities for a person.
func capabilityTitles(list []endpoint.Capability) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Title()
	}
	return joinAnd(names)
}

// regionWords is the Region with what AWS calls it.
func (e *Endpoints) regionWords() string {
	if e.RegionTitle == "" {
		return e.Region
	}
	return fmt.Sprintf("%s, %s", e.Region, e.RegionTitle)
}
