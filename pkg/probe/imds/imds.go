// Package imds queries EC2 instance metadata, with version 2 and never through
// a proxy. It requests the role's credentials only if a caller asks for them.
package imds

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxBlocks limits how many blocks and security groups are kept.
const maxBlocks = 64

// A metadataReader queries one instance's metadata.
type metadataReader struct {
	client    *imds.Client
	transport *metadataTransport
	call      *Call
}

// askMetadata requests the token and the Region first, then everything else at
// once.
func askMetadata(ctx context.Context, p *attempt.Runner, c *Call) {
	r := newMetadataReader(p, c)
	defer r.transport.next.CloseIdleConnections()
	present := r.region(ctx)
	close(c.region)
	if present {
		r.details(ctx)
	}
	c.note(func(m *observation.Metadata) { m.Elapsed = observation.Elapsed(c.began.Ran()) })
}

func newMetadataReader(p *attempt.Runner, c *Call) metadataReader {
	transport := newMetadataTransport(p)
	return metadataReader{
		client: imds.New(imds.Options{
			Endpoint:          "http://169.254.169.254",
			ClientEnableState: imds.ClientEnabled, // the environment's setting is for the SDK, not for the agent
			Retryer:           awssdk.NopRetryer{},
			EnableFallback:    awssdk.FalseTernary,
			HTTPClient: &http.Client{
				Transport: transport,
				// A middlebox's redirect is not followed.
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			},
		}),
		transport: transport,
		call:      c,
	}
}

// region gets a token and the Region, and reports whether metadata is
// available.
func (r metadataReader) region(ctx context.Context) bool {
	region, failure := r.get(ctx, "placement/region")
	connected, status, foreign, tokenFailure := r.transport.state()
	if first := cmp.Or(tokenFailure, failure); mayPass(first) && ctx.Err() == nil {
		// A lost packet, a single throttled call (503), or a second in which this
		// node was busy is not metadata's fault.
		region, failure = r.get(ctx, "placement/region")
		connected, status, foreign, tokenFailure = r.transport.state()
		if cmp.Or(tokenFailure, failure).Of(observation.KindUndecided, observation.KindInterrupted) {
			tokenFailure = first // the first call had enough time
		}
	}
	failure = cmp.Or(tokenFailure, failure)
	if failure.Of(observation.KindTooLarge) && foreign == "" {
		foreign = failure.Text
	}
	if failure == nil {
		if _, err := endpoint.LookupRegion(region); err != nil {
			foreign = observation.Quoted([]byte(region))
			failure = &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindMalformed, Text: "what answers for the Region is none"}
		}
	}
	r.call.note(func(m *observation.Metadata) {
		m.Connected, m.Status, m.Foreign, m.Failure = connected, status, foreign, failure
		if failure == nil {
			m.Region = region
		}
	})
	return failure == nil
}

// mayPass reports whether a failed call is worth repeating.
func mayPass(f *observation.Failure) bool {
	return f.Of(observation.KindTimeout, observation.KindReset, observation.KindClosed, observation.KindStatus)
}

// details requests everything else. Only the instance's id is essential.
func (r metadataReader) details(ctx context.Context) {
	var all attempt.TaskGroup
	defer all.Wait()
	text := func(path string, form func(string) bool, write func(*observation.Metadata, string)) {
		all.Go(func() { r.text(ctx, path, form, write) })
	}
	all.Go(func() { r.instanceID(ctx) })
	all.Go(func() { r.role(ctx) })
	text("placement/availability-zone", isZoneName, func(m *observation.Metadata, s string) { m.AvailabilityZone = s })
	text("local-ipv4", nil, func(m *observation.Metadata, s string) {
		if a, err := observation.ParseAddress(s); err == nil {
			m.LocalIPv4 = a
		}
	})
	mac, failure := r.get(ctx, "mac")
	if failure != nil || !isMACAddress(mac) {
		return
	}
	of := "network/interfaces/macs/" + mac + "/"
	vpcBlocks := func(m *observation.Metadata, s string) { m.VPCBlocks = appendBlocks(m.VPCBlocks, s) }
	subnetBlocks := func(m *observation.Metadata, s string) { m.SubnetBlocks = appendBlocks(m.SubnetBlocks, s) }
	text(of+"vpc-id", isVPCID, func(m *observation.Metadata, s string) { m.VPCID = s })
	text(of+"subnet-id", isSubnetID, func(m *observation.Metadata, s string) { m.SubnetID = s })
	text(of+"vpc-ipv4-cidr-blocks", nil, vpcBlocks)
	text(of+"vpc-ipv6-cidr-blocks", nil, vpcBlocks)
	text(of+"subnet-ipv4-cidr-block", nil, subnetBlocks)
	text(of+"subnet-ipv6-cidr-blocks", nil, subnetBlocks)
	text(of+"security-group-ids", nil, func(m *observation.Metadata, s string) {
		for id := range strings.FieldsSeq(s) {
			if isSecurityGroup(id) && len(m.SecurityGroups) < maxBlocks {
				m.SecurityGroups = append(m.SecurityGroups, id)
			}
		}
	})
}

