package diagnose

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Credentials (`--signed`).
const (
	CredentialsMissing   Code = "credentials-missing"
	CredentialsRejected  Code = "credentials-rejected"
	IAMDenied            Code = "iam-denied"
	EndpointPolicyDenies Code = "endpoint-policy-denies"
)

// credentialCauses are the causes that only a signed call shows.
func credentialCauses() []cause {
	wrongTime := []Code{ClockSkew}
	return []cause{
		{
			code: CredentialsMissing, atMost: Warning,
			find: findCredentialsMissing, describe: describeCredentialsMissing,
		},
		{
			code: CredentialsRejected, atMost: Error, restart: true, credentials: true, anyPath: true, dependsOn: wrongTime,
			find: findCredentialsRejected, describe: describeCredentialsRejected,
		},
		{
			code: EndpointPolicyDenies, atMost: Error, restart: true, credentials: true, anyPath: true, dependsOn: append(wrongTime, S3PolicyDenies),
			find: func(f *facts) []match {
				return f.denied(func(d denier) bool { return d == deniedByEndpoint })
			},
			describe: describeEndpointPolicy,
		},
		{
			code: IAMDenied, atMost: Error, restart: true, credentials: true, anyPath: true, dependsOn: wrongTime,
			find: func(f *facts) []match {
				return f.denied(func(d denier) bool { return d != deniedByEndpoint })
			},
			describe: describeIAMDenied,
		},
	}
}

// signedTo is the signed call to a target, nil where there is none.
func (f *facts) signedTo(t *target) *observation.SignedCall {
	for i := range f.o.Signed {
		if f.o.Signed[i].Target == t.Name {
			return &f.o.Signed[i]
		}
	}
	return nil
}

// refusedByClock is a signed call that the service refuses for the time at
// which it was signed, nil where there is none.
func (f *facts) refusedByClock() *observation.SignedCall {
	for i := range f.o.Signed {
		if c := &f.o.Signed[i]; whatServiceSays(c) == saysClock {
			return c
		}
	}
	return nil
}

// signedReads reports whether S3 gives an object to the node's credentials.
func (f *facts) signedReads(t *target) bool { return whatServiceSays(f.signedTo(t)) == saysYes }

func findCredentialsMissing(f *facts) []match {
	c := f.o.Credentials
	if !c.Asked || c.Found == observation.Yes || isUndecided(c.Failure) {
		return nil
	}
	evidence := []string{"neither the environment nor the shared credentials files hold any"}
	if f.ec2() {
		evidence[0] += ", nor does the instance have any by a role"
	}
	if c.Found == observation.Unknown && c.Failure != nil {
		evidence = []string{"whether there are any is not known: " + c.Failure.Text}
	}
	limit := Warning
	if m := f.o.Metadata; f.isInstance() && m.Asked && m.Failure != nil && !f.registered() || f.blamesRole() {
		limit = Info // it follows from what metadata is blamed for
	}
	return nodeMatch(true, limit, append(evidence, c.PassedOver...)...)
}

func describeCredentialsMissing(f *facts, _ []match) words {
	w := words{title: "this node has no credentials to sign calls with, so that none was made"}
	if f.o.Credentials.Found == observation.Unknown {
		w.title = "whether this node has credentials is not known, so that no signed call was made"
	}
	// The names of the variables are shown, and not what is in them.
	w.checks = []Check{{Command: `env | grep -o '^AWS_[A-Z_]*'; ls -l ~/.aws /root/.aws`, Expect: "no AWS_ACCESS_KEY_ID, no file credentials"}}
	if f.windows() {
		w.checks[0].Command = "Get-ChildItem Env:AWS_* | Select-Object Name; Get-ChildItem $HOME\\.aws"
	}
	if f.ec2() {
		w.checks = append(describeRoleMissing(f, nil).checks, w.checks...)
		w.fix = append(w.fix, "attach an instance profile whose role has the policy "+managedPolicy)
	}
	if f.o.Credentials.Failure.Of(observation.KindDenied) {
		w.fix = append(w.fix, "run this again as "+f.superuser()+", who may read the credentials files")
	}
	w.fix = append(w.fix,
		"give credentials in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN): the agent of a hybrid node may keep its own to itself",
		"leave --signed out: the way there is tested without it")
	return w
}

// superuser is who may read every file of the node.
func (f *facts) superuser() string {
	if f.windows() {
		return "an administrator"
	}
	return "root"
}

// describeRole repeats a signed call by hand.
func (f *facts) describeRole(t *target) string {
	if t.Service == endpoint.S3 {
		return f.boundedLong() + "aws s3api get-object --bucket " + f.bucketArg(t.Bucket) + " --key " + f.arg(t.PublicKey, "KEY") + " --region " + f.regionArg() + " VERSION"
	}
	return f.boundedLong() + "aws ssm describe-document --name AWS-RunShellScript --region " + f.regionArg() + " --endpoint-url " + f.urlArg(t.Host, "")
}

