package netns

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// startTime limits how long a program takes until it listens.
const startTime = 30 * time.Second

// startEngines starts the programs that act as servers of the world, and waits until
// each of them listens.
func startEngines(w *lab.World, r *lab.Running, node *namespace) error {
	var ready []func() error
	for _, n := range w.Nameservers {
		if n.Engine == "" {
			continue
		}
		e, err := newEngine(n)
		if err != nil {
			return err
		}
		in := func(f func() error) error { return f() }
		if n.Loopback {
			in = node.do
		}
		if err := in(e.start); err != nil {
			return err
		}
		ready = append(ready, func() error { return in(e.await) })
	}
	for _, p := range w.Proxies {
		if p.Engine == "" {
			continue
		}
		e, err := newProxy(p, r)
		if err != nil {
			return err
		}
		if err := e.start(); err != nil {
			return err
		}
		ready = append(ready, e.await)
	}
	for _, f := range ready {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// An engine is a program that acts as a server of the world.
type engine struct {
	name    string
	args    []string
	at      netip.AddrPort
	out     bytes.Buffer
	command *exec.Cmd
	// unprivileged: the program runs as another user than root.
	unprivileged bool
	ended        chan error
}

// newEngine writes the configuration of a nameserver's program.
func newEngine(n *lab.Nameserver) (*engine, error) {
	dir := filepath.Join(workDir, string(n.Engine)+"-"+n.Address.String())
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "conf")
	e := &engine{name: string(n.Engine), at: netip.AddrPortFrom(n.Address, 53), ended: make(chan error, 1)}
	var text string
	switch n.Engine {
	case lab.Unbound:
		text, e.args = unboundConfig(n, dir), []string{"-d", "-c", file}
	case lab.BIND:
		text, e.args = bindConfig(n, dir), []string{"-f", "-c", file}
	case lab.Dnsmasq:
		text, e.args = dnsmasqConfig(n), []string{"--keep-in-foreground", "--conf-file=" + file}
		e.unprivileged = true
	default:
		return nil, fmt.Errorf("the lab knows no program %q", n.Engine)
	}
	return e, os.WriteFile(file, []byte(text), 0o644)
}

func (e *engine) start() error {
	if e.unprivileged {
		// Let it listen on port 53.
		if err := os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0); err != nil {
			return err
		}
	}
	path, err := lookProgram(e.name)
	if err != nil {
		return err
	}
	e.command = exec.Command(path, e.args...)
	e.command.Stdout, e.command.Stderr = &e.out, &e.out
	if e.unprivileged {
		// In a user namespace of its own it is another user, without the right to
		// change users.
		const user = 65534
		e.command.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: 0, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: 0, Size: 1}},
		}
	}
	if err := e.command.Start(); err != nil {
		return err
	}
	go func() { e.ended <- e.command.Wait() }()
	return nil
}

// await waits until the program listens.
func (e *engine) await() error {
	for began := time.Now(); time.Since(began) < startTime; {
		c, err := net.DialTimeout("tcp", e.at.String(), time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case err := <-e.ended:
			return fmt.Errorf("%s ended: %w: %s", e.name, err, strings.TrimSpace(e.out.String()))
		case <-time.After(5 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s does not listen at %s after %s", e.name, e.at, startTime)
}

// lookProgram finds a program in PATH, and in the directories of root's PATH.
func lookProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin"} {
		p := filepath.Join(dir, name)
		if unix.Access(p, unix.X_OK) == nil {
			return p, nil
		}
	}
	return "", err
}

// Missing returns the programs that are not installed.
func Missing(programs []string) []string {
	var missing []string
	for _, p := range programs {
		if _, err := lookProgram(p); err != nil {
			missing = append(missing, p)
		}
	}
	return missing
}
