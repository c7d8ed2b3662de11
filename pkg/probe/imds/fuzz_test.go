package imds

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// FuzzMetadata answers anything at instance metadata's address: as the Region, an id, a role, and for
// all other paths. What is kept is well-formed and limited, and can be written.
func FuzzMetadata(f *testing.F) {
	f.Add("us-east-2", "i-0a1b2c3d4e5f60718", "node", []byte(`{"Code":"Success","AccessKeyId":"`+probetest.PlantedID+
		`","SecretAccessKey":"`+probetest.PlantedSecret+`","Expiration":"9999-12-31T23:59:59-23:00"}`))
	f.Add("us-east-2\n", "i-0", "node", []byte("10.0.0.0/16\n::/0\nsg-0123456789abcdef0"))
	f.Add("us-east-2", "i-0a1b2c3d4e5f60718", "../../user-data", []byte("0a:ff:d1:5e:22:01"))
	f.Add("\x1b[31m", "<html>", "", []byte("fe80::1%eth0"))
	f.Fuzz(func(t *testing.T, region, id, role string, rest []byte) {
		r := newMetadataReader(new(attempt.Runner), &Call{})
		r.transport.next.RegisterProtocol("http", probetest.Answers{
			"/placement/region": region, "/instance-id": id, "/iam/security-credentials": role, "": string(rest),
			"/mac": "0a:ff:d1:5e:22:01", "/token": "AQAEtoken==",
		})
		if r.region(t.Context()) {
			r.details(t.Context())
		}
		m := r.call.metadata
		if _, err := endpoint.LookupRegion(m.Region); (m.Failure == nil || m.Region != "") && err != nil {
			t.Errorf("Region %q", m.Region)
		}
		blocks := slices.Concat(m.VPCBlocks, m.SubnetBlocks)
		b, err := json.Marshal(m)
		if err != nil || len(blocks) > 2*maxBlocks || len(b) > 32<<10 {
			t.Errorf("%d bytes are kept: %v", len(b), err)
		}
		odd := func(r rune) bool { return !unicode.IsPrint(r) }
		for _, s := range []string{m.InstanceID, m.RoleName, m.VPCID, m.AvailabilityZone, m.Foreign} {
			if strings.ContainsFunc(s, odd) {
				t.Errorf("kept: %q", s)
			}
		}
	})
}
