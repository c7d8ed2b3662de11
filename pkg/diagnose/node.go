package diagnose

import (
	"net/netip"
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The node and its agent.
const (
	IMDSUnreachable       Code = "imds-unreachable"
	IMDSDisabled          Code = "imds-disabled"
	IMDSHopLimit          Code = "imds-hop-limit"
	RegionMismatch        Code = "region-mismatch"
	RoleMissing           Code = "role-missing"
	AgentMissing          Code = "agent-missing"
	AgentStopped          Code = "agent-stopped"
	AgentOutdated         Code = "agent-outdated"
	AgentEndpointOverride Code = "agent-endpoint-override"
	AgentConfigInvalid    Code = "agent-config-invalid"
)

// nodeCauses are the causes that concern the node as a whole.
func nodeCauses() []cause {
	return []cause{
		{
			code: IMDSUnreachable, atMost: Error, restart: true, anyPath: true,
			find: findIMDSUnreachable, describe: describeIMDSUnreachable,
		},
		{
			code: IMDSDisabled, atMost: Error, restart: true, anyPath: true,
			find: findIMDSDisabled, describe: describeIMDSDisabled,
			actions: turnOnMetadata,
		},
		{
			code: IMDSHopLimit, atMost: Warning,
			find: findIMDSHopLimit, describe: describeIMDSHopLimit,
			actions: one(fix.Action{Kind: fix.SetMetadataOptions, HopLimit: 2}),
		},
		{
			code: RegionMismatch, atMost: Warning,
			find: findRegionMismatch, describe: describeRegionMismatch,
		},
		{
			code: RoleMissing, atMost: Warning,
			find: findRoleMissing, describe: describeRoleMissing,
			actions: one(fix.Action{Kind: fix.AttachRole, Policy: managedPolicy}),
		},
		{
			code: AgentMissing, atMost: Info,
			find: func(f *facts) []match {
				return nodeMatch(f.o.Node.Agent.Installed == observation.No, Info, f.o.Node.Agent.From...)
			},
			describe: describeAgentMissing,
			actions:  one(fix.Action{Kind: fix.InstallAgent}),
		},
		{
			code: AgentStopped, atMost: Warning,
			find: func(f *facts) []match {
				a := f.o.Node.Agent
				return nodeMatch(a.Installed == observation.Yes && a.Running == observation.No, Warning, InstalledAs(a.From)...)
			},
			describe: describeAgentStopped,
			actions: func(f *facts, _ []*target) []fix.Action {
				if f.o.Node.Agent.Starting {
					return nil // Windows Setup has to finish first
				}
				return []fix.Action{{Kind: fix.StartAgent}}
			},
		},
		{
			code: AgentOutdated, atMost: Info,
			find: findAgentOutdated, describe: describeAgentOutdated,
		},
		{
			code: AgentEndpointOverride, atMost: Info,
			find: findEndpointOverride, describe: describeEndpointOverride,
		},
		{
			code: AgentConfigInvalid, atMost: Warning,
			find: func(f *facts) []match {
				c := f.o.Node.Agent.Config
				if !c.Failure.Of(observation.KindSyntax) {
					return nil
				}
				return nodeMatch(true, Warning, c.Path+": "+quoted(c.Failure.Text))
			},
			describe: describeAgentConfigInvalid,
		},
		{
			code: ClockSkew, atMost: Error, restart: true, anyPath: true,
			find: findClockSkew, describe: describeClockSkew,
			actions: one(fix.Action{Kind: fix.SyncClock}),
		},
	}
}

// nodeMatch is a match for the node as a whole.
func nodeMatch(holds bool, limit Severity, evidence ...string) []match {
	if !holds {
		return nil
	}
	return []match{{effect: affects, limit: limit, evidence: evidence}}
}

// isInstance reports whether firmware says that this is an EC2 instance, with metadata
// of its own: not in a container, as far as is known.
func (f *facts) isInstance() bool {
	return f.o.Node.Kind == observation.NodeEC2 && f.o.Node.Container == ""
}

func (f *facts) noIdentity(evidence []string) []match {
	evidence = append(evidence, f.o.Node.KindFrom)
	if f.registered() {
		return nodeMatch(true, Info, append(evidence, "the node is registered as a hybrid node ("+f.o.Node.Registration.InstanceID+"), and needs no metadata")...)
	}
	if f.mayBeRegistered() {
		evidence = append(evidence, "whether the node has a hybrid registration, and so needs no metadata, is not known: "+f.registrationUnread())
		return f.doubtAll(evidence)
	}
	if c := f.o.Node.ContainerFailure; c != nil {
		evidence = append(evidence, "whether this is a container, from which metadata is one hop further away, is not known: "+quoted(c.Text))
		return f.doubtAll(evidence)
	}
	return f.invalidateAll(evidence)
}

// registrationUnread says why the registration is not known, and what helps.
func (f *facts) registrationUnread() string {
	r := f.o.Node.Registration
	if r.Failure.Of(observation.KindDenied) {
		return r.Path + " may not be read by this user; run as " + f.superuser()
	}
	return quoted(r.Failure.Text)
}

// unidentified reports whether the run ended before metadata identified an EC2 instance,
// so that it is not known whether the agent has an identity.
func (f *facts) unidentified() bool {
	m := f.o.Metadata
	return f.isInstance() && !f.registered() && isUndecided(m.Failure) && m.InstanceID == "" && m.Region == ""
}

// invalidateAll are the matches of a cause that makes the agent unable to do anything:
// at every required target that is reached in vain, and at the node as a whole, so that
// a target that was not reached or decided does not count as another path.
func (f *facts) invalidateAll(evidence []string) []match {
	return f.everywhere(match{effect: invalidates, evidence: evidence})
}

// everywhere is a match at each required target that works, and at the node.
func (f *facts) everywhere(m match) []match {
	var ms []match
	for _, t := range f.where(func(t *target) bool { return t.needed && t.works() }) {
		m.target = t
		ms = append(ms, m)
	}
	m.target, m.suppressed = nil, len(ms) > 0
	return append(ms, m)
}

// doubtAll are the matches of a cause for which invalidateAll would hold, if something
// were known that is not.
func (f *facts) doubtAll(evidence []string) []match {
	return f.everywhere(match{effect: affects, limit: Warning, evidence: evidence})
}

func findIMDSUnreachable(f *facts) []match {
	m := f.o.Metadata
	if !f.isInstance() || !m.Asked || m.Failure == nil || isUndecided(m.Failure) || m.Status == 403 {
		return nil
	}
	if m.Region != "" && m.Foreign == "" {
		return nil // it answers, but one of its answers was lost
	}
	line := "http://169.254.169.254/latest/api/token: "
	switch {
	case m.Foreign != "":
		line += "something other than metadata answers: " + clipped(m.Foreign) // quoted by the probe
	case m.Status != 0:
		line += "HTTP status " + strconv.Itoa(m.Status)
	default:
		line += describeFailure(m.Failure, m.Elapsed)
	}
	return f.noIdentity([]string{line})
}

func describeIMDSUnreachable(f *facts, ms []match) words {
	// A service that is switched off answers 403: silence, and even more so an
	// immediate error, comes from this node.
	failed := f.o.Metadata.Failure
	filter := "remove the rule of this node's packet filter that covers 169.254.169.254 (" + f.showFilter() + ")"
	route := "remove a route on this node that covers 169.254.169.254, or add the missing one"
	if f.windows() {
		route = "remove persistent routes to 169.254.169.254 that came with the image (" + f.showRoutes() + "), and restore the right ones with EC2Launch"
	} else {
		route += " (" + f.showRoutes() + ")"
	}
	without := f.withoutMetadata()
	w := words{
		title: "instance metadata does not answer" + without,
		fix:   []string{filter, route, "turn on the instance's metadata service (" + f.metadataOptions("--http-endpoint enabled") + "); one that is switched off usually says so"},
	}
	switch {
	case f.o.Metadata.Foreign != "":
		w.title = "something other than instance metadata answers at 169.254.169.254"
		w.fix = []string{"exempt 169.254.169.254 from the firewall or proxy that answers there"}
	case failed.Of(observation.KindNotPermitted):
		w.title = "this node's own packet filter keeps instance metadata away (EPERM)" + without
		w.fix = []string{filter}
	case noRoute(failed):
		w.title = "this node has no route to instance metadata" + without
		w.fix = []string{route}
	}
	w.checks = []Check{f.tokenCheck()}
	switch {
	case noRoute(failed):
		w.checks = append(w.checks, f.noRouteTo(metadataAddress))
	case failed.Of(observation.KindNotPermitted):
		w.checks = append(w.checks, f.outputRules())
	}
	return f.unneededMetadata(w)
}

// unneededMetadata replaces the fix if the node is registered as a hybrid one: its agent
// has an identity.
func (f *facts) unneededMetadata(w words) words {
	if f.registered() {
		w.fix = []string{"nothing: a registered agent needs no metadata"}
	}
	return w
}

func findIMDSDisabled(f *facts) []match {
	m := f.o.Metadata
	if !f.isInstance() || !m.Asked || m.Failure == nil || m.Status != 403 {
		return nil
	}
	return f.noIdentity([]string{"http://169.254.169.254/latest/api/token: HTTP status 403 in " + m.Elapsed.String()})
}

func describeIMDSDisabled(f *facts, ms []match) words {
	return f.unneededMetadata(words{
		title:  "instance metadata is switched off" + f.withoutMetadata(),
		checks: []Check{f.tokenCheck()},
		fix: []string{
			"turn on the instance's metadata service (" + f.metadataOptions("--http-endpoint enabled") + ")",
			"register the node with a hybrid activation",
		},
	})
}

// withoutMetadata is the end of a title: the consequence, as far as it is known.
func (f *facts) withoutMetadata() string {
	switch {
	case f.registered():
		return ""
	case f.mayBeRegistered():
		return ": without a hybrid registration, which is not known, the agent has no identity; run as " + f.superuser()
	}
	return ": the agent has no identity"
}

func findIMDSHopLimit(f *facts) []match {
	m := f.o.Metadata
	return nodeMatch(f.o.Node.Container != "" && m.Asked && m.Connected && m.Status == 0 && m.Foreign == "" &&
		m.Failure.Of(observation.KindTimeout, observation.KindReset, observation.KindClosed), Warning,
		"169.254.169.254:80 accepts the connection; the token request: "+describeFailure(m.Failure, m.Elapsed),
		"this is a container: "+f.o.Node.Container)
}

func describeIMDSHopLimit(f *facts, ms []match) words {
	return words{
		title:  "this container cannot reach instance metadata, and so an agent in it gets no credentials of the instance",
		checks: []Check{f.tokenCheck()},
		fix:    []string{"set the instance's hop limit to 2, from where the AWS CLI may change the instance (" + f.metadataOptions("--http-put-response-hop-limit 2") + ")"},
	}
}

func findRegionMismatch(f *facts) []match {
	asked := f.o.Plan.Region
	var evidence []string
	if r := f.o.Metadata.Region; f.o.Metadata.Present() && r != "" && r != asked && !f.registered() {
		evidence = append(evidence, "instance metadata: this instance runs in "+r)
		if f.mayBeRegistered() {
			evidence = append(evidence, "in which Region the agent is registered is not known: "+f.registrationUnread())
		}
	}
	if r := f.o.Node.Registration.Region; r != "" && r != asked {
		evidence = append(evidence, f.o.Node.Registration.Path+": the agent is registered in "+r)
	}
	return nodeMatch(len(evidence) > 0 && asked != "", Warning, append(evidence, asked+" was tested, from "+f.o.Plan.RegionFrom)...)
}

func describeRegionMismatch(f *facts, ms []match) words {
	r := f.o.Node.Registration.Region
	confirm := Check{Command: f.showKey(f.o.Node.Registration.Path, "Region"), Expect: r}
	if r == "" {
		r = f.o.Metadata.Region
		confirm = Check{Command: f.askMetadata("-s", "placement/region"), Expect: r}
	}
	w := words{
		title:  "the Region tested, " + f.o.Plan.Region + ", is not the node's, " + r,
		checks: []Check{confirm},
		fix:    []string{"test the node's own Region: --region " + r},
	}
	if from := f.o.Plan.RegionFrom; from != "--region" {
		w.fix = append(w.fix, "correct what sets "+f.o.Plan.Region+": "+from)
	}
	return w
}

func findRoleMissing(f *facts) []match {
	if !f.lacksRole() {
		return nil
	}
	limit := Warning
	if !f.blamesRole() {
		limit = Info
	}
	evidence := []string{"instance metadata: no instance profile (there is no iam/info)"}
	if f.mayBeRegistered() {
		evidence = append(evidence, "whether the node has a hybrid registration is not known: "+f.registrationUnread())
	}
	return nodeMatch(true, limit, evidence...)
}

// lacksRole reports whether this is an instance without an instance profile.
func (f *facts) lacksRole() bool {
	return f.o.Metadata.Present() && f.o.Metadata.Role == observation.No && !f.registered()
}

// blamesRole reports whether that is more than information: an agent that runs may get
// its credentials from Default Host Management Configuration.
func (f *facts) blamesRole() bool { return f.lacksRole() && f.o.Node.Agent.Running != observation.Yes }

func describeRoleMissing(f *facts, ms []match) words {
	w := words{
		title:  "this instance has no instance profile",
		checks: []Check{{Command: f.askMetadata(f.status("-sS"), "iam/info"), Expect: "HTTP 404"}},
		fix: []string{
			"attach an instance profile whose role has the policy AmazonSSMManagedInstanceCore",
			"turn on Default Host Management Configuration for the account in " + f.o.Plan.Region,
		},
	}
	if flush := f.flushCredentials(); flush != "" {
		w.fix = append(w.fix, "after that, "+flush+": otherwise the agent may wait up to an hour before it looks for credentials again")
	}
	return w
}

// metadataAddress is the address of instance metadata.
var metadataAddress = netip.AddrFrom4([4]byte{169, 254, 169, 254})

// token asks instance metadata for a token, which every other call needs.
func (f *facts) token(options string) string {
	return f.curlName() + " " + options + ` -m 2 --noproxy '*' -X PUT http://169.254.169.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'`
}

// askMetadata asks instance metadata for one of its values, with a token.
func (f *facts) askMetadata(options, path string) string {
	return f.curlName() + " " + options + ` -m 2 --noproxy '*' http://169.254.169.254/latest/meta-data/` + path + ` -H "X-aws-ec2-metadata-token: $(` + f.token("-s") + `)"`
}

// turnOnMetadata proposes to turn it on, unless the node is registered and does not need
// it.
func turnOnMetadata(f *facts, _ []*target) []fix.Action {
	if f.registered() {
		return nil
	}
	return []fix.Action{{Kind: fix.SetMetadataOptions}}
}

// metadataOptions is the command that changes an option of the metadata service, for a
// machine with the permission to do so.
func (f *facts) metadataOptions(option string) string {
	return "`aws ec2 modify-instance-metadata-options --region " + f.regionArg() + " --instance-id " + f.instanceArg() + " " + option + "`"
}
