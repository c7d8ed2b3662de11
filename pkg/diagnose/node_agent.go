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
		{"S3 for your own buckets", c.BucketEndpoint},
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
		title:  "the agent's configuration sets other endpoints, which were tested instead",
		checks: []Check{f.showEndpoint()},
		fix:    []string{"nothing, if that is intended; otherwise remove the endpoints from " + f.o.Node.Agent.Config.Path},
	}
}

// showEndpoint shows what the agent's configuration sets instead of AWS's own endpoints.
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

// InstalledAs puts Agent.From into words: first what shows that the agent is not
// running, then how it is installed, instead of file names that only people who know the
// system's packages understand.
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
			lines = append(lines, "its version is in "+file)
		default:
			lines = append(lines, file)
		}
	}
	return append(idle, lines...)
}

func describeAgentStopped(f *facts, ms []match) words {
	w := words{
		title:  "the SSM Agent is installed, but is not running",
		checks: []Check{f.stateCheck()},
		fix:    []string{"start it: `" + f.startCommand() + "`"},
	}
	state := f.o.Node.Agent.ImageState
	if !f.windows() || state == "" || state == observation.ImageComplete {
		return w
	}
	w.more = []string{"Windows Setup has not finished (Sysprep): ImageState is " + quoted(state) + ", not " + observation.ImageComplete}
	w.checks = append(w.checks, Check{
		Command: `Get-ItemProperty HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State -Name ImageState`, Expect: clipped(state),
	})
	if f.o.Node.Agent.Starting {
		w.title = "the SSM Agent is waiting for Windows Setup, which has not finished (Sysprep)"
		w.fix = []string{"let Windows Setup finish, and check C:\\Windows\\System32\\Sysprep\\Panther\\setupact.log for what holds it up; the agent then continues by itself"}
	}
	return w
}

func describeAgentConfigInvalid(f *facts, ms []match) words {
	p := f.o.Node.Agent.Config.Path
	return words{
		title:  "the agent's configuration " + p + " cannot be parsed, so the agent uses its defaults",
		checks: []Check{{Command: f.parseJSON(p), Expect: "an error, with its line"}},
		fix:    []string{"correct " + p + ", or remove it"},
	}
}

// latestKey is the object of the bucket amazon-ssm-REGION that contains the newest
// version of the agent there.
const latestKey = "latest/VERSION"

// agentNumbers are the numbers of an agent's version: four, of at most six digits.
func agentNumbers(s string) ([]int, bool) {
	v, ok := observation.VersionNumbers(s)
	return v, ok && len(v) == 4 && len(s) <= 4*6+3 && !strings.ContainsAny(s, "+- ")
}

// latest is the agent's newest version, as AWS gave it in this run, and the path on
// which it did. Empty: none was read.
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

func findAgentOutdated(f *facts) []match {
	own := f.o.Node.Agent.Version
	have, known := agentNumbers(own)
	latest, w := f.latest()
	newest, read := agentNumbers(latest)
	if f.o.Node.Agent.Installed != observation.Yes || !known || !read || slices.Compare(have, newest) >= 0 {
		return nil
	}
	return nodeMatch(true, Info, "this node's agent is "+own, w.target.Bucket+"/"+latestKey+" names "+latest)
}

func describeAgentOutdated(f *facts, _ []match) words {
	latest, w := f.latest()
	options := "-s"
	if f.ownRoots() {
		options = "-sk" // as asTrusted
	}
	return words{
		title:  "the SSM Agent is " + f.o.Node.Agent.Version + ", but " + latest + " is the newest",
		checks: []Check{{Command: f.curlTo(options, w, f.url(w)), Expect: latest}},
		fix:    []string{"update it: `aws ssm send-command --region " + f.regionArg() + " --document-name AWS-UpdateSSMAgent --targets " + f.arg("Key=InstanceIds,Values="+f.instanceID(), "INSTANCE") + "`, or with the package manager that installed it"},
	}
}
