package probe

import (
	"context"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"runtime"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What a Prober uses where its fields are nil or zero: the real network and
// the real node.

func (p *Prober) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if p.Dial != nil {
		return p.Dial(ctx, network, address)
	}
	return dialBy(ctx, net.Dialer{}, network, address)
}

func (p *Prober) files() fs.FS {
	if p.Files != nil {
		return p.Files
	}
	return os.DirFS(rootDirectory())
}

// system names the operating system whose files and paths are looked for. A
// Prober that was given a root reads it as that of a Linux node, wherever it
// runs itself: the calls that only a real system answers are then not made.
func (p *Prober) system() string {
	if p.Files != nil {
		return "linux"
	}
	return runtime.GOOS
}

// shown gives a name within Files as a person knows it, and as it may be shown:
// some names come from a setting.
func (p *Prober) shown(name string) string {
	if p.Files != nil {
		return observation.HidePath("/" + name)
	}
	return observation.HidePath(systemPath(name))
}

func (p *Prober) getenv(name string) string {
	if p.Getenv != nil {
		return p.Getenv(name)
	}
	return os.Getenv(name)
}

func (p *Prober) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

func (p *Prober) timeout() time.Duration {
	if p.Timeout > 0 {
		return p.Timeout
	}
	return DefaultTimeout
}

func (p *Prober) userAgent() string {
	if p.UserAgent != "" {
		return p.UserAgent
	}
	return "ssmcheck"
}

// systemInterfaces gives the system's interfaces with their addresses, without
// loopback and without those that are down.
func systemInterfaces() ([]observation.Interface, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var all []observation.Interface
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		out := observation.Interface{Name: i.Name}
		for _, a := range addresses {
			n, ok := a.(*net.IPNet)
			if !ok {
				continue
			}
			ip, ok := netip.AddrFromSlice(n.IP)
			if !ok {
				continue
			}
			ones, _ := n.Mask.Size()
			out.Addresses = append(out.Addresses, netip.PrefixFrom(ip.Unmap(), ones))
		}
		all = append(all, out)
	}
	return all, nil
}