// signedCheck makes the call that AWS denied.
func (f *facts) signedCheck(t *target, call *observation.SignedCall) Check {
	return Check{Command: f.describeRole(t), Expect: clipped(call.ErrorCode)}
}

// firstCall is the call that decides the words: an API's, else S3's.
func (f *facts) firstCall(ms []match) (*target, *observation.SignedCall) {
	t := targetsOf(ms)[0]
	return t, f.signedTo(t)
}

func findCredentialsRejected(f *facts) []match {
	return f.answers(func(c *observation.SignedCall) bool { return whatServiceSays(c) == saysUnknown })
}

// denied are the denials by a policy of which keep holds. A denied read of S3
// alone is none: the object is everybody's, the managed policy of a node does
// not name it, and what matters is whether the unsigned read works.
func (f *facts) denied(keep func(denier) bool) []match {
	return f.answers(func(c *observation.SignedCall) bool {
		if whatServiceSays(c) != saysDenied {
			return false
		}
		by, _ := denierOf(c.ErrorMessage)
		if t := f.byName[c.Target]; t.Service == endpoint.S3 && by != deniedByEndpoint {
			return false
		}
		return keep(by)
	})
}

// answers are the matches of the signed calls of which ok holds. What S3 says
// costs nothing by itself: the agent reads its buckets unsigned too.
func (f *facts) answers(ok func(*observation.SignedCall) bool) []match {
	var ms []match
	for _, t := range f.targets {
		c := f.signedTo(t)
		if c == nil || !t.tried() || !ok(c) {
			continue
		}
		m := match{target: t, effect: invalidates, evidence: []string{f.signedLine(c)}}
		if t.Service == endpoint.S3 {
			m.effect, m.limit = affects, Warning
			if len(ms) > 0 {
				m.limit = Info
			}
		}
		m.evidence = append(m.evidence, f.credentialsOrigin()...)
		ms = append(ms, m)
	}
	return ms
}

// signedLine says what became of a signed call.
func (f *facts) signedLine(c *observation.SignedCall) string {
	line := c.Action + " of " + c.Resource
	switch {
	case c.Proxy != "":
		line += " through the proxy " + c.Proxy
	case c.Address.IsValid():
		line += " at " + c.Address.String()
	}
	switch {
	case c.NotMade != "":
		return line + ": not made: " + c.NotMade
	case c.Failure != nil:
		return line + ": " + describeFailure(c.Failure, c.Elapsed)
	}
	line += ": answered with HTTP status " + strconv.Itoa(c.Status)
	if c.ErrorCode != "" {
		line += ", " + c.ErrorCode
	}
	if c.ErrorMessage != "" {
		line += ": " + strconv.Quote(tail(c.ErrorMessage))
	}
	if c.RequestID != "" {
		line += " (request id " + c.RequestID + ")"
	}
	return line
}

// tail is the end of a long message: whose policy it was stands there.
func tail(message string) string {
	const most = 400
	if len(message) > most {
		return "…" + strings.ToValidUTF8(message[len(message)-most:], "")
	}
	return message
}

// credentialsOrigin says whose credentials were used.
func (f *facts) credentialsOrigin() []string {
	c := f.o.Credentials
	line := "the credentials are of " + c.From
	if c.KeyEnd != "" {
		line += ", the access key ends in " + c.KeyEnd
	}
	if !c.Expires.IsZero() {
		line += ", they expire at " + c.Expires.UTC().Format(time.RFC3339)
	}
	lines := []string{line}
	if f.o.Metadata.Role == observation.Yes && c.Source != observation.SourceRole {
		lines = append(lines, fmt.Sprintf("the agent itself uses the instance role %s", f.o.Metadata.RoleName))
	}
	return lines
}

// signedEvidence is the signed call to a target as a line of evidence, none where
// it shows nothing.
func (f *facts) signedEvidence(t *target) []string {
	c := f.signedTo(t)
	if whatServiceSays(c) == saysNothing {
		return nil
	}
	return []string{"with credentials: " + f.signedLine(c)}
}

// noteSigned says what the signed calls showed, and which were not made, but for
// the lines that a finding said.
func (f *facts) noteSigned(add, addNormal func(string), said func(string) bool) {
	if !f.o.Credentials.Asked {
		return
	}
	if f.o.Credentials.Found == observation.Yes && len(f.o.Signed) > 0 && !said(f.credentialsOrigin()[0]) {
		add("signed calls: " + f.credentialsOrigin()[0])
	}
	if len(f.o.Signed) == 0 {
		add("no signed call was made: there is none for what was asked for")
	}
	for i := range f.o.Signed {
		c := &f.o.Signed[i]
		t := f.byName[c.Target]
		line := f.signedLine(c)
		if t != nil && t.Service == endpoint.S3 {
			switch says := whatServiceSays(c); {
			case says == saysDenied && readProof(t) == "proved":
				line += "; the unsigned read works, which is what the agent needs"
			case says == saysYes && readProof(t) == "not proved":
				line += "; S3 refuses the unsigned read: an endpoint policy wants an identity, which these credentials have"
			}
		}
		switch {
		case said(line):
		case line == f.signedLine(c) && whatServiceSays(c) == saysYes:
			addNormal(line)
		default:
			add(line)
		}
	}
}

