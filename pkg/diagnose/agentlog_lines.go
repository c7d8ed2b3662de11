package diagnose

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// A logFamily is what follows from a line of the agent's log. The zero value is nothing:
// the signature is unknown or normal.
type logFamily byte

const (
	logDenied   logFamily = 'd' // AWS refused a call
	logIdentity logFamily = 'i' // AWS does not accept the node's identity
	logWaiting  logFamily = 'w' // the agent gave up for a while
	logNetwork  logFamily = 'n' // a failure that the probe would see too
	logError    logFamily = 'e' // any other error
	logFrame    logFamily = 'f' // something failed, and the log does not say why
	logEvidence logFamily = '-' // evidence for a finding, but never a finding
)

// agentLines has a line for each signature of the agent's log: its family, its id, the
// codes that explain it, joined by commas, and what it means.
const agentLines = `
d uii-denied iam-denied,endpoint-policy-denies AWS refuses the call to the agent's role
d mgs-denied iam-denied,endpoint-policy-denies ssmmessages refuses the channel to the agent's role
d vpce-policy endpoint-policy-denies the policy of the VPC endpoint refuses the call
d scp iam-denied a policy of the organization refuses the call
d dhmc role-missing,iam-denied neither the instance's role nor Default Host Management gives the agent credentials
d no-role role-missing the instance has no role
i fingerprint - AWS knows another machine under this node's id
i fingerprint-local - the machine is not the one that was registered
i not-existing-instance region-mismatch AWS does not know this node's registration
i activation region-mismatch AWS refused the activation: it has expired, is used up, or is for another Region
w hibernate - the agent went into hibernation
w hibernate-mode - the agent is still in hibernation
w sleeping - the agent sleeps before it asks for credentials again
e signature-expired clock-skew AWS refused a signature as too old: the clock was behind
e signature-early clock-skew AWS refused a signature as not yet valid: the clock was ahead
e token-expired credentials-rejected,clock-skew AWS refused credentials that have expired
e shared-expired credentials-rejected the agent's shared credentials have expired
e credentials-invalid credentials-rejected AWS does not accept the credentials or the signature
e no-registration agent-missing there is no hybrid registration
e provider-imds imds-unreachable,imds-disabled the cloud's metadata service did not answer, so no heartbeat was sent
e iir-imds imds-unreachable,imds-disabled metadata gave no credentials for the instance's identity
e imds-403 imds-disabled metadata is turned off
e imds-route imds-unreachable,route-none,local-firewall metadata cannot be reached
e imds-silent imds-unreachable,imds-hop-limit,proxy-imds-not-bypassed metadata does not answer
e imds-info imds-unreachable,imds-disabled metadata gave no instance id or Region
e no-identity imds-unreachable,imds-disabled the agent found no identity
n proxy-tls proxy-invalid,proxy-unreachable the proxy does not speak TLS
n proxyconnect proxy-unreachable,proxy-denied,proxy-auth-required the proxy cannot be reached
n proxy-407 proxy-auth-required the proxy wants credentials
n proxy-scheme proxy-invalid the WebSocket cannot use this proxy
n proxy-refuses-ws proxy-denied the proxy refuses the WebSocket
n ws-status websocket-blocked the upgrade to a WebSocket was refused
e ws-1006 websocket-blocked the open channel was cut
n ws-pong websocket-blocked the open channel went silent
e mgs-throttle - AWS throttles the agent's calls
e mgs-endpoint agent-endpoint-override,agent-config-invalid the configured endpoint of ssmmessages cannot be used
n dns-nxdomain dns-name-missing,dns-no-address,dns-forwarder-missing,dns-forwarder-partial,dns-resolvers-disagree,dns-no-nameserver,dns-search-list,dns-rebind-filter a name does not exist
n dns-timeout dns-server-silent,dns-forwarder-broken,dns-tcp-blocked,dns-name-fails,dns-no-nameserver,route-none,local-firewall,route-diverted a nameserver does not answer
n dns-servfail dns-server-fails,dns-server-refuses,dns-forwarder-broken,dns-name-fails,dns-rebind-filter a nameserver fails
n tcp-timeout endpoint-blocked,egress-blocked,s3-blocked,local-firewall,route-diverted,endpoint-partly-blocked,dns-forwarder-missing,dns-forwarder-partial,endpoint-not-private,dns-not-aws a connection got no answer
n tcp-refused connection-refused,local-firewall,dns-sinkhole,dns-hosts-override a connection was refused
n tcp-noroute route-none,dns-ipv6-unroutable,local-firewall,endpoint-blocked,egress-blocked there is no route
n tcp-eperm local-firewall,route-none this node forbids the connection
n x509-authority tls-intercepted,tls-untrusted,http-not-aws,dns-not-aws a certificate's issuer is not trusted
n x509-name tls-wrong-name,dns-hosts-override,dns-search-list,dns-not-aws,tls-intercepted a certificate is for another host
n x509-time clock-skew,tls-expired a certificate has expired or is not yet valid
n reset tls-reset,sni-filtered,large-hello-blocked,connection-refused a connection was cut
n tls-timeout tls-stalled,mtu-black-hole,large-hello-blocked,sni-filtered a handshake got no answer
n tls-none tls-not-spoken,http-not-aws,dns-not-aws what answers does not speak TLS
n tls-old tls-too-old,tls-intercepted a handshake was refused
n http-timeout http-silent,tls-stalled,mtu-black-hole,egress-blocked,endpoint-blocked AWS's reply did not come
n send-failed-bare unexplained a call failed, and this agent does not log why
n logs-endpoint endpoint-blocked,egress-blocked CloudWatch Logs cannot be reached
n s3-head s3-blocked,egress-blocked,s3-policy-denies S3 cannot be reached
n s3-download s3-blocked,s3-policy-denies,egress-blocked a download from S3 failed
e disk-full - the disk is full
e read-only - the agent's directory cannot be written
e ipc agent-stopped the agent's processes cannot talk to each other
e crash agent-stopped the agent crashed
e sysprep agent-stopped Windows has not finished Sysprep, and the agent waits for it
- update-lock agent-stopped another update of the agent is in progress
- channel-mds websocket-blocked,iam-denied the agent fell back to ec2messages
f register-wrapper - the registration failed
f registrar - the registration failed
f sdk-v2 - a call failed
f cred-wrapper - the agent got no credentials
f mgs-wrapper websocket-blocked the channel of ssmmessages failed
f ws-wrapper websocket-blocked the WebSocket could not be opened
f sdk-call - a call failed
`

