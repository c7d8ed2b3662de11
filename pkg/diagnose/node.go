package diagnose

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// ofTheNode are the causes that lie in the node as a whole.
func ofTheNode() []cause {
	return []cause{
		{
			code: IMDSUnreachable, atMost: Error, restart: true, everyWay: true,
			find: findIMDSUnreachable, tell: tellIMDSUnreachable,
		},
		{
			code: IMDSDisabled, atMost: Error, restart: true, everyWay: true,
			find: findIMDSDisabled, tell: tellIMDSDisabled,
		},
		{
			code: IMDSHopLimit, atMost: Warning,
			find: findIMDSHopLimit, tell: tellIMDSHopLimit,
		},
		{
			code: RegionMismatch, atMost: Warning,
			find: findRegionMismatch, tell: tellRegionMismatch,
		},
		{
			code: RoleMissing, atMost: Warning,
			find: findRoleMissing, tell: tellRoleMissing,
		},
		{
			code: AgentMissing, atMost: Info,
			find: func(f *facts) []match {
				return when(f.o.Node.Agent.Installed == observation.No, Info, f.o.Node.Agent.From...)
			},
			tell: tellAgentMissing,
		},
		{
			code: AgentStopped, atMost: Warning,
			find: func(f *facts) []match {
				a := f.o.Node.Agent
				return when(a.Installed == observation.Yes && a.Running == observation.No, Warning, a.From...)
			},
			tell: tellAgentStopped,
		},
		agentOutdated(),
		{
			code: AgentEndpointOverride, atMost: Info,
			find: findEndpointOverride, tell: tellEndpointOverride,
		},
		{
			code: AgentConfigInvalid, atMost: Warning,
			find: func(f *facts) []match {
				c := f.o.Node.Agent.Config
				if !c.Failure.Of(observation.KindSyntax) {
					return nil
				}
				return when(true, Warning, c.Path+": "+told(c.Failure.Text))
			},
			tell: tellAgentConfigInvalid,
		},
	}
}

// when is a match of the node as a whole.
func when(holds bool, limit Severity, evidence ...string) []match {
	if !holds {
		return nil
	}
	return []match{{effect: touches, limit: limit, evidence: evidence}}
}

// instance reports whether firmware says that this is an EC2 instance, with
// metadata of its own: outside a container, as far as that is known.
func (f *facts) instance() bool {
	return f.o.Node.Kind == observation.NodeEC2 && f.o.Node.Container == ""
}

func (f *facts) noIdentity(evidence []string) []match {
	evidence = append(evidence, f.o.Node.KindFrom)
	if f.registered() {
		return when(true, Info, append(evidence, "the node is registered as a hybrid node ("+f.o.Node.Registration.InstanceID+"), and needs no metadata")...)
	}
	if f.mayBeRegistered() {
		evidence = append(evidence, "whether the node has a hybrid registration, and so needs no metadata, is not known: "+f.registrationUnread())
		return f.doubtAll(evidence)
	}
	if c := f.o.Node.ContainerFailure; c != nil {
		evidence = append(evidence, "whether this is a container, from which metadata is further away, is not known: "+told(c.Text))
		return f.doubtAll(evidence)
	}
	return f.uselessAll(evidence)
}

// registrationUnread says why the registration is not known, and what helps.
func (f *facts) registrationUnread() string {
	r := f.o.Node.Registration
	if r.Failure.Of(observation.KindDenied) {
		return r.Path + " may not be read by this user; run as root"
	}
	return told(r.Failure.Text)
}

// unidentified reports whether the run ended before an EC2 instance could tell
// who it is, so that it is open whether the agent has an identity.
func (f *facts) unidentified() bool {
	m := f.o.Metadata
	return f.instance() && !f.registered() && undecided(m.Failure) && m.InstanceID == "" && m.Region == ""
}

// uselessAll are the matches of a cause that leaves the agent nothing it can
// do: at every target asked for that is reached, in vain, and at the node as a
// whole, so that what is not reached or not decided is no way out either.
func (f *facts) uselessAll(evidence []string) []match {
	var ms []match
	for _, t := range f.where(func(t *target) bool { return t.needed && t.works() }) {
		ms = append(ms, match{target: t, effect: defeats, evidence: evidence})
	}
	return append(ms, match{effect: defeats, quiet: len(ms) > 0, evidence: evidence})
}

