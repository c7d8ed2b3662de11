package diagnose

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// metadataAddress is that of instance metadata.
var metadataAddress = netip.AddrFrom4([4]byte{169, 254, 169, 254})

// token asks instance metadata for a token, which every other call needs.
func (f *facts) token(options string) string {
	return f.curlName() + " " + options + ` -m 2 --noproxy '*' -X PUT http://169.254.169.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'`
}

// askMetadata asks it for one of its values, with a token.
func (f *facts) askMetadata(options, path string) string {
	return f.curlName() + " " + options + ` -m 2 --noproxy '*' http://169.254.169.254/latest/meta-data/` + path + ` -H "X-aws-ec2-metadata-token: $(` + f.token("-s") + `)"`
}

func tellIMDSUnreachable(f *facts, ms []match) words {
	// A service that is switched off answers 403: silence, and all the more an
	// error at once, are of this node.
	failed := f.o.Metadata.Failure
	filter := "remove the rule of this node's packet filter that covers 169.254.169.254"
	route := "remove a route on this node that covers 169.254.169.254, or add the one that is missing"
	show := []string{f.routeTo(metadataAddress)}
	if f.windows() {
		filter += " (`Get-NetFirewallRule -Direction Outbound -Action Block -Enabled True`)"
		route = "remove persistent routes to 169.254.169.254 that came with the image (`route print`), and add the right ones again with EC2Launch"
	} else {
		filter += " (`nft list ruleset`, `iptables -S OUTPUT`)"
		route += " (`ip route show table all`)"
	}
	without := f.withoutMetadata()
	w := words{
		title: "instance metadata does not answer" + without,
		fix:   []string{filter, route, "or turn on the instance's metadata service (" + f.metadataOptions("--http-endpoint enabled") + "); one that is switched off mostly says so"},
	}
	switch {
	case f.o.Metadata.Foreign != "":
		w.title = "something else than instance metadata answers at 169.254.169.254"
		w.fix = []string{"let the firewall or proxy on the way leave 169.254.169.254 alone: it must not answer there"}
		show = nil
	case failed.Of(observation.KindNotPermitted):
		w.title = "this node's own packet filter keeps instance metadata away (EPERM)" + without
		w.fix = []string{filter}
	case noWay(failed):
		w.title = "this node has no route to instance metadata" + without
		w.fix = []string{route}
	}
	w.confirm = append([]string{f.token("-sv")}, show...)
	return f.unneededMetadata(w)
}

// unneededMetadata takes the cure away where the node is registered as a hybrid
// one: its agent has an identity.
func (f *facts) unneededMetadata(w words) words {
	if f.registered() {
		w.fix = []string{"nothing: an agent that is registered needs no metadata"}
	}
	return w
}

func tellIMDSDisabled(f *facts, ms []match) words {
	return f.unneededMetadata(words{
		title:   "instance metadata is switched off" + f.withoutMetadata(),
		confirm: []string{f.token("-sv")},
		fix: []string{
			"turn on the instance's metadata service (" + f.metadataOptions("--http-endpoint enabled") + ")",
			"or register the node by a hybrid activation",
		},
	})
}

// withoutMetadata is what it means that there is none, as far as it is known:
// the end of a title.
func (f *facts) withoutMetadata() string {
	switch {
	case f.registered():
		return ""
	case f.mayBeRegistered():
		return ": without a hybrid registration, which is not known, the agent has no identity; run as root"
	}
	return ": the agent has no identity"
}

func tellIMDSHopLimit(f *facts, ms []match) words {
	return words{
		title:   "instance metadata does not reach into this container",
		confirm: []string{f.token("-sv")},
		fix:     []string{"set the instance's hop limit to 2 (" + f.metadataOptions("--http-put-response-hop-limit 2") + ")"},
	}
}

func tellRegionMismatch(f *facts, ms []match) words {
	r := f.o.Node.Registration.Region
	confirm := f.show(f.o.Node.Registration.Path)
	if r == "" {
		r = f.o.Metadata.Region
		confirm = f.askMetadata("-s", "placement/region")
	}
	w := words{
		title:   "the Region tested, " + f.o.Plan.Region + ", is not the node's, " + r,
		confirm: []string{confirm},
		fix:     []string{"test the node's own Region: --region " + r},
	}
	if from := f.o.Plan.RegionFrom; from != "--region" {
		w.fix = append(w.fix, "or correct what names "+f.o.Plan.Region+": "+from)
	}
	return w
}

func tellRoleMissing(f *facts, ms []match) words {
	w := words{
		title:   "this instance has no instance profile",
		confirm: []string{f.askMetadata(`-s -w '%{http_code}\n'`, "iam/info")},
		fix: []string{
			"attach an instance profile whose role has the policy AmazonSSMManagedInstanceCore",
			"or turn on Default Host Management Configuration for the account in " + f.o.Plan.Region,
		},
	}
	if flush := f.flushCredentials(); flush != "" {
		w.fix = append(w.fix, "after that, "+flush+": the agent may otherwise wait up to an hour before it looks for credentials again")
	}
	return w
}

func tellAgentMissing(f *facts, ms []match) words {
	return words{
		title: "there is no SSM Agent on this node",
		fix:   []string{"install amazon-ssm-agent; without it the version that decides about ec2messages is not known"},
	}
}

func tellAgentStopped(f *facts, ms []match) words {
	if f.windows() {
		return words{
			title: "the SSM Agent is installed and does not run", confirm: []string{"Get-Service AmazonSSMAgent"},
			fix: []string{"start it: `Start-Service AmazonSSMAgent`"},
		}
	}
	start := "systemctl enable --now amazon-ssm-agent"
	if f.snap() {
		start = "snap start --enable amazon-ssm-agent"
	}
	return words{
		title:   "the SSM Agent is installed and does not run",
		confirm: []string{"systemctl status " + f.agentUnit()},
		fix:     []string{"start it: `" + start + "`"},
	}
}

func tellEndpointOverride(f *facts, ms []match) words {
	return words{
		title:   "the agent's configuration names other endpoints; they are the ones tested",
		confirm: []string{f.show(f.o.Node.Agent.Config.Path)},
		fix:     []string{"nothing, if it is meant; else remove the endpoints from " + f.o.Node.Agent.Config.Path},
	}
}

func tellAgentConfigInvalid(f *facts, ms []match) words {
	p := f.o.Node.Agent.Config.Path
	return words{
		title:   "the agent's configuration " + p + " cannot be parsed: the agent uses its defaults",
		confirm: []string{f.parseJSON(p)},
		fix:     []string{"correct " + p + ", or remove it"},
	}
}

// metadataOptions is the command that changes an option of the metadata
// service, from a machine that may.
func (f *facts) metadataOptions(option string) string {
	return "`aws ec2 modify-instance-metadata-options --region " + f.regionArg() + " --instance-id " + f.instanceArg() + " " + option + "`"
}