// A loggedLine is a line of the agent's log and what is known of its signature. Its
// values are whatever the log, or a saved report, contained: show them through the
// methods.
type loggedLine struct {
	observation.AgentLogLine
	family logFamily
	codes  []Code
	means  string
}

// logged are the lines of the agent's log that mean something.
func (f *facts) logged() []loggedLine {
	var out []loggedLine
	for _, l := range f.o.Node.AgentLog.Lines {
		_, row, ok := strings.Cut(agentLines, " "+l.ID+" ")
		if !ok || l.ID == "" || strings.ContainsAny(l.ID, " \n") {
			continue
		}
		family := agentLines[strings.Index(agentLines, " "+l.ID+" ")-1]
		row, _, _ = strings.Cut(row, "\n")
		codes, means, _ := strings.Cut(row, " ")
		line := loggedLine{AgentLogLine: l, family: logFamily(family), means: means}
		for code := range strings.SplitSeq(codes, ",") {
			line.codes = append(line.codes, Code(code))
		}
		out = append(out, line)
	}
	return out
}

// say describes a line without quoting it: what it means, and what it names.
func (l loggedLine) say() string {
	var names []string
	detail, plain := l.Detail, false
	if l.ID == "hibernate-mode" && observation.ConsistsOf(detail, 1, 6, observation.IsDigit) {
		detail, plain = "it tries again every "+detail+" seconds", true
	}
	if l.Action != "" {
		names = append(names, cmp.Or(l.action(), plainOrQuoted(l.Action, false)))
	}
	for _, value := range []struct {
		text  string
		plain bool // it has the form of what it should be
	}{
		{l.Host, hostForm(l.Host)}, {l.Server, isSocket(l.Server)}, {l.Address, isSocket(l.Address)}, {detail, plain},
	} {
		if value.text != "" {
			names = append(names, plainOrQuoted(value.text, value.plain))
		}
	}
	if len(names) == 0 {
		return l.means
	}
	return l.means + " (" + strings.Join(names, ", ") + ")"
}

