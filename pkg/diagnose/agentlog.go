package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The agent's own log.
const (
	AgentAccessDenied     Code = "agent-access-denied"
	AgentIdentityRejected Code = "agent-identity-rejected"
	AgentReportsError     Code = "agent-reports-error"
	AgentHibernating      Code = "agent-hibernating"
)

// A logFamily is what follows from a line of the agent's log. The zero value is nothing:
// the signature is not known, or is normal.
type logFamily byte

const (
	logDenied   logFamily = 'd' // AWS refused a call
	logIdentity logFamily = 'i' // AWS does not accept the node's identity
	logWaiting  logFamily = 'w' // the agent gave up for a while
	logNetwork  logFamily = 'n' // a failure that the probe would see too
	logError    logFamily = 'e' // any other error
	logFrame    logFamily = 'f' // something failed, and the log does not say why
	logEvidence logFamily = '-' // said beside a finding, and never a finding
)

// agentLines says of each signature of the agent's log: its family, the codes that
// explain it, and what it means. A line each: family, id, codes joined by commas, words.
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
i activation region-mismatch AWS refused the activation: it has expired, is used up, or is of another Region
w hibernate - the agent hibernates
w hibernate-mode - the agent is still in hibernation
w sleeping - the agent sleeps before it asks for credentials again
e signature-expired clock-skew AWS refused a signature as too old: the clock was behind
e signature-early clock-skew AWS refused a signature as not yet valid: the clock was ahead
e token-expired credentials-rejected,clock-skew AWS refused credentials that have expired
e shared-expired credentials-rejected the agent's shared credentials have expired
e credentials-invalid credentials-rejected AWS does not accept the credentials or the signature
e no-registration agent-missing there is no hybrid registration
e provider-imds imds-unreachable,imds-disabled the cloud's metadata service did not answer, so that no heartbeat was sent
e iir-imds imds-unreachable,imds-disabled metadata gave no credentials of the instance's identity
e imds-403 imds-disabled metadata is turned off
e imds-route imds-unreachable,route-none,local-firewall metadata cannot be reached
e imds-silent imds-unreachable,imds-hop-limit,proxy-imds-not-bypassed metadata does not answer
e imds-info imds-unreachable,imds-disabled metadata gave no instance id or Region
e no-identity imds-unreachable,imds-disabled the agent found no identity
n proxy-tls proxy-invalid,proxy-unreachable the proxy does not speak TLS
n proxyconnect proxy-unreachable,proxy-denied,proxy-auth-required the proxy cannot be reached
n proxy-407 proxy-auth-required the proxy wants credentials
n proxy-scheme proxy-invalid the WebSocket cannot use such a proxy
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
- update-lock agent-stopped another update of the agent is under way
- channel-mds websocket-blocked,iam-denied the agent fell back to ec2messages
f register-wrapper - the registration failed
f registrar - the registration failed
f sdk-v2 - a call failed
f cred-wrapper - the agent got no credentials
f mgs-wrapper websocket-blocked the channel of ssmmessages failed
f ws-wrapper websocket-blocked the WebSocket could not be opened
f sdk-call - a call failed
`

// A loggedLine is a line of the agent's log with what is known of its signature.
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

// say tells of a line without quoting it: what it means, with what it names.
func (l loggedLine) say() string {
	names := []string{}
	action := l.Action
	if l.ID == "uii-denied" && action != "" {
		action = "ssm:" + action
	}
	for _, name := range []string{action, l.Host, l.Server, l.Address, l.Detail} {
		if name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return l.means
	}
	return l.means + " (" + strings.Join(names, ", ") + ")"
}

// when says since when a line counts and how often it was written, by the agent's clock.
func (l loggedLine) when(newest observation.LogTime) string {
	clock := func(t observation.LogTime) string {
		if date, clock, ok := strings.Cut(string(t), " "); ok && strings.HasPrefix(string(newest), date) {
			return clock
		}
		return string(t)
	}
	if l.Count < 2 {
		return "at " + clock(l.First)
	}
	return "since " + clock(l.First) + ", " + strconv.Itoa(l.Count) + " times, last at " + clock(l.Last)
}

// evidence is a line as a line of evidence.
func (l loggedLine) evidence(newest observation.LogTime) string {
	return l.File + ": " + l.say() + ", " + l.when(newest)
}

// agentLog judges the agent's log after everything else: what a finding explains is
// added to that finding's evidence, and what the probe does not see becomes one.
func (j *judgement) agentLog() {
	f := j.facts
	log, agent := f.o.Node.AgentLog, f.o.Node.Agent
	if agent.Installed == observation.No {
		return
	}
	found := map[Code]bool{}
	var worst Code // the first error
	for _, c := range j.causes {
		for _, m := range j.left[c.code] {
			found[c.code] = found[c.code] || rank(m.severity) > rank(Info) && !m.suppressed
			if worst == "" && m.severity == Error {
				worst = c.code
			}
		}
	}
	j.fromLog = map[Code][]string{}
	opened := false
	refused := found[IAMDenied] || found[EndpointPolicyDenies]
	signed := slices.ContainsFunc(f.o.Signed, func(c observation.SignedCall) bool {
		t := f.byName[c.Target]
		return t != nil && t.Service != endpoint.S3 && whatServiceSays(&c) == saysYes
	})
	perFinding := map[Code][]loggedLine{}
	var waits, contradicted []loggedLine
	for _, l := range f.logged() {
		opened = opened || l.Channel == observation.LogMessages
		explained := false
		for _, code := range l.codes {
			if found[code] {
				explained = true
				j.fromLog[code] = append(j.fromLog[code], "the agent's log says the same: "+l.evidence(log.Newest))
			}
		}
		recurring := l.Count >= 2
		switch {
		case explained, l.family == logDenied && refused:
		case l.family == logDenied:
			perFinding[AgentAccessDenied] = append(perFinding[AgentAccessDenied], l)
		case l.family == logIdentity:
			perFinding[AgentIdentityRejected] = append(perFinding[AgentIdentityRejected], l)
		case l.family == logWaiting:
			waits = append(waits, l)
		case (l.family == logNetwork || l.family == logFrame) && worst != "":
			j.fromLog[worst] = append(j.fromLog[worst], "the agent's log has another failure: "+l.evidence(log.Newest))
		case l.family == logNetwork && l.Channel != "", l.family == logFrame && l.Channel == observation.LogCredentials:
			if recurring || l.Channel != observation.LogHeartbeat { // it tries again in five minutes
				contradicted = append(contradicted, l)
			}
		case l.ID == "no-registration" && !f.mayBeRegistered() && f.ec2(),
			signed && slices.Contains([]string{"token-expired", "shared-expired", "credentials-invalid"}, l.ID),
			l.ID == "ws-1006" && l.Count < 3:
		case l.family != logEvidence && recurring:
			perFinding[AgentReportsError] = append(perFinding[AgentReportsError], l)
		}
	}
	if log.ChannelGood != "" && !opened {
		for code := range found {
			if slices.ContainsFunc(j.left[code], func(m match) bool {
				return m.severity == Error && m.target != nil && m.target.Service == endpoint.SSMMessages
			}) {
				j.fromLog[code] = append(j.fromLog[code], "the agent's log contradicts it: the channel of ssmmessages was opened at "+string(log.ChannelGood)+", and no failure of it followed")
			}
		}
	}
	if len(perFinding) == 0 && len(waits)+len(contradicted) > 0 && agent.Running != observation.No && j.channelWorks() {
		perFinding[AgentHibernating] = append(waits, contradicted...)
	}
	for code, lines := range perFinding {
		if code != AgentHibernating {
			lines = append(lines, waits...)
		}
		m := match{effect: affects, severity: Warning, lines: lines}
		for _, l := range lines {
			m.evidence = append(m.evidence, l.evidence(log.Newest))
		}
		j.left[code] = []match{m}
	}
}

// channelWorks reports whether this run reached what the agent's heartbeat and its
// channel need.
func (j *judgement) channelWorks() bool {
	ts := j.facts.where(func(t *target) bool {
		return t.needed && (t.Service == endpoint.SSM || t.Service == endpoint.SSMMessages)
	})
	return len(ts) > 0 && !slices.ContainsFunc(ts, func(t *target) bool { return !j.usable(t) })
}

// agentLogCauses are the causes that the agent's own log shows. agentLog finds them.
func agentLogCauses() []cause {
	return []cause{
		{code: AgentAccessDenied, atMost: Warning, restart: true, credentials: true, describe: describeAccessDenied},
		{code: AgentIdentityRejected, atMost: Warning, restart: true, describe: describeIdentityRejected},
		{code: AgentReportsError, atMost: Warning, describe: describeReportsError},
		{code: AgentHibernating, atMost: Warning, restart: true, credentials: true, describe: describeHibernating},
	}
}

// showLog shows the end of the log with the newest line.
func (f *facts) showLog(lines []loggedLine) []string {
	file := lines[len(lines)-1].File
	if f.windows() {
		return []string{"Get-Content -Tail 100 " + f.fileArg(file)}
	}
	return []string{"tail -n 100 " + f.fileArg(file)}
}

func describeAccessDenied(f *facts, ms []match) words {
	lines := ms[0].lines
	w := words{title: "AWS refuses the agent's calls", confirm: f.showLog(lines)}
	role := "this node's role"
	if name := f.o.Metadata.RoleName; name != "" && !f.registered() {
		role = "the role " + name
	}
	attach := "attach the policy " + managedPolicy + " to " + role
	has := func(id string) bool {
		return slices.ContainsFunc(lines, func(l loggedLine) bool { return l.ID == id })
	}
	var actions []string
	for _, l := range lines {
		if l.Action != "" && l.ID == "uii-denied" {
			actions = append(actions, "ssm:"+l.Action)
		}
	}
	switch {
	case has("vpce-policy"):
		w.title = "the policy of a VPC endpoint refuses the agent's calls"
		w.fix = []string{"allow the actions of " + managedPolicy + " in the policy of the VPC endpoint; the default policy, which allows everything, is enough"}
	case has("scp"):
		w.title = "a policy of the organization refuses the agent's calls"
		w.fix = []string{"ask the owner of the organization's service control policies to allow the actions of " + managedPolicy}
	case has("mgs-denied") && len(actions) == 0:
		w.title = role + " may not open the agent's channel: ssmmessages refuses it"
		w.fix = []string{attach, "or allow ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel in a policy of its own", "also check the policy of the VPC endpoint for ssmmessages"}
	case has("no-role"), has("dhmc") && len(actions) == 0:
		w.title = "the agent has no credentials: no role of the instance, and no Default Host Management"
		w.fix = []string{
			"attach an instance profile whose role has the policy " + managedPolicy,
			"or turn on Default Host Management Configuration for the account in " + f.o.Plan.Region,
		}
	default:
		if len(actions) > 0 {
			w.title = role + " lacks the permission " + actions[len(actions)-1]
		}
		w.fix = []string{attach, "also check the policy of the VPC endpoint for ssm, and the organization's service control policies"}
		if has("dhmc") {
			w.fix = append(w.fix, "or turn on Default Host Management Configuration for the account in "+f.o.Plan.Region)
		}
	}
	w.fix = append(w.fix, f.restartAgent(true))
	return w
}

func describeIdentityRejected(f *facts, ms []match) words {
	lines := ms[0].lines
	w := words{
		title:   "AWS does not accept this node's identity: " + lines[0].means,
		confirm: f.showLog(lines),
		fix: []string{
			"make a new hybrid activation in " + f.o.Plan.Region + " and register again: `amazon-ssm-agent -register -clear`, then `amazon-ssm-agent -register -code CODE -id ID -region " + f.inCode(f.regionArg(), "REGION") + "`",
		},
	}
	switch lines[0].ID {
	case "fingerprint", "fingerprint-local":
		w.fix = append(w.fix, "before a registered machine is cloned, or if its hardware changes often: `amazon-ssm-agent -fingerprint -similarityThreshold 1`")
	case "not-existing-instance":
		if f.ec2() {
			w.fix = append([]string{"on EC2 a hybrid registration wins over the instance's own identity: remove one that is not meant (`amazon-ssm-agent -register -clear`)"}, w.fix...)
		}
	}
	w.fix = append(w.fix, f.restartAgent(false))
	return w
}

func describeReportsError(f *facts, ms []match) words {
	lines := ms[0].lines
	w := words{title: "the agent's log has an error that recurs: " + lines[0].means, confirm: f.showLog(lines)}
	for _, l := range lines {
		fix := ""
		switch l.ID {
		case "disk-full":
			fix = "free space on the disk (`df -h /var`), then " + f.restartAgent(false)
		case "read-only":
			fix = "make the agent's directory writable: mount options, SELinux, immutable files"
		case "ipc":
			fix = "keep one SSM Agent on this node (a package and a snap disturb each other), and restart it"
		case "crash":
			fix = "update the agent"
		case "mgs-throttle":
			fix = "wait: AWS throttles when many nodes start at once"
		case "mgs-endpoint":
			fix = "write Mgs.Endpoint in the agent's configuration as a host, or remove it"
		case "signature-expired", "signature-early", "token-expired", "shared-expired":
			fix = "check that the time is synchronized, then " + f.restartAgent(true)
		case "credentials-invalid":
			fix = "check Agent.Region and Mgs.Region in the agent's configuration, and the credentials file that it names"
		case "ws-1006":
			fix = "raise the idle limit of the firewall, NAT or load balancer on the path to more than 60 seconds"
		case "sysprep":
			fix = "let Sysprep finish"
		case "no-registration":
			fix = "register the node by a hybrid activation"
		}
		w.fix = append(w.fix, fix)
	}
	if strings.Join(w.fix, "") == "" {
		w.fix = []string{"read the lines of the log around it; this run does not explain it"}
	}
	return w
}

func describeHibernating(f *facts, ms []match) words {
	return words{
		title:   "the agent gave up and waits, though everything that it needs works now",
		confirm: f.showLog(ms[0].lines),
		fix:     []string{f.restartAgent(true)},
	}
}

// noteAgentLog says what the log leaves unknown.
func (f *facts) noteAgentLog(add func(string)) {
	log := f.o.Node.AgentLog
	for _, file := range log.Files {
		switch {
		case file.Failure.Of(observation.KindDenied):
			add("the agent's log " + file.Path + " may not be read by this user: what it says is not known; run as " + f.superuser())
		case file.Failure != nil:
			add("the agent's log could not be read: what it says is not known (" + safe(file.Failure.Text) + ")")
		}
	}
	if log.LastStart != "" && log.Worker == observation.No && f.o.Node.Agent.Installed != observation.No {
		add("the agent was started at " + string(log.LastStart) + " and has not got credentials since, by its log: of its channel to ssmmessages the log says nothing")
	}
}
