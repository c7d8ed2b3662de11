package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

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
func (f *facts) latest() (string, *way) {
	for _, w := range f.ways(func(w *way) bool { return w.target.PublicKey == latestKey && w.state == stateProven }) {
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
			return when(true, Info, "this node's agent is "+own, w.target.Bucket+"/"+latestKey+" names "+latest)
		},
		tell: func(f *facts, _ []match) words {
			latest, w := f.latest()
			return words{
				title:   "the SSM Agent is " + f.o.Node.Agent.Version + ", and " + latest + " is the newest",
				confirm: []string{f.curlTo("-s", w, f.url(w))},
				fix:     []string{"update it: `aws ssm send-command --region " + f.regionArg() + " --document-name AWS-UpdateSSMAgent --targets " + f.arg("Key=InstanceIds,Values="+f.instanceID(), "INSTANCE") + "`, or by the package manager that installed it"},
			}
		},
	}
}
