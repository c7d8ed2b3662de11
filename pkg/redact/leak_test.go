package redact_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// mustGo are values of every kind that point to a node, an account or a company.
// None is known from another member: only their look, or that nobody knows the
// word, tells what they are.
var mustGo = []string{
	// Addresses of private networks.
	"10.213.7.9", "172.19.201.44", "192.168.187.23", "100.77.201.9", "10.213.7.0/24", "172.19.201.44:3128",
	"fd12:3456:789a:1::17", "fe80::42:acff:fe11:2", "[fd12:3456:789a:1::17]:3128",
	"ip-10-213-7-9", "ip-10-213-7-9.us-east-2.compute.internal",
	"02:42:ac:11:00:09", "02-42-ac-11-00-09",
	// Ids of AWS.
	"i-0a1b2c3d4e5f67891", "mi-0a1b2c3d4e5f67891", "vpc-0a1b2c3d4e5f67891", "subnet-0a1b2c3d4e5f67891",
	"sg-0a1b2c3d4e5f67891", "eni-0a1b2c3d4e5f67891", "vpce-0a1b2c3d4e5f67891", "rtb-0a1b2c3d4e5f67891",
	"acl-0a1b2c3d4e5f67891", "i-0a1b2c3d", "Z0123456789ABCDEFGHIJ", "o-a1b2c3d4e5",
	"vpce-0a1b2c3d4e5f67891-k3j9x2q1.ssm.us-east-2.vpce.amazonaws.com",
	"481516234298", "arn:aws:iam::481516234298:role/zqpayroll", "arn:aws:sts::481516234298:assumed-role/zqpayroll/i-0a1b2c3d4e5f67891",
	"arn:aws:kms:us-east-2:481516234298:key/1d2c3b4a-5f6e-7d8c-9b0a-1f2e3d4c5b6a", "1d2c3b4a-5f6e-7d8c-9b0a-1f2e3d4c5b6a",
	"AROAZQPAYROLLEXAMPLE1:zqsession",
	// Names.
	"zqpayroll", "zqproxy.corp.zqvwk.example", "ns1.zqvwk.internal", "dc01.ad.zqvwk.local", "ZQVWK\\svc-backup",
	"svc.backup@zqvwk.example", "CN=Zqvwk Root CA 3,O=Zqvwk Holdings,C=DE", "zqvwk-session-logs", "zq.dotted.bucket",
	"s3://zqvwk-session-logs/node", "https://zqproxy.corp.zqvwk.example:3128/a?b=zqpayroll", "/home/zqadmin/proxy.env",
	"_zqvwk._tcp.zqvwk.example", "xn--zqvwk-kva.example", "zqvwk_underscore_host",
	// Digests.
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}

// TestLeaks: wherever a text is kept, none of the values stays in it.
func TestLeaks(t *testing.T) {
	for _, value := range mustGo {
		for name, sentence := range map[string]string{
			"alone": value, "in words": "not authorized for " + value + " because of a policy",
			"quoted": `denied: "` + value + `".`, "in brackets": "by (" + value + ")", "in a list": value + "," + value,
		} {
			a := observation.AddressObservation{Address: netip.MustParseAddr("10.0.1.110")}
			a.Connect = &observation.Connect{Failure: &observation.Failure{Text: sentence}}
			a.Handshake = &observation.Handshake{
				VerifyText:   sentence,
				Certificates: []observation.Certificate{{Subject: sentence, Issuer: sentence, IssuerOrgs: []string{sentence}}},
			}
			a.Reply = &observation.Reply{Server: sentence, ErrorMessage: sentence, Body: sentence, Location: sentence}
			o := observation.Observations{Targets: []observation.TargetObservation{
				{Name: "ssm", NotTried: sentence, Addresses: []observation.AddressObservation{a}},
			}}
			o.Node.Resolver.From, o.Metadata.Reason, o.Plan.RegionNote = sentence, sentence, sentence
			copied, err := redact.New().Observations(&o)
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(copied)
			if err != nil {
				t.Fatal(err)
			}
			for _, piece := range pieces(value) {
				if at := strings.Index(string(b), piece); at >= 0 {
					t.Errorf("%s, %s: %q stays: …%s…", value, name, piece, b[max(0, at-60):min(len(b), at+60)])
					break
				}
			}
		}
	}
}

// pieces are the parts of a value that must not stay either.
func pieces(value string) []string {
	out := []string{value}
	for _, piece := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(`.,:;/\@=?&[] `, r) }) {
		for _, mark := range []string{"zq", "Zq", "ZQ", "0a1b2c3d", "481516234298", "1d2c3b4a"} {
			if strings.Contains(piece, mark) {
				out = append(out, piece)
			}
		}
	}
	return out
}
