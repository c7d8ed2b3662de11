package remedy

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// Changes on the node itself, made as root. The script of the AWS CLI has them as a
// part that runs on request; Terraform and CloudFormation change nothing on a node,
// and their files only mention them.

// nodeInScript writes them as the script's part `node`, or as a comment for systems
// without a POSIX shell.
func (x *Remedy) nodeInScript(p *page) {
	if !x.onNode() {
		return
	}
	if !x.node.linux {
		x.nodeInComments(p)
		return
	}
	p.gap()
	p.say("", "On the node, as root: sh THIS_FILE node")
	p.line(`if [ "${1:-}" = node ]; then`)
	part := &page{sign: "#"}
	x.nodeScript(part)
	for l := range strings.Lines(part.b.String()) {
		p.line("%s", strings.TrimRight(l, "\n")) // a here-document keeps its margin
	}
	p.line("exit")
	p.line("fi")
	if !x.cloud() { // nothing else is in the script
		p.lines(`echo "run: sh $0 node" >&2`, "exit 2")
	}
}

// nodeLeftOut says where the changes are that this language cannot make.
func (x *Remedy) nodeLeftOut(p *page) {
	if !x.onNode() {
		return
	}
	p.gap()
	p.say("", "Left out: changes on the node itself ("+codes(x.nodeCauses())+"); `ssmcheck fix --as cli` prints them.")
}

// codes are those of the causes, each once.
func codes(all []cause) string {
	var list []string
	for _, c := range all {
		list = union(list, []string{string(c.code)})
	}
	return strings.Join(list, ", ")
}

// nodeCauses are those of what is done on the node.
func (x *Remedy) nodeCauses() (all []cause) {
	if x.proxy != nil {
		all = append(all, x.proxy.causes...)
	}
	if x.hello != nil {
		all = append(all, x.hello.causes...)
	}
	return append(all, x.clock...)
}

// nodeInComments writes them as a comment.
func (x *Remedy) nodeInComments(p *page) {
	if !x.onNode() {
		return
	}
	part := &page{sign: "#"}
	who := "On the node, as root:"
	switch {
	case x.node.windows:
		who = "On the node, in PowerShell as an administrator:"
		x.nodePowerShell(part)
	case x.node.linux:
		part.line("set -eu")
		x.nodeScript(part)
	default:
		who = "On the node, by hand:"
		x.nodeByHand(part)
	}
	p.gap()
	p.say("", who)
	p.quote("", part)
}

// nodeScript writes POSIX shell.
func (x *Remedy) nodeScript(p *page) {
	if x.proxy != nil {
		x.shellProxy(p)
	}
	if x.hello != nil {
		x.shellHello(p)
	}
	if x.clock != nil {
		x.shellClock(p)
	}
	if !x.sayNoAgent(p) {
		p.line("systemctl restart %s", x.unit())
	}
}

// sayNoAgent says why nothing is restarted if the agent is not installed: restarting
// a service that does not exist would fail.
func (x *Remedy) sayNoAgent(p *page) bool {
	if x.node.noAgent {
		p.say("", "The SSM Agent is not installed here, so nothing is restarted. It reads this when it starts.")
	}
	return x.node.noAgent
}

// unit is the agent's, by how it was installed.
func (x *Remedy) unit() string {
	if x.node.snap {
		return "snap.amazon-ssm-agent.amazon-ssm-agent"
	}
	return "amazon-ssm-agent"
}

