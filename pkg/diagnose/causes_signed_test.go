package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	deniedHead = "User: arn:aws:sts::123456789012:assumed-role/node-role/i-0123456789abcdef0 is not authorized to perform: " +
		"ssm:DescribeDocument on resource: arn:aws:ssm:us-east-2::document/AWS-RunShellScript "
	noEndpointPolicy = deniedHead + "because no VPC endpoint policy allows the ssm:DescribeDocument action"
	noIdentityPolicy = deniedHead + "because no identity-based policy allows the ssm:DescribeDocument action"
)

// signed adds signed calls with the instance role's credentials, which AWS
// allows until a test changes it.
func (w *world) signed() {
	w.Credentials = observation.Credentials{
		Asked: true, Found: observation.Yes, Source: observation.SourceRole, From: "the instance role node-role", KeyEnd: "7XQ2",
		Temporary: true, Expires: began.Add(5 * time.Hour),
	}
	w.Metadata.RoleName = "node-role"
	w.Plan.Signed = true
	w.Plan.SignedCalls = []observation.PlannedCall{
		{Target: "ssm", Action: "ssm:DescribeDocument", Resource: "AWS-RunShellScript"},
		{Target: nameBucket, Action: "s3:GetObject", Resource: agentBucket + "/latest/VERSION"},
	}
	for i, at := range []string{privateOf(0)[0], "3.5.128.10"} {
		w.Signed = append(w.Signed, observation.SignedCall{
			PlannedCall: w.Plan.SignedCalls[i], Address: netip.MustParseAddr(at), Status: 200, RequestID: "5a6b", Elapsed: 8 * ms,
		})
	}
}

// refuses makes a signed call be refused: 0 is ssm's, 1 is S3's.
func (w *world) refuses(call, status int, code, message string) {
	if w.Signed == nil {
		w.signed()
	}
	c := &w.Signed[call]
	c.Status, c.ErrorCode, c.ErrorMessage = status, code, message
}

// bucket makes S3 answer an unsigned read like this.
func (w *world) bucket(status int, code string) {
	w.each(func(a *observation.AddressObservation) { a.Reply.Status, a.Reply.ErrorCode = status, code }, nameBucket)
}

// notSigned makes every call be one that was not made.
func (w *world) notSigned(c observation.Credentials, why string) {
	w.signed()
	w.Credentials = c
	for i := range w.Signed {
		w.Signed[i] = observation.SignedCall{PlannedCall: w.Signed[i].PlannedCall, NotMade: why}
	}
}

