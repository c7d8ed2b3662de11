package diagnose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The causes of the agent itself.

func findEndpointOverride(f *facts) []match {
	c := f.o.Node.Agent.Config
	var evidence []string
	for name, host := range c.Endpoints {
		if name == string(endpoint.Logs) && f.o.Node.Agent.IgnoresLogsEndpoint() {
			continue // a note says so
		}
		evidence = append(evidence, fmt.Sprintf("%s: %s is %s", c.Path, name, quoted(host)))
	}
	slices.Sort(evidence)
	for _, s := range []struct{ what, value string }{
		{"the domain of all services", c.ServiceDomain}, {"the Region of ssmmessages", c.MessagesRegion},
		{"S3 for buckets of one's own", c.BucketEndpoint},
	} {
		if s.value != "" {
			evidence = append(evidence, c.Path+": "+s.what+" is "+quoted(s.value))
		}
	}
	holds := len(evidence) > 0
	for _, n := range c.Notes {
		evidence = append(evidence, c.Path+": "+n)
	}
	return nodeMatch(holds, Info, evidence...)
}

func describeEndpointOverride(f *facts, ms []match) words {
	return words{
		title:  "the agent's configuration names other endpoints; they are the ones tested",
		checks: []Check{f.showEndpoint()},
		fix:    []string{"nothing, if it is meant; else remove the endpoints from " + f.o.Node.Agent.Config.Path},
	}
}

// showEndpoint shows what the agent's configuration names in place of AWS's own.
func (f *facts) showEndpoint() Check {
	c := f.o.Node.Agent.Config
	hosts := slices.Sorted(maps.Values(c.Endpoints))
	switch {
	case len(hosts) > 0:
		return Check{Command: f.showKey(c.Path, "Endpoint"), Expect: clipped(hosts[0])}
	case c.BucketEndpoint != "":
		return Check{Command: f.showKey(c.Path, "Endpoint"), Expect: clipped(c.BucketEndpoint)}
	case c.ServiceDomain != "":
		return Check{Command: f.showKey(c.Path, "ServiceDomain"), Expect: clipped(c.ServiceDomain)}
	}
	return Check{Command: f.showKey(c.Path, "Region"), Expect: clipped(c.MessagesRegion)}
}

func describeAgentMissing(f *facts, ms []match) words {
	return words{
		title: "there is no SSM Agent on this node",
		fix:   []string{"install amazon-ssm-agent; until then it is not known whether ec2messages is needed"},
	}
}

// InstalledAs puts Agent.From in words: first what shows that the agent does not
// run, then how it is installed, where a file's name would say it only to those who
// know the system's packages.
func InstalledAs(from []string) []string {
	var idle, lines []string
	for _, file := range from {
		switch {
		case strings.HasPrefix(file, "no process of the agent"):
			idle = append(idle, "no agent process is running")
		case strings.HasPrefix(file, "no unit of the agent"):
			idle = append(idle, "systemd has not started the agent's service")
		case file == "/var/lib/dpkg/status":
			lines = append(lines, "installed by dpkg")
		case strings.HasSuffix(file, "/meta/snap.yaml"):
			lines = append(lines, "installed as a snap")
		case strings.HasSuffix(file, "/amazon-ssm-agent"), strings.HasSuffix(file, `\amazon-ssm-agent.exe`):
			lines = append(lines, "its program is "+file)
		case strings.HasSuffix(file, "/RELEASENOTES.md"):
			lines = append(lines, "its version stands in "+file)
		default:
			lines = append(lines, file)
		}
	}
	return append(idle, lines...)
}

func describeAgentStopped(f *facts, ms []match) words {
	w := words{
		title:  "the SSM Agent is installed and does not run",
		checks: []Check{f.stateCheck()},
		fix:    []string{"start it: `" + f.startCommand() + "`"},
	}
	state := f.o.Node.Agent.ImageState
	if !f.windows() || state == "" || state == observation.ImageComplete {
		return w
	}
	w.more = []string{"the setup of Windows has not ended (Sysprep): ImageState is " + quoted(state) + ", and not " + observation.ImageComplete}
	w.checks = append(w.checks, Check{
		Command: `Get-ItemProperty HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State -Name ImageState`, Expect: clipped(state),
	})
	if f.o.Node.Agent.Starting {
		w.title = "the SSM Agent waits for the setup of Windows, which has not ended (Sysprep)"
		w.fix = []string{"let the setup end, and see in C:\\Windows\\System32\\Sysprep\\Panther\\setupact.log what keeps it; the agent goes on by itself then"}
	}
	return w
}

func describeAgentConfigInvalid(f *facts, ms []match) words {
	p := f.o.Node.Agent.Config.Path
	return words{
		title:  "the agent's configuration " + p + " cannot be parsed: the agent uses its defaults",
		checks: []Check{{Command: f.parseJSON(p), Expect: "an error, with its line"}},
		fix:    []string{"correct " + p + ", or remove it"},
	}
}

// latestKey is the object of the bucket amazon-ssm-REGION that names the newest
// version of the agent there.
const latestKey = "latest/VERSION"

// agentNumbers are those of an agent's version: four, of six digits at most.
func agentNumbers(s string) ([]int, bool) {
	v, ok := observation.VersionNumbers(s)
	return v, ok && len(v) == 4 && len(s) <= 4*6+3 && !strings.ContainsAny(s, "+- ")
}

// latest is the agent's newest version, as AWS named it in this run, and the way
// on which it did. Empty: none was read.
func (f *facts) latest() (string, *path) {
	for _, w := range f.paths(func(w *path) bool { return w.target.PublicKey == latestKey && w.state == reachedAWS }) {
		reply := w.stages.Reply
		if w.target.Foreign || reply.Status != 200 {
			continue
		}
		named := strings.TrimSuffix(strings.TrimSuffix(reply.Body, "\n"), "\r")
		if _, ok := agentNumbers(named); ok {
			return named, w
		}
	}
	return "", nil
}

func agentOutdated() cause {
	return cause{
		code: AgentOutdated, atMost: Info,
		find: func(f *facts) []match {
			own := f.o.Node.Agent.Version
			have, known := agentNumbers(own)
			latest, w := f.latest()
			newest, read := agentNumbers(latest)
			if f.o.Node.Agent.Installed != observation.Yes || !known || !read || slices.Compare(have, newest) >= 0 {
				return nil
			}
			return nodeMatch(true, Info, "this node's agent is "+own, w.target.Bucket+"/"+latestKey+" names "+latest)
		},
		describe: func(f *facts, _ []match) words {
			latest, w := f.latest()
			options := "-s"
			if f.ownRoots() {
				options = "-sk" // as asTrusted
			}
			return words{
				title:  "the SSM Agent is " + f.o.Node.Agent.Version + ", and " + latest + " is the newest",
				checks: []Check{{Command: f.curlTo(options, w, f.url(w)), Expect: latest}},
				fix:    []string{"update it: `aws ssm send-command --region " + f.regionArg() + " --document-name AWS-UpdateSSMAgent --targets " + f.arg("Key=InstanceIds,Values="+f.instanceID(), "INSTANCE") + "`, or by the package manager that installed it"},
			}
		},
	}
}
