package diagnose

import (
	"fmt"
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
		checks: []Check{{Command: f.showKey(f.o.Node.Agent.Config.Path, "Endpoint"), Expect: lookFor + "the hosts named above"}},
		fix:    []string{"nothing, if it is meant; else remove the endpoints from " + f.o.Node.Agent.Config.Path},
	}
}

func describeAgentMissing(f *facts, ms []match) words {
	return words{
		title: "there is no SSM Agent on this node",
		fix:   []string{"install amazon-ssm-agent; without it the version that decides about ec2messages is not known"},
	}
}

// installedAs says how the agent is installed, where a file's name would say it to
// nobody but those who know the system's packages.
func installedAs(from []string) []string {
	lines := slices.Clone(from)
	for i, file := range lines {
		switch {
		case file == "/var/lib/dpkg/status":
			lines[i] = "installed by dpkg"
		case strings.HasSuffix(file, "/meta/snap.yaml"):
			lines[i] = "installed as a snap"
		case strings.HasSuffix(file, "/amazon-ssm-agent"), strings.HasSuffix(file, `\amazon-ssm-agent.exe`):
			lines[i] = "its program is " + file
		case strings.HasSuffix(file, "/RELEASENOTES.md"):
			lines[i] = "its version stands in " + file
		}
	}
	return lines
}

func describeAgentStopped(f *facts, ms []match) words {
	if state := f.o.Node.Agent.ImageState; f.windows() && state != "" && state != observation.ImageComplete {
		return words{
			title: "the SSM Agent waits for the setup of Windows, which has not ended (Sysprep)",
			more:  []string{"ImageState is " + quoted(state) + ", and not " + observation.ImageComplete},
			checks: []Check{f.stateCheck(), {
				Command: `Get-ItemProperty HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State -Name ImageState`, Expect: clipped(state),
			}},
			fix: []string{"let the setup end, and see in C:\\Windows\\System32\\Sysprep\\Panther\\setupact.log what keeps it; the agent starts after it: `Start-Service AmazonSSMAgent`"},
		}
	}
	return words{
		title:  "the SSM Agent is installed and does not run",
		checks: []Check{f.stateCheck()},
		fix:    []string{"start it: `" + f.startCommand() + "`"},
	}
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
		reply := w.climb.Reply
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
			return words{
				title:  "the SSM Agent is " + f.o.Node.Agent.Version + ", and " + latest + " is the newest",
				checks: []Check{{Command: f.curlTo("-s", w, f.url(w)), Expect: latest}},
				fix:    []string{"update it: `aws ssm send-command --region " + f.regionArg() + " --document-name AWS-UpdateSSMAgent --targets " + f.arg("Key=InstanceIds,Values="+f.instanceID(), "INSTANCE") + "`, or by the package manager that installed it"},
			}
		},
	}
}
