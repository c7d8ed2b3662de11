package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// showLog shows the newest of the lines in its log.
func (f *facts) showLog(lines []loggedLine) []Check {
	l := slices.MaxFunc(lines, func(a, b loggedLine) int { return cmp.Compare(a.Last, b.Last) })
	file := l.File
	if len(file) > maxQuoted {
		file = f.inPlaceOf(file, "FILE")
	}
	file = f.fileArg(file)
	c := Check{Expect: "the line of " + string(l.Last) + ": " + l.means}
	known := isLogTime(l.Last)
	if !known { // from a manipulated report: it goes into no command
		c.Expect = lookFor + l.means
	}
	switch {
	case known && f.windows():
		c.Command = "Select-String -SimpleMatch " + f.arg(string(l.Last), "TIME") + " -LiteralPath " + file + " | Select-Object -Last 10"
	case known:
		c.Command = "grep -aF " + f.arg(string(l.Last), "TIME") + " " + file + " | tail -n 10 | cut -c -300"
	case f.windows():
		c.Command = "Get-Content -Tail 10 " + file
	default:
		c.Command = "tail -n 10 " + file + " | cut -c -300"
	}
	return []Check{c}
}

func describeAccessDenied(f *facts, ms []match) words {
	lines := ms[0].lines
	w := words{title: "AWS refuses the agent's calls", checks: f.showLog(lines)}
	role := "this node's role"
	if name := f.o.Metadata.RoleName; name != "" && !f.registered() {
		role = "the role " + name
	}
	attach := "attach the policy " + managedPolicy + " to " + role
	has := func(id string) bool {
		return slices.ContainsFunc(lines, func(l loggedLine) bool { return l.ID == id })
	}
	denied := filter(lines, func(l loggedLine) bool { return l.ID == "uii-denied" && l.action() != "" })
	actions := mapTo(denied, loggedLine.action)
	switch {
	case has("vpce-policy"):
		w.title = "the policy of a VPC endpoint refuses the agent's calls"
		w.fix = []string{"allow the actions of " + managedPolicy + " in the policy of the VPC endpoint; the default policy, which allows everything, is enough"}
	case has("scp"):
		w.title = "a policy of the organization refuses the agent's calls"
		w.fix = []string{"ask the owner of the organization's service control policies to allow the actions of " + managedPolicy}
	case has("mgs-denied") && len(actions) == 0:
		w.title = role + " may not open the agent's channel: ssmmessages refuses it"
		w.fix = []string{attach, "allow ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel in its own policy", "also check the policy of the VPC endpoint for ssmmessages"}
	case has("no-role"), has("dhmc") && len(actions) == 0:
		w.title = "the agent has no credentials: no role of the instance, and no Default Host Management"
		w.fix = []string{
			"attach an instance profile whose role has the policy " + managedPolicy,
			"turn on Default Host Management Configuration for the account in " + f.o.Plan.Region,
		}
	default:
		if len(actions) > 0 {
			w.title = role + " lacks the permission " + actions[len(actions)-1]
		}
		w.fix = []string{attach, "also check the policy of the VPC endpoint for ssm, and the organization's service control policies"}
		if has("dhmc") {
			w.fix = append(w.fix, "turn on Default Host Management Configuration for the account in "+f.o.Plan.Region)
		}
	}
	w.fix = append(w.fix, f.restartAgent(true))
	return w
}

func describeIdentityRejected(f *facts, ms []match) words {
	lines := ms[0].lines
	w := words{
		title:  "AWS does not accept this node's identity: " + lines[0].means,
		checks: f.showLog(lines),
		fix: []string{
			"create a new hybrid activation in " + f.o.Plan.Region + " and register again: `amazon-ssm-agent -register -clear`, then `amazon-ssm-agent -register -code CODE -id ID -region " + f.inCode(f.regionArg(), "REGION") + "`",
		},
	}
	switch lines[0].ID {
	case "fingerprint", "fingerprint-local":
		w.fix = append(w.fix, "before you clone a registered machine, or if its hardware changes often: `amazon-ssm-agent -fingerprint -similarityThreshold 1`")
	case "not-existing-instance":
		if f.ec2() {
			w.fix = append([]string{"on EC2, a hybrid registration overrides the instance's own identity: remove one that is not intended (`amazon-ssm-agent -register -clear`)"}, w.fix...)
		}
	}
	w.fix = append(w.fix, f.restartAgent(false))
	return w
}

func describeReportsError(f *facts, ms []match) words {
	lines := ms[0].lines
	w := words{title: "the agent's log has a recurring error: " + lines[0].means, checks: f.showLog(lines)}
	checkTime := "check that the time is synchronized, then " + f.restartAgent(true)
	steps := map[string]string{
		"disk-full":           "free space on the disk (`df -h /var`), then " + f.restartAgent(false),
		"read-only":           "make the agent's directory writable: mount options, SELinux, immutable files",
		"ipc":                 "keep only one SSM Agent on this node (a package and a snap interfere with each other), and restart it",
		"crash":               "update the agent",
		"mgs-throttle":        "wait: AWS throttles when many nodes start at once",
		"mgs-endpoint":        "write Mgs.Endpoint in the agent's configuration as a host, or remove it",
		"signature-expired":   checkTime,
		"signature-early":     checkTime,
		"token-expired":       checkTime,
		"shared-expired":      checkTime,
		"credentials-invalid": "check Agent.Region and Mgs.Region in the agent's configuration, and the credentials file that it names",
		"ws-1006":             "raise the idle limit of the firewall, NAT or load balancer on the path to more than 60 seconds",
		"sysprep":             "let Sysprep finish",
		"no-registration":     "register the node with a hybrid activation",
	}
	w.fix = mapTo(lines, func(l loggedLine) string { return steps[l.ID] })
	if strings.Join(w.fix, "") == "" {
		w.fix = []string{"read the log around these lines; this run does not explain them"}
	}
	return w
}

func describeHibernating(f *facts, ms []match) words {
	return words{
		title:  "the agent is hibernating, although everything it needs works now",
		checks: append(f.showLog(ms[0].lines), f.worksNow()...),
		fix:    []string{f.restartAgent(true)},
	}
}

// worksNow asks what the agent's channel needs, as a control.
func (f *facts) worksNow() []Check {
	for _, t := range f.targets {
		for _, w := range t.paths {
			if t.needed && t.Service == endpoint.SSMMessages && w.state == reachedAWS {
				return []Check{f.works(w)}
			}
		}
	}
	return nil
}
