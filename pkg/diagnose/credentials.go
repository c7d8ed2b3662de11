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
			find: func(f *facts) []match { return f.denied(true) }, describe: describeEndpointPolicy,
		},
		{
			code: IAMDenied, atMost: Error, restart: true, credentials: true, anyPath: true, dependsOn: wrongTime,
			find: func(f *facts) []match { return f.denied(false) }, describe: describeIAMDenied,
		},
	}
}

// signedTo is the signed call to a target, or nil if there is none.
func (f *facts) signedTo(t *target) *observation.SignedCall {
	return find(f.o.Signed, func(c *observation.SignedCall) bool { return c.Target == t.Name })
}

// refusedByClock is a signed call that the service refuses because of the time in its
// signature, or nil if there is none.
func (f *facts) refusedByClock() *observation.SignedCall {
	return find(f.o.Signed, func(c *observation.SignedCall) bool { return whatServiceSays(c) == saysClock })
}

// signedReads reports whether S3 returns an object to the node's credentials.
func (f *facts) signedReads(t *target) bool { return whatServiceSays(f.signedTo(t)) == saysYes }

func findCredentialsMissing(f *facts) []match {
	c := f.o.Credentials
	if !c.Asked || c.Found == observation.Yes || isUndecided(c.Failure) {
		return nil
	}
	evidence := []string{"neither the environment nor the shared credentials files contain any"}
	if f.ec2() {
		evidence[0] += ", and the instance has none from a role"
	}
	if c.Found == observation.Unknown && c.Failure != nil {
		evidence = []string{"whether there are any is not known: " + c.Failure.Text}
	}
	limit := Warning
	if m := f.o.Metadata; f.isInstance() && m.Asked && m.Failure != nil && !f.registered() || f.blamesRole() {
		limit = Info // it follows from another finding about metadata
	}
	return nodeMatch(true, limit, append(evidence, c.PassedOver...)...)
}

func describeCredentialsMissing(f *facts, _ []match) words {
	w := words{title: "this node has no credentials to sign calls with, so none were made"}
	if f.o.Credentials.Found == observation.Unknown {
		w.title = "whether this node has credentials is not known, so no signed calls were made"
	}
	// This shows the variables' names, not their values.
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
		"provide credentials in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN): the agent of a hybrid node may not share its own",
		"omit --signed: the network path is tested without it")
	return w
}

// superuser is the account that may read every file of the node.
func (f *facts) superuser() string {
	if f.windows() {
		return "an administrator"
	}
	return "root"
}

// signedCheck repeats by hand the call that AWS denied.
func (f *facts) signedCheck(t *target, call *observation.SignedCall) Check {
	args := "aws ssm describe-document --name AWS-RunShellScript --region " + f.regionArg() + " --endpoint-url " + f.urlArg(t.Host, "")
	if t.Service == endpoint.S3 {
		args = "aws s3api get-object --bucket " + f.bucketArg(t.Bucket) + " --key " + f.arg(t.PublicKey, "KEY") + " --region " + f.regionArg() + " VERSION"
	}
	return Check{Command: f.bounded(20) + args, Expect: clipped(call.ErrorCode)}
}

// firstCall is the call that the words are about: an API's, otherwise S3's.
func (f *facts) firstCall(ms []match) (*target, *observation.SignedCall) {
	t := targetsOf(ms)[0]
	return t, f.signedTo(t)
}

func findCredentialsRejected(f *facts) []match {
	return f.answers(func(c *observation.SignedCall) bool { return whatServiceSays(c) == saysUnknown })
}

// denied matches the calls that a VPC endpoint's policy denies, or another one. A
// denied read of S3 alone is not a cause: everybody may read the object, the managed
// policy of a node does not name it, and what matters is whether the unsigned read
// works.
func (f *facts) denied(byEndpoint bool) []match {
	return f.answers(func(c *observation.SignedCall) bool {
		by, _ := denierOf(c.ErrorMessage)
		return whatServiceSays(c) == saysDenied && (by == deniedByEndpoint) == byEndpoint &&
			(byEndpoint || f.byName[c.Target].Service != endpoint.S3)
	})
}

// answers matches the signed calls for which ok holds. What S3 says does no harm by
// itself: the agent also reads its buckets unsigned.
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

// signedLine says how a signed call went.
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

