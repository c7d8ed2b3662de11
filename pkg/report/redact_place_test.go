package report_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A name that may as well be a word of ours is not shown if its place says
// what it is, and our words stay.
func TestRedactPlainWords(t *testing.T) {
	d := healthy()
	o := d.Observations
	o.Metadata.RoleName = "node"
	o.Credentials = observation.Credentials{Asked: true, Found: observation.Yes, Source: observation.SourceRole, From: "the instance role node",
		PassedOver: []string{"the instance role node: instance metadata says no", `the profile of ACME\jdoe`, `C:\Program Files\Amazon\SSM`, `NT AUTHORITY\SYSTEM`}}
	for _, bucket := range []string{"logs", "acmelogs"} {
		p := observation.PlannedTarget{Target: endpoint.Target{Name: "s3:" + bucket, Bucket: bucket, Host: s3Host, Port: 443}, Asked: true}
		o.Plan.Targets = append(o.Plan.Targets, p)
		d.Targets = append(d.Targets, judged(diagnose.Pass, p.Name, p.Host, true))
	}
	for _, c := range []struct{ text, want string }{
		{"assumed-role/node/x", "assumed-role/role-1/role-2"},
		{"s3:acmelogs and s3:logs, and logs", "s3:bucket-2 and s3:bucket-1, and logs"},
		{"curl 'https://s3.us-east-2.amazonaws.com/acmelogs?max-keys=1'", "curl 'https://s3.us-east-2.amazonaws.com/bucket-2?max-keys=1'"},
		{"https://acmelogs.s3.us-east-2.amazonaws.com/logs", "https://bucket-2.s3.us-east-2.amazonaws.com/logs"},
		{"https://s3.dualstack.us-east-2.amazonaws.com:443/logs/logs", "https://s3.dualstack.us-east-2.amazonaws.com:443/bucket-1/logs"},
		{"GET /logs?max-keys=1", "GET /bucket-1?max-keys=1"},
		{"arn:aws:s3:::logs/*", "arn:aws:s3:::bucket-1/*"},
		{`"<BucketName>acmelogs</BucketName>"`, `"<BucketName>bucket-2</BucketName>"`},
		{"bucket amazon-ssm-us-east-2 and s3:patch-baseline-snapshot-us-east-2", "bucket amazon-ssm-us-east-2 and s3:patch-baseline-snapshot-us-east-2"},
		{`blocked for ACME\jdoe: "ask\nACME\\jdoe."`, `blocked for user-1: "ask\nuser-1."`},
		{`C:\Program Files\Amazon\SSM as NT AUTHORITY\SYSTEM`, `C:\Program Files\Amazon\SSM as NT AUTHORITY\SYSTEM`},
	} {
		note(d, c.text)
		if diff := cmp.Diff(c.want, noteOf(redacted(t, d))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
	whole := string(encode(t, redacted(t, d)))
	for _, secret := range []string{"acmelogs", `"logs,`, "role node", `"role_name": "node"`, "jdoe", "ACME"} {
		if i := strings.Index(whole, secret); i >= 0 {
			t.Errorf("%s is shown: %s", secret, whole[max(0, i-80):i+40])
		}
	}
}
