package probe

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// FuzzMetadata gives whatever may answer at instance metadata's address: a
// Region, an id, a role, and one answer for all the rest. What is kept has its
// form and its bound, and can be written.
func FuzzMetadata(f *testing.F) {
	f.Add("us-east-2", "i-0a1b2c3d4e5f60718", "node", []byte(`{"Code":"Success","AccessKeyId":"`+plantedID+
		`","SecretAccessKey":"`+plantedSecret+`","Expiration":"9999-12-31T23:59:59-23:00"}`))
	f.Add("us-east-2\n", "i-0", "node", []byte("10.0.0.0/16\n::/0\nsg-0123456789abcdef0"))
	f.Add("us-east-2", "i-0a1b2c3d4e5f60718", "../../user-data", []byte("0a:ff:d1:5e:22:01"))
	f.Add("\x1b[31m", "<html>", "", []byte("fe80::1%eth0"))
	f.Fuzz(func(t *testing.T, region, id, role string, rest []byte) {
		r := newMetadataReader(new(Prober), &MetadataCall{})
		r.transport.next.RegisterProtocol("http", answers{
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
		c := observation.Credentials{}
		k := readRoleDocument(&c, string(rest), m.RoleName)
		if (k != keys{}) != (c.Found == observation.Yes) || c.Found == observation.Yes && !k.wellFormed() {
			t.Errorf("found %q, and keys are there: %v", c.Found, k != keys{})
		}
		b, err := json.Marshal([]any{m, c})
		if err != nil || len(blocks) > 2*maxBlocks || len(b) > 32<<10 {
			t.Errorf("%d bytes are kept: %v", len(b), err)
		}
		if told := c.KeyEnd + strings.Join(c.PassedOver, ""); k.secret != "" && strings.Contains(told, k.secret) {
			t.Errorf("the secret is kept: %q", told)
		}
		odd := func(r rune) bool { return !unicode.IsPrint(r) }
		for _, s := range []string{m.InstanceID, m.RoleName, m.VPCID, m.AvailabilityZone, m.Foreign} {
			if strings.ContainsFunc(s, odd) {
				t.Errorf("kept: %q", s)
			}
		}
	})
}

// answers are those of an HTTP server, by the end of the path; the empty one is
// for all others.
type answers map[string]string

func (a answers) RoundTrip(q *http.Request) (*http.Response, error) {
	text := a[""]
	for end, s := range a {
		if end != "" && strings.HasSuffix(strings.TrimSuffix(q.URL.Path, "/"), end) {
			text = s
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{tokenTTL: {"300"}}, Body: io.NopCloser(bytes.NewReader([]byte(text))), Request: q,
	}, nil
}
