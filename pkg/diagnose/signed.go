package diagnose

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// withCredentials are the causes that only a signed call shows.
func withCredentials() []cause {
	wrongTime := []Code{ClockSkew}
	return []cause{
		{
			code: CredentialsMissing, atMost: Warning,
			find: findCredentialsMissing, tell: tellCredentialsMissing,
		},
		{
			code: CredentialsRejected, atMost: Error, restart: true, credentials: true, everyWay: true, explainedBy: wrongTime,
			find: findCredentialsRejected, tell: tellCredentialsRejected,
		},
		{
			code: EndpointPolicyDenies, atMost: Error, restart: true, credentials: true, everyWay: true, explainedBy: append(wrongTime, S3PolicyDenies),
			find: func(f *facts) []match {
				return f.denied(func(d denier) bool { return d == deniedByEndpoint })
			},
			tell: tellEndpointPolicy,
		},
		{
			code: IAMDenied, atMost: Error, restart: true, credentials: true, everyWay: true, explainedBy: wrongTime,
			find: func(f *facts) []match {
				return f.denied(func(d denier) bool { return d != deniedByEndpoint })
			},
			tell: tellIAMDenied,
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
	if !c.Asked || c.Found == observation.Yes || undecided(c.Failure) {
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
	if m := f.o.Metadata; f.instance() && m.Asked && m.Failure != nil && !f.registered() || f.blamesRole() {
		limit = Info // it follows from what metadata is blamed for
	}
	return when(true, limit, append(evidence, c.PassedOver...)...)
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
		m := match{target: t, effect: defeats, evidence: []string{f.signedLine(c)}}
		if t.Service == endpoint.S3 {
			m.effect, m.limit = touches, Warning
			if len(ms) > 0 {
				m.limit = Info
			}
		}
		m.evidence = append(m.evidence, f.whose()...)
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
		return line + ": " + happened(c.Failure, c.Elapsed)
	}
	line += ": answered with HTTP status " + strconv.Itoa(c.Status)
	if c.ErrorCode != "" {
		line += ", " + c.ErrorCode
	}
	if c.ErrorMessage != "" {
		line += ": " + strconv.Quote(endOf(c.ErrorMessage))
	}
	if c.RequestID != "" {
		line += " (request id " + c.RequestID + ")"
	}
	return line
}

// endOf is the end of a long message: whose policy it was stands there.
func endOf(message string) string {
	const most = 400
	if len(message) > most {
		return "…" + strings.ToValidUTF8(message[len(message)-most:], "")
	}
	return message
}

// whose says whose credentials were used.
func (f *facts) whose() []string {
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

// signedToo is the signed call to a target as a line of evidence, none where
// it told nothing.
func (f *facts) signedToo(t *target) []string {
	c := f.signedTo(t)
	if whatServiceSays(c) == saysNothing {
		return nil
	}
	return []string{"with credentials: " + f.signedLine(c)}
}

// noteSigned says what the signed calls showed, and which were not made, but for
// the lines that a finding said.
func (f *facts) noteSigned(add func(string), said func(string) bool) {
	if !f.o.Credentials.Asked {
		return
	}
	if f.o.Credentials.Found == observation.Yes && len(f.o.Signed) > 0 && !said(f.whose()[0]) {
		add("signed calls: " + f.whose()[0])
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
		if !said(line) {
			add(line)
		}
	}
}