func signedTests() []verdictTest {
	none := observation.Credentials{Asked: true, Found: observation.No}
	return []verdictTest{
		{name: "signed calls that are allowed", status: 0, change: func(w *world) { w.signed() }},
		{name: "no credentials", status: 0, want: []string{"warning credentials-missing"}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.notSigned(none, "no credentials were found")
		}},
		{name: "no credentials, as the instance has no role", status: 0, want: []string{"info role-missing", "warning credentials-missing"}, change: func(w *world) {
			w.Metadata.Role = observation.No
			w.notSigned(none, "no credentials were found")
		}},
		{name: "a file of credentials that may not be read", status: 0, want: []string{"warning credentials-missing"}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.notSigned(observation.Credentials{Asked: true, PassedOver: []string{"/root/.aws/credentials: permission denied"},
				Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindDenied, Text: "/root/.aws/credentials: permission denied"}}, "not known")
		}},
		{name: "the run ended before the credentials were found", status: 0, change: func(w *world) {
			w.notSigned(observation.Credentials{Asked: true, Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindUndecided}}, "not known")
		}},
		{name: "credentials that have expired", status: 1, want: []string{"error credentials-rejected ssm," + nameBucket}, change: func(w *world) {
			w.refuses(0, 400, "ExpiredTokenException", "The security token included in the request is expired")
			w.refuses(1, 400, "ExpiredToken", "The provided token has expired.")
		}},
		{name: "credentials of another's environment", status: 1, want: []string{"error credentials-rejected ssm"}, change: func(w *world) {
			w.refuses(0, 400, "UnrecognizedClientException", "The security token included in the request is invalid.")
			w.Credentials.Source, w.Credentials.From = observation.SourceEnvironment, "the environment (AWS_ACCESS_KEY_ID)"
		}},
		{name: "a wrong secret", status: 1, want: []string{"error credentials-rejected ssm"}, change: func(w *world) {
			w.refuses(0, 400, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided.")
			w.Credentials.Source, w.Credentials.From = observation.SourceFile, "/root/.aws/credentials, profile default"
		}},
		{name: "S3 alone does not accept the credentials", status: 0, want: []string{"warning credentials-rejected " + nameBucket}, change: func(w *world) {
			w.refuses(1, 403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
		}},
		{name: "a signature that is too old, by a clock that is wrong: the clock alone", status: 1,
			want: []string{"error clock-skew " + asked5}, change: func(w *world) {
				w.clock(time.Hour)
				w.refuses(0, 400, "InvalidSignatureException", "Signature expired: 20260304T040607Z is now earlier than 20260304T050107Z (20260304T050607Z - 5 min.)")
			}},
		{name: "a clock that only the service tells", status: 1, want: []string{"error clock-skew " + asked5}, change: func(w *world) {
			for i := range w.Targets {
				for j := range w.Targets[i].Addresses {
					w.Targets[i].Addresses[j].Reply.Date = time.Time{}
				}
			}
			w.refuses(0, 400, "InvalidSignatureException", "Signature not yet current: 20260304T060607Z is still later than 20260304T051107Z")
		}},
		{name: "a denial that a wrong clock explains", status: 1, want: []string{"error clock-skew " + asked5}, change: func(w *world) {
			w.clock(time.Hour)
			w.refuses(0, 400, "AccessDeniedException", "")
		}},
		{name: "the role lacks the permission", status: 1, want: []string{"error iam-denied ssm"}, change: func(w *world) {
			w.refuses(0, 400, "AccessDeniedException", noIdentityPolicy)
			w.refuses(1, 403, "AccessDenied", "Access Denied")
		}},
		{name: "an explicit deny", status: 1, want: []string{"error iam-denied ssm"}, change: func(w *world) {
			w.refuses(0, 400, "AccessDeniedException", deniedHead+"with an explicit deny in an identity-based policy")
		}},
		{name: "a service control policy", status: 1, want: []string{"error iam-denied ssm"}, change: func(w *world) {
			w.refuses(0, 400, "AccessDeniedException", deniedHead+"with an explicit deny in a service control policy")
		}},
		{name: "a denial that names nobody", status: 1, want: []string{"error iam-denied ssm"}, change: func(w *world) {
			w.refuses(0, 400, "AccessDeniedException", "")
		}},
		{name: "the endpoint's policy", status: 1, want: []string{"error endpoint-policy-denies ssm"}, change: func(w *world) {
			w.refuses(0, 400, "AccessDeniedException", noEndpointPolicy)
		}},
		{name: "the endpoint's policy, explicitly", status: 1, want: []string{"error endpoint-policy-denies ssm"}, change: func(w *world) {
			w.refuses(0, 400, "AccessDeniedException", deniedHead+"with an explicit deny in a VPC endpoint policy")
		}},
		{name: "S3's endpoint denies the signed read alone", status: 0, want: []string{"warning endpoint-policy-denies " + nameBucket}, change: func(w *world) {
			w.refuses(1, 403, "AccessDenied", "because no VPC endpoint policy allows the s3:GetObject action")
		}},
		{name: "S3 denies the signed read, and gives the object unsigned", status: 0, change: func(w *world) {
			w.refuses(1, 403, "AccessDenied", "Access Denied")
		}},
		{name: "S3 denies both reads", status: 1, want: []string{"error s3-policy-denies " + nameBucket}, change: func(w *world) {
			w.bucket(403, "AccessDenied")
			w.refuses(1, 403, "AccessDenied", "because no VPC endpoint policy allows the s3:GetObject action")
		}},
		{name: "S3 denies the unsigned read alone", status: 0, change: func(w *world) {
			w.bucket(403, "AccessDenied")
			w.signed()
		}},
		{name: "S3 denies the unsigned read, and the signed one was not made", status: 1, want: []string{"error s3-policy-denies " + nameBucket}, change: func(w *world) {
			w.bucket(403, "AccessDenied")
			w.signed()
			w.Signed[1] = observation.SignedCall{PlannedCall: w.Signed[1].PlannedCall, NotMade: "no credentials were found"}
		}},
		{name: "a call that got no answer", status: 0, change: func(w *world) {
			w.signed()
			w.Signed[0].Status, w.Signed[0].Failure = 0, &observation.Failure{Op: observation.OpReply, Kind: observation.KindTimeout}
		}},
		{name: "a call that was throttled", status: 0, change: func(w *world) {
			w.refuses(0, 400, "ThrottlingException", "Rate exceeded")
		}},
	}
}