// managedPolicy is what a node's role needs.
const managedPolicy = "AmazonSSMManagedInstanceCore"

func describeCredentialsRejected(f *facts, ms []match) words {
	t, call := f.firstCall(ms)
	c := f.o.Credentials
	why := unknownCodes[call.ErrorCode]
	w := words{
		title:  "AWS does not accept the credentials of " + c.From + ": " + why,
		checks: []Check{f.signedCheck(t, call)},
	}
	if strings.Contains(call.ErrorMessage, otherRegion) {
		w.title = t.Host + " does not accept a signature for " + f.o.Plan.Region
		w.fix = []string{"see that " + t.Host + " is a host of " + f.o.Plan.Region + ": the agent signs for the Region too"}
		return w
	}
	switch c.Source {
	case observation.SourceEnvironment:
		w.fix = []string{"renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN together, or unset them so that the node's other credentials are used"}
	case observation.SourceFile:
		w.fix = []string{
			"renew or remove the keys in " + c.From,
			"where the agent of a hybrid node wrote them, see that it runs: it renews them itself",
		}
	default:
		w.fix = []string{
			"see in the IAM console that " + c.From + " still exists, and attach the instance profile again: the instance may hold the keys of a role that was deleted and made anew",
		}
	}
	if why == expired {
		w.fix = append(w.fix, "see that nothing between this node and AWS keeps old credentials: a container's environment, a cached token")
	}
	return w
}

func describeEndpointPolicy(f *facts, ms []match) words {
	t, call := f.firstCall(ms)
	ts := targetsOf(ms)
	on := "the policy of the VPC endpoint for " + f.endpointServices(ts)
	_, explicit := denierOf(call.ErrorMessage)
	w := words{mode: DoAll, title: on + " denies " + call.Action, checks: []Check{f.signedCheck(t, call)}}
	if explicit {
		w.fix = append(w.fix, "take the statement that denies "+call.Action+" out of "+on)
	}
	if t.Service == endpoint.SSM {
		w.fix = append(w.fix,
			"allow the ssm actions of "+managedPolicy+" on all resources (\"*\") in "+on+"; the default policy, which allows everything, is enough as the role's own counts beside it",
			"where it names resources, add AWS's own documents: they are of no account (arn:"+f.o.Plan.Partition+":ssm:"+f.o.Plan.Region+"::document/*)")
		return w
	}
	w.fix = append(w.fix, "allow "+call.Action+" on arn:"+f.o.Plan.Partition+":s3:::"+call.Resource+" in "+on)
	return w
}

func describeIAMDenied(f *facts, ms []match) words {
	t, call := f.firstCall(ms)
	c := f.o.Credentials
	by, explicit := denierOf(call.ErrorMessage)
	w := words{checks: []Check{f.signedCheck(t, call)}}
	verb := " does not allow "
	if explicit {
		verb = " denies "
	}
	switch by {
	case deniedBySomeone:
		w.title = t.Name + " denies " + call.Action + " to " + caller(c) + ", and does not say whose policy does"
		w.fix = []string{
			attachPolicy(c),
			"see also the policy of the VPC endpoint for " + f.endpointServices(targetsOf(ms)) + ", and the organization's service control policies",
		}
	case deniedByIdentity:
		if !explicit {
			w.title = caller(c) + " lacks the permission " + call.Action
			w.fix = []string{attachPolicy(c), "or allow " + call.Action + " in a policy of its own, with the other actions of " + managedPolicy}
			break
		}
		w.title = "a policy of " + caller(c) + " denies " + call.Action
		w.fix = []string{"take the statement that denies " + call.Action + " out of that policy"}
	default:
		w.title = by.say() + verb + call.Action + " for " + caller(c)
		w.fix = []string{"change " + by.say() + " so that it allows the actions of " + managedPolicy}
	}
	return w
}

// attachPolicy is the first cure of a role that lacks the permission.
func attachPolicy(c observation.Credentials) string {
	return "attach the policy " + managedPolicy + " to " + caller(c)
}

// caller names who called, as far as it is known here.
func caller(c observation.Credentials) string {
	if c.Source == observation.SourceRole {
		return c.From
	}
	return "the role or user whose keys are in " + c.From
}
