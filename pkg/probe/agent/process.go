package agent

import (
	"io/fs"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// agentComm is the agent's name as the kernel stores it, cut to 15 bytes.
const agentComm = "amazon-ssm-agen"

// maxProcesses limits how many processes are inspected.
const maxProcesses = 1 << 16

// An agentProcess is what is visible of the running agent.
type agentProcess struct {
	running observation.Known
	// starting is Agent.Starting.
	starting bool
	// pid is the agent's, empty if not known.
	pid string
	// from is the evidence.
	from string
}

// agentProcess looks for the running agent: in its service's cgroup, among the
// processes, and among the units that systemd records as started.
func (p Reader) agentProcess() agentProcess {
	for _, unit := range service.AgentUnits {
		for _, root := range groupRoots {
			name := root + unit + "/cgroup.procs"
			b, failure := p.ReadFile(name)
			if pids := strings.Fields(string(b)); failure == nil && len(pids) > 0 {
				return agentProcess{running: observation.Yes, pid: p.mainProcess(pids), from: p.Shown(name)}
			}
		}
	}
	scanned := p.scanProcesses()
	if scanned.running == observation.Yes {
		return scanned
	}
	for _, unit := range service.AgentUnits {
		name := "run/systemd/units/invocation:" + unit
		// It is a link to an id, and so to no file.
		_, err := fs.Lstat(p.FS(), name)
		if err == nil && scanned.running == observation.Unknown {
			return agentProcess{running: observation.Yes, from: p.Shown(name)}
		}
		if err != nil && !files.IsAbsent(err) {
			return scanned // it could not be checked, which does not mean that it is absent
		}
	}
	container, unread := p.Container()
	there, _ := p.Exists("run/systemd/units")
	if scanned.running == observation.Unknown && container == "" && unread == nil && there == observation.Yes {
		return agentProcess{running: observation.No, from: "no unit of the agent is among the started ones in " + p.Shown("run/systemd/units")}
	}
	return scanned
}

// groupRoots are where a service's cgroup is: cgroup v2, hybrid, v1.
var groupRoots = []string{
	"sys/fs/cgroup/system.slice/", "sys/fs/cgroup/unified/system.slice/", "sys/fs/cgroup/systemd/system.slice/",
}

// mainProcess picks the agent itself from its service's processes.
func (p Reader) mainProcess(pids []string) string {
	for _, pid := range pids[:min(len(pids), 256)] {
		if name, _ := p.comm(pid); name == agentComm {
			return pid
		}
	}
	return ""
}

// comm returns a process's name. Empty: no process has that number; it may have
// ended meanwhile.
func (p Reader) comm(pid string) (string, *observation.Failure) {
	if !observation.IsNumber(pid) {
		return "", nil
	}
	b, failure := p.ReadFile("proc/" + pid + "/comm")
	if failure.Of(observation.KindAbsent) {
		return "", nil
	}
	return strings.TrimSpace(string(b)), failure
}

// scanProcesses searches all processes by name. The result is unknown if other
// users' processes are hidden (hidepid), or if a name could not be read: that
// process may be the agent.
func (p Reader) scanProcesses() agentProcess {
	if first, _ := p.comm("1"); first == "" {
		return agentProcess{}
	}
	entries, err := fs.ReadDir(p.FS(), "proc")
	if err != nil || len(entries) > maxProcesses {
		return agentProcess{}
	}
	var unread *observation.Failure
	for _, e := range entries {
		pid := e.Name()
		name, failure := p.comm(pid)
		if name == agentComm {
			return agentProcess{running: observation.Yes, pid: pid, from: p.Shown("proc/" + pid + "/comm")}
		}
		if failure != nil {
			unread = failure
		}
	}
	if unread != nil {
		return agentProcess{from: unread.Text}
	}
	return agentProcess{running: observation.No, from: "no process of the agent is in " + p.Shown("proc")}
}