// plainOrQuoted is a value of the log in a sentence. Backquotes are replaced, because
// one would begin a command that a person copies.
func plainOrQuoted(s string, plain bool) string {
	if s == "" || plain {
		return s
	}
	return quoted(strings.ReplaceAll(s, "`", "'"))
}

// action is the API action that was refused. Empty: the log names none, or something
// that does not look like one.
func (l loggedLine) action() string {
	service, name, ok := strings.Cut(l.Action, ":")
	if !ok {
		service, name = "ssm", l.Action
	}
	letter := func(c byte) bool { return 'A' <= c && c <= 'Z' || observation.IsLower(c) }
	switch {
	case !observation.ConsistsOf(name, 1, 64, letter), !observation.ConsistsOf(service, 1, 32, observation.IsLower):
		return ""
	case ok, l.ID == "uii-denied":
		return service + ":" + name
	}
	return name
}

func isSocket(s string) bool {
	a, err := netip.ParseAddrPort(s)
	return err == nil && a.Addr().Zone() == ""
}

// logClock is a time of the log, without the date if the time before has the same one.
// Text that is not a time comes from a manipulated report, and is quoted.
func logClock(t, before observation.LogTime) string {
	if !isLogTime(t) {
		return plainOrQuoted(string(t), false)
	}
	if date, clock, ok := strings.Cut(string(t), " "); ok && strings.HasPrefix(string(before), date) {
		return clock
	}
	return string(t)
}

func isLogTime(t observation.LogTime) bool {
	_, err := time.Parse(time.DateTime, string(t))
	return err == nil
}

// when says since when and how often a line was written, by the agent's clock.
func (l loggedLine) when() string {
	if l.Count < 2 {
		return "at " + logClock(l.First, "")
	}
	return "since " + logClock(l.First, "") + ", " + strconv.Itoa(l.Count) + " times, last at " + logClock(l.Last, l.First)
}

// logEvidence is a line as a line of evidence.
func (f *facts) logEvidence(l loggedLine) string {
	line := logFile(l.File) + ": " + l.say() + ", " + l.when()
	if f.successesHidden() {
		line += "; " + f.logLevel() + ": it may be over"
	}
	return line
}

// logFile is the name of a log in a sentence.
func logFile(path string) string {
	return plainOrQuoted(path, quote.Printable(path) && len(path) <= maxQuoted && !strings.ContainsAny(path, "`\n"))
}

// service is what a line is about. Empty: the log does not say.
func (l loggedLine) service() endpoint.Service {
	switch {
	case l.ID == "logs-endpoint":
		return endpoint.Logs
	case l.ID == "s3-head", l.ID == "s3-download":
		return endpoint.S3
	case l.Channel == observation.LogMessages:
		return endpoint.SSMMessages
	case l.Channel == observation.LogHeartbeat, l.Channel == observation.LogCredentials:
		return endpoint.SSM
	}
	return ""
}

// together merges several lines that one finding explains: since the first of them, and
// as often as all of them. It names what the most frequent one names.
func together(lines []loggedLine) loggedLine {
	one := lines[0]
	first, last, count := one.First, one.Last, 0
	for _, l := range lines {
		if l.Count > one.Count {
			one = l
		}
		first, last = min(first, l.First), max(last, l.Last)
		count += l.Count
	}
	one.First, one.Last, one.Count = first, last, count
	return one
}

// freshLog is how long a failure counts in a log that does not record successes: nothing
// in such a log ends a failure.
const freshLog = time.Hour

// successesHidden reports whether the log does not, or may not, record successes.
func (f *facts) successesHidden() bool { return f.o.Node.AgentLog.Level != observation.LogInfo }

// logIsOld reports whether nobody can know if the log's failures are over: it records no
// successes and was not written recently.
func (f *facts) logIsOld() bool {
	return f.successesHidden() && f.o.StartedAt.Sub(f.o.Node.AgentLog.Written) > freshLog
}

// logLevel says why the log records no successes.
func (f *facts) logLevel() string {
	switch level := f.o.Node.AgentLog.Level; level {
	case observation.LogWarn, observation.LogError, observation.LogCritical, observation.LogOff:
		return "the level of the log, " + string(level) + ", hides successes"
	}
	return "whether the level of the log hides successes is not known"
}
