package lab

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
)

// InstanceID is the id of the EC2 instance in every scenario.
const InstanceID = "i-0a1b2c3d4e5f60718"

// Secrets that scenarios use elsewhere too.
const (
	AccessKey    = "ASIALABKEYOFNOUSE7XQ"
	SecretKey    = "labsecretlabsecretlabsecretlabsecret1234"
	SessionToken = "IQoJLabSessionTokenThatNobodyTakes//////////wEaCXVzLWVhc3Qt"
	// ProxyPassword is a proxy's.
	ProxyPassword = "open-sesame"
)

const (
	macAddress    = "0a:ff:d1:5e:22:01"
	metadataToken = "AQAEANVZlabTokenOfInstanceMetadata=="
)

// Secrets returns what the lab gives to clients and no report may contain: the token
// of instance metadata, the role's credentials, the password of a proxy.
func Secrets() []string {
	return []string{metadataToken, ProxyPassword, AccessKey, SecretKey, SessionToken}
}

// MetadataAddress is where instance metadata listens.
var MetadataAddress = netip.MustParseAddrPort("169.254.169.254:80")

// Metadata is the instance metadata service (IMDSv2).
type Metadata struct {
	// Zone is the availability zone.
	Zone string
	// VPC and Subnet are the instance's address blocks. The zero value: none.
	VPC, Subnet         netip.Prefix
	VPCIPv6, SubnetIPv6 netip.Prefix
	// Address is the instance's own IPv4 address. The zero value: it has none.
	Address netip.Addr
	// Role is the name of the instance profile's role. Empty: none.
	Role string
	// Disabled: it answers 403 to everything.
	Disabled bool
	// NoToken: it accepts connections and does not answer, as with a hop limit of
	// 1 in a container.
	NoToken bool
	// Page is the answer of a middlebox. Empty: there is none.
	Page string
	// Answer answers a request instead if it returns true. nil: never.
	Answer func(rw http.ResponseWriter, q *http.Request) bool

	// tokenless is the first request without a token.
	tokenless atomic.Pointer[string]
}

// Misused returns an error if a client sent instance metadata a request without a
// token (IMDSv1). A client that follows a redirect does that too.
func (w *World) Misused() error {
	if w.Metadata == nil {
		return nil
	}
	if asked := w.Metadata.tokenless.Load(); asked != nil {
		return fmt.Errorf("instance metadata got a request without a token: %s", *asked)
	}
	return nil
}

// noteTokenless records the first request that neither has a token nor requests one.
func (m *Metadata) noteTokenless(q *http.Request) {
	if q.Method == http.MethodPut && q.URL.Path == "/latest/api/token" || q.Header.Get("X-aws-ec2-metadata-token") != "" {
		return
	}
	asked := q.Method + " " + q.URL.Path
	m.tokenless.CompareAndSwap(nil, &asked)
}

// handler answers as the metadata service does.
func (m *Metadata) handler(w *World) http.Handler {
	values := m.values(w)
	return http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		m.noteTokenless(q)
		rw.Header().Set("Server", "EC2ws")
		rw.Header().Set("Content-Type", "text/plain")
		switch {
		case m.Answer != nil && m.Answer(rw, q):
		case m.Page != "":
			rw.Header().Set("Server", "box")
			rw.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(rw, m.Page)
		case m.NoToken:
			hijack(rw, WaitForEnd)
		case m.Disabled, q.Header.Get("X-Forwarded-For") != "":
			rw.WriteHeader(http.StatusForbidden)
		case q.URL.Path == "/latest/api/token":
			ttl := q.Header.Get("X-aws-ec2-metadata-token-ttl-seconds")
			if q.Method != http.MethodPut || ttl == "" {
				rw.WriteHeader(http.StatusBadRequest)
				return
			}
			rw.Header().Set("X-aws-ec2-metadata-token-ttl-seconds", ttl)
			_, _ = io.WriteString(rw, metadataToken)
		case q.Header.Get("X-aws-ec2-metadata-token") != metadataToken:
			rw.WriteHeader(http.StatusUnauthorized)
		default:
			v, ok := values[strings.TrimSuffix(strings.TrimPrefix(q.URL.Path, "/latest/"), "/")]
			if !ok {
				rw.WriteHeader(http.StatusNotFound)
				return
			}
			_, _ = io.WriteString(rw, v)
		}
	})
}

// values returns the service's answers, by path below /latest/.
func (m *Metadata) values(w *World) map[string]string {
	mac := "meta-data/network/interfaces/macs/" + macAddress + "/"
	const identity = "dynamic/instance-identity/document"
	v := map[string]string{
		"meta-data/instance-id":                 InstanceID,
		"meta-data/placement/region":            w.Region,
		"meta-data/placement/availability-zone": m.Zone,
		"meta-data/mac":                         macAddress,
		"meta-data/services/domain":             w.Suffix,
		"meta-data/services/partition":          "aws",
		mac + "vpc-id":                          "vpc-0123456789abcdef0",
		mac + "subnet-id":                       "subnet-0123456789abcdef0",
		mac + "security-group-ids":              "sg-0123456789abcdef0",
		identity: `{"instanceId":"` + InstanceID + `","region":"` + w.Region +
			`","availabilityZone":"` + m.Zone + `","accountId":"123456789012"`,
	}
	if m.Address.IsValid() {
		v["meta-data/local-ipv4"] = m.Address.String()
		v[identity] += `,"privateIp":"` + m.Address.String() + `"`
	}
	v[identity] += "}"
	for path, block := range map[string]netip.Prefix{
		"vpc-ipv4-cidr-block": m.VPC, "vpc-ipv4-cidr-blocks": m.VPC, "subnet-ipv4-cidr-block": m.Subnet,
		"vpc-ipv6-cidr-blocks": m.VPCIPv6, "subnet-ipv6-cidr-blocks": m.SubnetIPv6,
	} {
		if block.IsValid() {
			v[mac+path] = block.String()
		}
	}
	if strings.HasPrefix(w.Region, "cn-") {
		v["meta-data/services/partition"] = "aws-cn"
	}
	if m.Role != "" {
		v["meta-data/iam/info"] = `{"Code":"Success","LastUpdated":"2026-01-01T00:00:00Z","InstanceProfileArn":"arn:aws:iam::123456789012:instance-profile/` +
			m.Role + `","InstanceProfileId":"AIPAEXAMPLE"}`
		v["meta-data/iam/security-credentials"] = m.Role
		v["meta-data/iam/security-credentials/"+m.Role] = `{"Code":"Success","LastUpdated":"2026-01-01T00:00:00Z","Type":"AWS-HMAC",` +
			`"AccessKeyId":"` + AccessKey + `","SecretAccessKey":"` + SecretKey + `","Token":"` + SessionToken + `","Expiration":"2099-01-01T00:00:00Z"}`
	}
	return v
}
