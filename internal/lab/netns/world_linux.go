package netns

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// World owns the namespaces: it creates the network, runs its servers, runs the
// command on the node and returns its exit status. The process that calls it is in
// namespaces of its own.
func World(ctx context.Context, s lab.Scenario, command []string) (int, error) {
	return runWorld(ctx, s, connectNear, command)
}

// runWorld is World with the function that connects the namespaces.
func runWorld(ctx context.Context, s lab.Scenario, connect func(*namespace) (wire, error), command []string) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	if err := prepareMounts(); err != nil {
		return 0, err
	}
	node, err := newNamespace()
	if err != nil {
		return 0, err
	}
	c, orders, err := startNode(node, command)
	if err != nil {
		return 0, err
	}
	defer passSignals(c)()
	w := s.World()
	p, err := startWorld(ctx, w, node, connect, dir)
	if err == nil {
		err = json.NewEncoder(orders).Encode(p)
	}
	if e := orders.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = c.Process.Kill()
		_ = c.Wait()
		return 0, err
	}
	status, err := exitStatus(c.Wait())
	if err == nil && os.Getenv(StrictVariable) != "" {
		err = w.Misused()
	}
	return status, err
}

// startWorld creates the network and starts its servers.
func startWorld(ctx context.Context, w *lab.World, node *namespace, connect func(*namespace) (wire, error), dir string) (plan, error) {
	between, err := connect(node)
	if err != nil {
		return plan{}, err
	}
	between.start(ctx, w)
	if err := address(w, node); err != nil {
		return plan{}, err
	}
	r, err := lab.Serve(ctx, w, mount(node))
	if err != nil {
		return plan{}, err
	}
	if err := startEngines(w, r, node); err != nil {
		return plan{}, err
	}
	store, err := r.TrustStore()
	if err != nil {
		return plan{}, err
	}
	return planFor(w, store, os.Environ(), dir), nil
}

// mount opens the servers' sockets at their real addresses; those of servers on the
// node, in its namespace.
func mount(node *namespace) lab.Mount {
	in := func(loopback bool, open func() error) error {
		if loopback {
			return node.do(open)
		}
		return open()
	}
	return lab.Mount{
		Listen: func(at netip.AddrPort, loopback bool) (l net.Listener, err error) {
			err = in(loopback, func() (err error) { l, err = net.Listen("tcp4", at.String()); return err })
			return l, err
		},
		ListenPacket: func(at netip.AddrPort, loopback bool) (c net.PacketConn, err error) {
			err = in(loopback, func() (err error) { c, err = net.ListenPacket("udp4", at.String()); return err })
			return c, err
		},
		Dial: func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, to.String())
		},
		External: true,
	}
}

// startNode starts the process that becomes the command. It waits for its plan,
// which the caller writes to the returned file.
func startNode(node *namespace, command []string) (*exec.Cmd, *os.File, error) {
	r, orders, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	c := exec.Command("/proc/self/exe", append([]string{NodeCommand, "--"}, command...)...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.ExtraFiles = []*os.File{r}
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWUTS}
	if err := node.do(c.Start); err != nil {
		orders.Close()
		return nil, nil, fmt.Errorf("node: %w", err)
	}
	return c, orders, nil
}
