package diagnose

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// managedPolicy is what a node's role needs.
const managedPolicy = "AmazonSSMManagedInstanceCore"

func tellCredentialsMissing(f *facts, _ []match) words {
	w := words{title: "this node has no credentials to sign calls with, so that none was made"}
	if f.o.Credentials.Found == observation.Unknown {
		w.title = "whether this node has credentials is not known, so that no signed call was made"
	}
	// The names of the variables are shown, and not what is in them.
	w.confirm = []string{`env | grep -o '^AWS_[A-Z_]*'; ls -l ~/.aws /root/.aws`}
	if f.windows() {
		w.confirm = []string{"Get-ChildItem Env:AWS_* | Select-Object Name; Get-ChildItem $HOME\\.aws"}
	}
	if f.ec2() {
		w.confirm = append(tellRoleMissing(f, nil).confirm, w.confirm...)
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

// describe repeats a signed call by hand.
func (f *facts) describe(t *target) string {
	if t.Service == endpoint.S3 {
		return "aws s3api get-object --bucket " + f.bucketArg(t.Bucket) + " --key " + f.arg(t.PublicKey, "KEY") + " --region " + f.regionArg() + " VERSION"
	}
	return "aws ssm describe-document --name AWS-RunShellScript --region " + f.regionArg() + " --endpoint-url " + f.urlArg(t.Host, "")
}

// firstCall is the call that decides the words: an API's, else S3's.
func (f *facts) firstCall(ms []match) (*target, *observation.SignedCall) {
	t := targetsOf(ms)[0]
	return t, f.signedTo(t)
}

func tellCredentialsRejected(f *facts, ms []match) words {
	t, call := f.firstCall(ms)
	c := f.o.Credentials
	why := unknownCodes[call.ErrorCode]
	w := words{
		title:   "AWS does not accept the credentials of " + c.From + ": " + why,
		confirm: []string{f.describe(t)},
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

func tellEndpointPolicy(f *facts, ms []match) words {
	t, call := f.firstCall(ms)
	ts := targetsOf(ms)
	on := "the policy of the VPC endpoint for " + f.endpointServices(ts)
	_, explicit := denierOf(call.ErrorMessage)
	w := words{title: on + " denies " + call.Action, confirm: []string{f.describe(t)}}
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

func tellIAMDenied(f *facts, ms []match) words {
	t, call := f.firstCall(ms)
	c := f.o.Credentials
	by, explicit := denierOf(call.ErrorMessage)
	w := words{confirm: []string{f.describe(t)}}
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
