//go:build linux

package main

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

//go:embed agent.c.in
var agentSource []byte

// A windowsNode is what a prefix has in addition to the scenario's files.
type windowsNode struct {
	// registry has values by key below HKEY_LOCAL_MACHINE.
	registry map[string][]string
	// files are by path below C:\, with slashes.
	files map[string][]byte
}

func newNode() windowsNode {
	return windowsNode{registry: map[string][]string{}, files: map[string][]byte{}}
}

// set adds a value in the format of wine's registry files.
func (n windowsNode) set(key, name, value string) {
	n.registry[key] = append(n.registry[key], fmt.Sprintf("%q=%s", name, value))
}

// text, list, number and binary format values of REG_SZ, REG_MULTI_SZ, REG_DWORD and
// REG_BINARY.
func text(s string) string { return `"` + regEscape.Replace(s) + `"` }

func list(items ...string) string {
	var b strings.Builder
	for _, s := range items {
		b.WriteString(regEscape.Replace(s) + `\0`)
	}
	return `str(7):"` + b.String() + `"`
}

func number(n uint32) string { return fmt.Sprintf("dword:%08x", n) }

func binary(b []byte) string {
	return "hex:" + strings.ReplaceAll(fmt.Sprintf("% x", b), " ", ",")
}

var regEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// agentKey is the registry key of the agent's service.
const (
	servicesKey = `System\CurrentControlSet\Services\`
	agentKey    = servicesKey + "AmazonSSMAgent"
)

// write writes the directory that inside.sh reads.
func (n windowsNode) write(dir string) error {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(n.registry)) {
		fmt.Fprintf(&b, "\n[%s] 1700000000\n%s\n", regEscape.Replace(key), strings.Join(n.registry[key], "\n"))
	}
	err := os.WriteFile(filepath.Join(dir, "registry"), []byte(b.String()), 0o644)
	for name, data := range n.files {
		to := filepath.Join(dir, "drive_c", filepath.FromSlash(name))
		err = errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, 0o755))
	}
	return err
}

// An installedAgent is an agent on Windows.
type installedAgent struct {
	// version is in the program's resource. Empty: there is none.
	version     string
	running     bool
	environment []string
	// data is the build information of the lab's program.
	data []byte
}

// install installs an agent as a service.
func (n windowsNode) install(a installedAgent, dir string) error {
	exe, err := a.compile(dir)
	if err != nil {
		return err
	}
	const at = "Program Files/Amazon/SSM/amazon-ssm-agent.exe"
	n.files[at] = exe
	n.set(agentKey, "Type", number(0x10))
	n.set(agentKey, "ErrorControl", number(1))
	n.set(agentKey, "ObjectName", text("LocalSystem"))
	n.set(agentKey, "ImagePath", text(`"C:\`+strings.ReplaceAll(at, "/", `\`)+`"`))
	start := uint32(3) // manually
	if a.running {
		start = 2 // automatically
	}
	n.set(agentKey, "Start", number(start))
	if len(a.environment) > 0 {
		n.set(agentKey, "Environment", list(a.environment...))
	}
	return nil
}

// compile builds the agent's program.
func (a installedAgent) compile(dir string) ([]byte, error) {
	file := func(name string) string { return filepath.Join(dir, name) }
	resource := "1 RCDATA BEGIN 0 END\n" // the compiler needs a resource
	if a.version != "" {
		resource = "1 VERSIONINFO FILEVERSION " + strings.ReplaceAll(a.version, ".", ",") + "\nBEGIN\nEND\n"
	}
	err := errors.Join(
		os.WriteFile(file("agent.c"), agentSource, 0o644),
		os.WriteFile(file("agent.rc"), []byte(resource), 0o644),
		os.WriteFile(file("agent.data"), a.data, 0o644),
		command("", resourceCompiler, file("agent.rc"), file("agent.o")),
		command("", compiler, "-DDATA=\""+file("agent.data")+"\"", "-o", file("agent.exe"), file("agent.c"), file("agent.o")),
	)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(file("agent.exe"))
}

// resourceCompiler is in a package that the compiler depends on.
const resourceCompiler = "x86_64-w64-mingw32-windres"

// The lab's paths of the agent's program and of the drop-in with its proxy.
var (
	labPrograms = []string{"snap/amazon-ssm-agent/current/amazon-ssm-agent", "usr/bin/amazon-ssm-agent"}
	labDropIn   = "etc/systemd/system/" + lab.AgentUnit + ".d/proxy.conf"

	snapVersion     = regexp.MustCompile(`(?m)^version: (.+)$`)
	programVersion  = regexp.MustCompile(`SSM Agent version: ([0-9.]+)TooManyRequests`)
	unitEnvironment = regexp.MustCompile(`(?m)^Environment="(.*)"$`)
)

// nodeOf converts a world's node to Windows: its agent is a service, with the environment
// of the unit's drop-in in the registry.
func nodeOf(w *lab.World, dir string) (windowsNode, error) {
	n := newNode()
	f := w.Node.Files
	for _, program := range labPrograms {
		data := w.Node.Special[program].Data
		if f[program] == "" && data == nil {
			continue
		}
		if data == nil {
			data = []byte(f[program])
		}
		a := installedAgent{data: data}
		if m := snapVersion.FindStringSubmatch(f["snap/amazon-ssm-agent/current/meta/snap.yaml"]); m != nil {
			a.version = m[1]
		}
		if m := programVersion.FindSubmatch(data); m != nil {
			a.version = string(m[1])
		}
		for name := range f {
			a.running = a.running || strings.HasSuffix(name, "amazon-ssm-agent.service/cgroup.procs")
		}
		for _, m := range unitEnvironment.FindAllStringSubmatch(f[labDropIn], -1) {
			a.environment = append(a.environment, strings.ReplaceAll(m[1], "%%", "%"))
		}
		return n, n.install(a, dir)
	}
	return n, nil
}