// tail is the end of a long message, which says whose policy it was.
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
	line := "the credentials come from " + c.From
	if c.KeyEnd != "" {
		line += ", the access key ends in " + c.KeyEnd
	}
	if !c.Expires.IsZero() {
		line += ", and they expire at " + c.Expires.UTC().Format(time.RFC3339)
	}
	lines := []string{line}
	if f.o.Metadata.Role == observation.Yes && c.Source != observation.SourceRole {
		lines = append(lines, fmt.Sprintf("the agent itself uses the instance role %s", f.o.Metadata.RoleName))
	}
	return lines
}

// signedEvidence is the signed call to a target as evidence, or nil if it shows nothing.
func (f *facts) signedEvidence(t *target) []string {
	c := f.signedTo(t)
	if whatServiceSays(c) == saysNothing {
		return nil
	}
	return []string{"with credentials: " + f.signedLine(c)}
}

// noteSigned says what the signed calls showed and which were not made, except for the
// lines that a finding already has.
func (f *facts) noteSigned(add, addNormal func(string), said func(string) bool) {
	if !f.o.Credentials.Asked {
		return
	}
	if f.o.Credentials.Found == observation.Yes && len(f.o.Signed) > 0 && !said(f.credentialsOrigin()[0]) {
		add("signed calls: " + f.credentialsOrigin()[0])
	}
	if len(f.o.Signed) == 0 {
		add("no signed call was made: the requested capabilities have none")
	}
	for i := range f.o.Signed {
		c := &f.o.Signed[i]
		t := f.byName[c.Target]
		line := f.signedLine(c)
		if t != nil && t.Service == endpoint.S3 {
			switch says := whatServiceSays(c); {
			case says == saysDenied && readProof(t) == "proved":
				line += "; the unsigned read works, and the agent needs no more"
			case says == saysYes && readProof(t) == "not proved":
				line += "; S3 refuses the unsigned read: an endpoint policy requires an identity, which these credentials provide"
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
		title:  "AWS does not accept the credentials from " + c.From + ": " + why,
		checks: []Check{f.signedCheck(t, call)},
	}
	if strings.Contains(call.ErrorMessage, otherRegion) {
		w.title = t.Host + " does not accept a signature for " + f.o.Plan.Region
		w.fix = []string{"check that " + t.Host + " is a host of " + f.o.Plan.Region + ": the agent signs for the Region too"}
		return w
	}
	switch c.Source {
	case observation.SourceEnvironment:
		w.fix = []string{"renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN together, or unset them so that the node's other credentials are used"}
	case observation.SourceFile:
		w.fix = []string{
			"renew or remove the keys in " + c.From,
			"if the agent of a hybrid node wrote them, check that it runs: it renews them itself",
		}
	default:
		w.fix = []string{
			"check in the IAM console that " + c.From + " still exists, and attach the instance profile again: the instance may hold the keys of a role that was deleted and created again",
		}
	}
	if why == expired {
		w.fix = append(w.fix, "check that nothing on this node still holds old credentials: a container's environment, a cached token")
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
		w.fix = append(w.fix, "remove the statement that denies "+call.Action+" from "+on)
	}
	if t.Service == endpoint.SSM {
		w.fix = append(w.fix,
			"allow the ssm actions of "+managedPolicy+" on all resources (\"*\") in "+on+"; the default policy, which allows everything, is enough, as the role's own policy also applies",
			"if it names resources, add AWS's own documents: they belong to no account (arn:"+f.o.Plan.Partition+":ssm:"+f.o.Plan.Region+"::document/*)")
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
		w.title = t.Name + " denies " + call.Action + " to " + caller(c) + ", and does not say which policy is the reason"
		w.fix = []string{
			attachPolicy(c),
			"also check the policy of the VPC endpoint for " + f.endpointServices(targetsOf(ms)) + ", and the organization's service control policies",
		}
	case deniedByIdentity:
		if !explicit {
			w.title = caller(c) + " lacks the permission " + call.Action
			w.fix = []string{attachPolicy(c), "allow " + call.Action + " in its own policy, with the other actions of " + managedPolicy}
			break
		}
		w.title = "a policy of " + caller(c) + " denies " + call.Action
		w.fix = []string{"remove the statement that denies " + call.Action + " from that policy"}
	default:
		w.title = by.say() + verb + call.Action + " for " + caller(c)
		w.fix = []string{"change " + by.say() + " so that it allows the actions of " + managedPolicy}
	}
	return w
}

// attachPolicy is the first fix for a role that lacks the permission.
func attachPolicy(c observation.Credentials) string {
	return "attach the policy " + managedPolicy + " to " + caller(c)
}

// caller names who made the call, as far as is known here.
func caller(c observation.Credentials) string {
	if c.Source == observation.SourceRole {
		return c.From
	}
	return "the role or user whose keys are in " + c.From
}