// shellProxy writes a drop-in for the agent's unit. It sets both spellings of each
// name: Go reads the capitals first, the agent's own tools the small letters.
func (x *Remedy) shellProxy(p *page) {
	y := x.proxy
	p.causes("", y.causes)
	if y.from != "" {
		p.say("", "The settings were found in: "+y.from+".")
	}
	if y.url == "" {
		p.line(`: "${PROXY_URL:?the proxy as http://HOST:PORT, or with USER:PASSWORD@ before the host}"`)
	} else {
		p.line(`: "${PROXY_URL:=%s}"`, y.url)
	}
	p.sayNotes(y)
	p.line("no_proxy=%s", quote.Shell(strings.Join(y.not, ",")))
	p.lines(
		"# To systemd a percent sign begins a specifier, and a backslash an escape.",
		`proxy=$(printf '%s' "$PROXY_URL" | sed '`+quote.SystemdFilter+`')`,
		"old=$(umask)",
		"umask 077",
	)
	x.dropIn(p, fix.ProxyDropIn,
		`Environment="https_proxy=$proxy" "HTTPS_PROXY=$proxy"`,
		`Environment="http_proxy=$proxy" "HTTP_PROXY=$proxy"`,
		`Environment="no_proxy=$no_proxy" "NO_PROXY=$no_proxy"`,
	)
	p.line(`umask "$old"`)
}

// sayNotes says why the settings are what they are.
func (p *page) sayNotes(y *proxy) {
	for _, n := range y.notes {
		p.say("", n)
	}
}

// timeServer is Amazon's, which every instance reaches without a way out (EC2
// User Guide, configure-ec2-ntp).
const timeServer = "169.254.169.123"

func (x *Remedy) shellClock(p *page) {
	p.causes("", x.clock)
	if x.node.ec2 {
		p.line(`: "${NTP_SERVER:=%s}"`, timeServer)
	} else {
		p.line(`: "${NTP_SERVER:?a time server that this node reaches}"`)
	}
	p.lines(
		"if command -v chronyc >/dev/null; then",
		"    for file in /etc/chrony/chrony.conf /etc/chrony.conf; do",
		`        [ -f "$file" ] || continue`,
		`        grep -q "^server $NTP_SERVER " "$file" ||`,
		`            printf 'server %s prefer iburst\n' "$NTP_SERVER" >>"$file"`,
		"    done",
		"    systemctl restart chrony || systemctl restart chronyd",
		"    chronyc waitsync 6 || true",
		"    chronyc makestep",
		"else",
		"    mkdir -p /etc/systemd/timesyncd.conf.d",
		`    printf '[Time]\nNTP=%s\n' "$NTP_SERVER" >/etc/systemd/timesyncd.conf.d/ssm.conf`,
		"    systemctl restart systemd-timesyncd",
		"    timedatectl set-ntp true",
		"fi",
	)
}

// nodePowerShell writes PowerShell.
func (x *Remedy) nodePowerShell(p *page) {
	if y := x.proxy; y != nil {
		p.causes("", y.causes)
		p.sayNotes(y)
		url := quote.PowerShell(y.url)
		if y.url == "" {
			url = "(Read-Host 'the proxy as http://HOST:PORT')"
		}
		p.lines("$proxy = "+url, "$without = "+quote.PowerShell(strings.Join(y.not, ",")))
		p.lines(fix.SetWindowsEnvironment(fix.WindowsProxy, `"https_proxy=$proxy"`, `"http_proxy=$proxy"`, `"no_proxy=$without"`)...)
	}
	if x.hello != nil {
		x.powerShellHello(p)
	}
	if x.clock != nil {
		p.causes("", x.clock)
		server := "(Read-Host 'a time server that this node reaches')"
		if x.node.ec2 {
			server = quote.PowerShell(timeServer)
		}
		p.lines(
			"$server = "+server,
			`w32tm /config /manualpeerlist:"$server,0x9" /syncfromflags:manual /update`,
			"Restart-Service W32Time",
			"w32tm /resync /force",
		)
	}
	if x.sayNoAgent(p) {
		return
	}
	p.line("Restart-Service AmazonSSMAgent")
}

// nodeByHand gives the findings' own words.
func (x *Remedy) nodeByHand(p *page) {
	for _, c := range x.nodeCauses() {
		p.line("%s", printable(string(c.code)+": "+c.title))
		for _, f := range c.fix {
			p.line("- %s", printable(f))
		}
	}
}