// What a call showed, and that one was not made, is always reported somewhere.
func TestSignedCallsAreTold(t *testing.T) {
	for _, test := range signedTests() {
		w := healthy()
		test.change(w)
		r := Judge(w.Observations)
		var lines []string
		for _, f := range r.Findings {
			lines = append(lines, f.Evidence...)
		}
		lines = append(lines, r.Notes...)
		for _, c := range w.Signed {
			said := func(s string) bool { return strings.Contains(s, c.Action) }
			if !slices.ContainsFunc(lines, said) {
				t.Errorf("%s: nothing tells of %s", test.name, c.Action)
			}
		}
	}
}

func TestWordsOfSignedCauses(t *testing.T) {
	tests := []struct {
		code, message string
		want          string
	}{
		{"ExpiredTokenException", "expired", "AWS does not accept the credentials from the instance role node-role: they have expired"},
		{"InvalidSignatureException", "Credential should be scoped to a valid region, not 'us-east-2'.", hostSSM + " does not accept a signature for us-east-2"},
		{"AccessDeniedException", noIdentityPolicy, "the instance role node-role lacks the permission ssm:DescribeDocument"},
		{"AccessDeniedException", deniedHead + "with an explicit deny in an identity-based policy", "a policy of the instance role node-role denies ssm:DescribeDocument"},
		{"AccessDeniedException", deniedHead + "because no permissions boundary allows the ssm:DescribeDocument action",
			"the permissions boundary of the role or user does not allow ssm:DescribeDocument for the instance role node-role"},
		{"AccessDeniedException", "", "ssm denies ssm:DescribeDocument to the instance role node-role, and does not say which policy is the reason"},
		{"AccessDeniedException", noEndpointPolicy, "the policy of the VPC endpoint for com.amazonaws.us-east-2.ssm denies ssm:DescribeDocument"},
	}
	for _, tt := range tests {
		w := healthy()
		w.refuses(0, 400, tt.code, tt.message)
		r := Judge(w.Observations)
		if len(r.Findings) != 1 || r.Findings[0].Title != tt.want {
			t.Errorf("%s %q: %+v, want the title %q", tt.code, tt.message, r.Findings, tt.want)
		}
	}
}

// Every text of AWS's names its policy, even after names that imitate one.
func TestDenierOf(t *testing.T) {
	type result struct {
		by       denier
		explicit bool
	}
	for _, d := range denialTexts {
		message := "User: arn:aws:iam::1:user/because no VPC endpoint policy allows the x is not authorized " + d.text
		by, explicit := denierOf(message)
		if diff := cmp.Diff(result{d.by, d.explicit}, result{by, explicit}, cmp.AllowUnexported(result{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", d.text, diff)
		}
	}
	if by, _ := denierOf("Access Denied"); by != deniedBySomeone {
		t.Errorf("a bare denial is one by %s", by.say())
	}
}