// doubtAll are the matches where uselessAll would hold, were something known
// that is not: nothing is refuted, and nothing is proved.
func (f *facts) doubtAll(evidence []string) []match {
	var ms []match
	for _, t := range f.where(func(t *target) bool { return t.needed && t.works() }) {
		ms = append(ms, match{target: t, effect: touches, limit: Warning, evidence: evidence})
	}
	return append(ms, match{effect: touches, limit: Warning, quiet: len(ms) > 0, evidence: evidence})
}

func findIMDSUnreachable(f *facts) []match {
	m := f.o.Metadata
	if !f.instance() || !m.Asked || m.Failure == nil || undecided(m.Failure) || m.Status == 403 {
		return nil
	}
	if m.Region != "" && m.Foreign == "" {
		return nil // it answers, and one of its answers was lost
	}
	line := "http://169.254.169.254/latest/api/token: "
	switch {
	case m.Foreign != "":
		line += "something else than metadata answers: " + clipped(m.Foreign) // quoted by the probe
	case m.Status != 0:
		line += "HTTP status " + strconv.Itoa(m.Status)
	default:
		line += happened(m.Failure, m.Elapsed)
	}
	return f.noIdentity([]string{line})
}

func findIMDSDisabled(f *facts) []match {
	m := f.o.Metadata
	if !f.instance() || !m.Asked || m.Failure == nil || m.Status != 403 {
		return nil
	}
	return f.noIdentity([]string{"http://169.254.169.254/latest/api/token: HTTP status 403 in " + m.Elapsed.String()})
}

func findIMDSHopLimit(f *facts) []match {
	m := f.o.Metadata
	return when(f.o.Node.Container != "" && m.Asked && m.Connected && m.Status == 0 && m.Foreign == "" &&
		m.Failure.Of(observation.KindTimeout, observation.KindReset, observation.KindClosed), Warning,
		"169.254.169.254:80 accepts the connection; the token request: "+happened(m.Failure, m.Elapsed),
		"this is a container: "+f.o.Node.Container)
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
	return when(len(evidence) > 0 && asked != "", Warning, append(evidence, asked+" was tested, from "+f.o.Plan.RegionFrom)...)
}

func findRoleMissing(f *facts) []match {
	if !f.lacksRole() {
		return nil
	}
	limit := Warning
	if !f.blamesRole() {
		limit = Info
	}
	evidence := []string{"instance metadata: no instance profile (iam/info is not there)"}
	if f.mayBeRegistered() {
		evidence = append(evidence, "whether the node has a hybrid registration is not known: "+f.registrationUnread())
	}
	return when(true, limit, evidence...)
}

// lacksRole reports whether this is an instance without an instance profile.
func (f *facts) lacksRole() bool {
	return f.o.Metadata.Present() && f.o.Metadata.Role == observation.No && !f.registered()
}

// blamesRole reports whether that is more than information: an agent that runs
// may have its credentials by Default Host Management Configuration.
func (f *facts) blamesRole() bool { return f.lacksRole() && f.o.Node.Agent.Running != observation.Yes }

func findEndpointOverride(f *facts) []match {
	c := f.o.Node.Agent.Config
	var evidence []string
	for name, host := range c.Endpoints {
		if name == string(endpoint.Logs) && f.o.Node.Agent.IgnoresLogsEndpoint() {
			continue // a note says so
		}
		evidence = append(evidence, fmt.Sprintf("%s: %s is %s", c.Path, name, told(host)))
	}
	slices.Sort(evidence)
	for _, s := range []struct{ what, value string }{
		{"the domain of all services", c.ServiceDomain}, {"the Region of ssmmessages", c.MessagesRegion},
		{"S3 for buckets of one's own", c.BucketEndpoint},
	} {
		if s.value != "" {
			evidence = append(evidence, c.Path+": "+s.what+" is "+told(s.value))
		}
	}
	holds := len(evidence) > 0
	for _, n := range c.Notes {
		evidence = append(evidence, c.Path+": "+n)
	}
	return when(holds, Info, evidence...)
}
