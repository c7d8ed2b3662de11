package netns

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// A namespace is a network namespace that exists as long as this process.
type namespace struct{ file *os.File }

// newNamespace creates a network namespace. This process stays in its own.
func newNamespace() (*namespace, error) {
	n := &namespace{}
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return os.NewSyscallError("unshare", err)
		}
		var err error
		n.file, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	return n, err
}

// do calls f inside the namespace. The sockets it opens and the processes it starts
// stay there.
func (n *namespace) do(f func() error) error {
	return onThread(func() error {
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			return os.NewSyscallError("setns", err)
		}
		return f()
	})
}

// onThread calls f on a thread of its own, which then ends.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		// Not unlocked: the thread ends with the goroutine, so no other goroutine
		// runs in a namespace that f entered.
		runtime.LockOSThread()
		done <- f()
	}()
	return <-done
}

// ip runs a list of `ip` commands. The files are its descriptors from 3 on.
func ip(commands []string, files ...*os.File) error {
	return feed(strings.Join(commands, "\n")+"\n", files, "ip", "-batch", "-")
}

// feed runs a program with a text as its standard input.
func feed(text string, files []*os.File, name string, args ...string) error {
	c := exec.Command(name, args...)
	var out bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr, c.ExtraFiles = strings.NewReader(text), &out, &out, files
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(out.String()))
	}
	return nil
}

// The interfaces of the node and of the world, and the wire's ends.
const (
	nodeLink      = "eth0"
	worldLink     = "world0"
	wireNodeLink  = "wire0"
	wireWorldLink = "wire1"
)

// connectNear creates the interfaces of both namespaces, each with an end for the
// wire. It is called in the world's namespace.
func connectNear(node *namespace) (wire, error) {
	err := ip([]string{
		"link add " + worldLink + " type veth peer name " + wireWorldLink,
		"link add " + nodeLink + " type veth peer name " + wireNodeLink,
		"link set " + wireNodeLink + " arp off addrgenmode none up",
		"link set " + wireWorldLink + " arp off addrgenmode none up",
		"link set " + nodeLink + " netns /proc/self/fd/3",
	}, node.file)
	if err != nil {
		return wire{}, err
	}
	return openWire()
}

// address configures the addresses and routes of both namespaces. It is called in
// the world's.
func address(w *lab.World, node *namespace) error {
	gateway := netip.PrefixFrom(w.Node.Gateway, w.Node.Address.Bits())
	// The kernel must not merge segments, so that the wire sees each packet.
	single := " gso_max_segs 1"
	world := []string{
		"link set lo up",
		"link set " + worldLink + " addrgenmode none up" + single,
		"addr add " + gateway.String() + " dev " + worldLink,
		// Every other address is the world's own.
		"route add local 0.0.0.0/0 dev lo",
	}
	for _, n := range w.Nameservers {
		if n.Engine != "" && !n.Loopback {
			// BIND and dnsmasq listen only on addresses of an interface.
			world = append(world, "addr add "+netip.PrefixFrom(n.Address, 32).String()+" dev lo")
		}
	}
	if err := ip(world); err != nil {
		return err
	}
	commands := []string{
		"link set lo up",
		"link set " + nodeLink + " addrgenmode none up" + single,
		"addr add " + w.Node.Address.String() + " dev " + nodeLink,
	}
	if w.Node.IPv6.IsValid() {
		commands = append(commands, "addr add "+w.Node.IPv6.String()+" dev "+nodeLink+" nodad")
	}
	for _, r := range w.Node.Rules {
		commands = append(commands, "rule add "+r)
	}
	for _, r := range w.Node.Routes {
		if r.Kind == lab.ViaGateway {
			commands = append(commands, "route add "+r.To.String()+" via "+w.Node.Gateway.String())
		} else {
			commands = append(commands, "route add "+string(r.Kind)+" "+r.To.String())
		}
	}
	for _, a := range w.Node.Further {
		commands = append(commands, "addr add "+a.String()+" dev "+nodeLink)
	}
	for _, r := range w.Node.Tables {
		commands = append(commands, "route add "+r)
	}
	for _, l := range w.Node.Interfaces {
		if l.Kind == lab.Bridge {
			commands = append(commands, "link add "+l.Name+" type bridge")
		}
		commands = append(commands, "link set "+l.Name+" addrgenmode none up", "addr add "+l.Address.String()+" dev "+l.Name)
		for _, to := range l.Routes {
			commands = append(commands, "route add "+to.String()+" dev "+l.Name)
		}
	}
	return node.do(func() error {
		for _, l := range w.Node.Interfaces {
			if l.Kind != lab.TUN {
				continue
			}
			if err := swallow(l.Name); err != nil {
				return err
			}
		}
		if err := ip(commands); err != nil {
			return err
		}
		if rules := firewall(w.Node.Firewall, w.Node.Input); rules != "" {
			return feed(rules, nil, "nft", "-f", "-")
		}
		return nil
	})
}

// swallow creates a TUN device whose packets are lost, for as long as this process
// runs.
func swallow(name string) error {
	t, err := openTUN(name)
	if err != nil {
		return err
	}
	go func() { _, _ = io.Copy(io.Discard, t.file) }()
	return nil
}

// firewall returns the node's rules in nftables' language.
func firewall(output, input []lab.FirewallRule) string {
	if len(output)+len(input) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("table ip lab {\nchain output {\ntype filter hook output priority 0; policy accept;\n")
	for _, r := range output {
		rule(&b, r, "oif", "daddr", "dport")
	}
	b.WriteString("}\nchain input {\ntype filter hook input priority 0; policy accept;\n")
	for _, r := range input {
		rule(&b, r, "iif", "saddr", "sport")
	}
	b.WriteString("}\n}\n")
	return b.String()
}

// rule writes a rule, with nftables' keywords for its direction.
func rule(b *strings.Builder, r lab.FirewallRule, link, address, port string) {
	to := ""
	if r.To.IsValid() {
		to = "ip " + address + " " + r.To.String() + " "
	}
	verdict := "drop"
	if r.Reject {
		verdict = "reject"
	}
	if r.Reject && r.With != "" {
		verdict += " with " + r.With
	}
	for _, network := range []string{"tcp", "udp"} {
		if r.Network != "" && r.Network != network {
			continue
		}
		at := ""
		if r.Port != 0 {
			at = fmt.Sprintf("%s %s %d ", network, port, r.Port)
		}
		fmt.Fprintf(b, "%s != \"lo\" %smeta l4proto %s %s%s\n", link, to, network, at, verdict)
	}
}