// instanceID requests the instance's id: without one there is no metadata.
func (r metadataReader) instanceID(ctx context.Context) {
	id, failure := r.get(ctx, "instance-id")
	if mayPass(failure) && ctx.Err() == nil {
		if again, f := r.get(ctx, "instance-id"); !f.Of(observation.KindUndecided, observation.KindInterrupted) {
			id, failure = again, f
		}
	}
	r.call.note(func(m *observation.Metadata) {
		switch {
		case failure.Of(observation.KindTooLarge):
			m.Foreign, m.Failure = failure.Text, failure
		case failure != nil:
			m.Failure = failure
		case !observation.IsInstanceID(id):
			m.Foreign = observation.Quoted([]byte(id))
			m.Failure = &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindMalformed, Text: "what answers for the instance id is none"}
		default:
			m.InstanceID = id
		}
	})
}

// role requests whether the instance has a profile, and the name of its role.
// It never requests the credentials.
func (r metadataReader) role(ctx context.Context) {
	info, failure := r.get(ctx, "iam/info")
	known := observation.Unknown
	var content struct{ Code string }
	switch {
	case failure.Of(observation.KindAbsent):
		known = observation.No
	case failure != nil:
	case json.Unmarshal([]byte(info), &content) != nil || content.Code == "":
	case content.Code == "Success":
		known = observation.Yes
	default:
		known = observation.No // a profile without a role that could be assumed
	}
	r.call.note(func(m *observation.Metadata) { m.Role = known })
	if known != observation.Yes {
		return
	}
	r.text(ctx, "iam/security-credentials/", isRoleName, func(m *observation.Metadata, s string) { m.RoleName = s })
}

// text requests a text of a given form (nil: any) and stores it. A missing
// answer, or one of another form, is left out.
func (r metadataReader) text(ctx context.Context, path string, form func(string) bool, write func(*observation.Metadata, string)) {
	s, failure := r.get(ctx, path)
	if failure != nil || form != nil && !form(s) {
		return
	}
	r.call.note(func(m *observation.Metadata) { write(m, s) })
}

// appendBlocks parses blocks, one per line.
func appendBlocks(blocks []netip.Prefix, s string) []netip.Prefix {
	for field := range strings.FieldsSeq(s) {
		if b, err := netip.ParsePrefix(field); err == nil && len(blocks) < maxBlocks {
			blocks = append(blocks, b.Masked())
		}
	}
	return blocks
}

// statusError is implemented by the SDK's errors that have a status.
type statusError interface {
	error
	HTTPStatusCode() int
}

// get requests one path under meta-data.
func (r metadataReader) get(ctx context.Context, path string) (string, *observation.Failure) {
	began := r.transport.p.Heart.Now()
	out, err := r.client.GetMetadata(ctx, &imds.GetMetadataInput{Path: path})
	if err != nil {
		if f, ok := errors.AsType[*observation.Failure](err); ok {
			return "", f
		}
		if e, ok := errors.AsType[statusError](err); ok {
			if e.HTTPStatusCode() == http.StatusNotFound {
				return "", &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindAbsent, Text: "instance metadata has no " + path}
			}
			return "", statusFailure(e.HTTPStatusCode())
		}
		if ctx.Err() != nil {
			if f := r.transport.cutOff(path); f != nil {
				return "", f
			}
			return "", began.CutOff(ctx, observation.OpMetadata)
		}
		return "", attempt.FailureOf(observation.OpMetadata, err)
	}
	b, err := io.ReadAll(out.Content) // the transport has limited it
	if err != nil {
		return "", attempt.FailureOf(observation.OpMetadata, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// RoleDocument requests the credentials of the instance's role, as the agent on
// an EC2 instance does: never through a proxy, never with version 1.
func RoleDocument(ctx context.Context, p *attempt.Runner, role string) (string, *observation.Failure) {
	r := newMetadataReader(p, nil)
	defer r.transport.next.CloseIdleConnections()
	return r.get(ctx, "iam/security-credentials/"+role)
}
