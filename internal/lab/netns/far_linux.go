package netns

import (
	"context"
	"encoding/binary"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// RunFar is Run with a round-trip time to the world. The wire then connects two TUN
// devices, which needs neither the kernel's netem nor neighbour discovery, but
// a /dev/net/tun that this user may open.
func RunFar(ctx context.Context, s lab.Scenario, rtt time.Duration, command []string) (int, error) {
	return run(ctx, append([]string{WorldCommand, "--" + RTTFlag, rtt.String(), s.Name, "--"}, command...))
}

// WorldFar is World with a round-trip time to all but link-local addresses.
func WorldFar(ctx context.Context, s lab.Scenario, rtt time.Duration, command []string) (int, error) {
	return runWorld(ctx, s, func(node *namespace) (wire, error) { return connectFar(node, rtt) }, command)
}

// connectFar creates a TUN device in each namespace. It is called in the world's.
func connectFar(node *namespace, rtt time.Duration) (wire, error) {
	b, err := openTUN(worldLink)
	if err != nil {
		return wire{}, err
	}
	var a tun
	if err := node.do(func() (err error) { a, err = openTUN(nodeLink); return err }); err != nil {
		b.Close()
		return wire{}, err
	}
	return wire{a, b, func(frame []byte) time.Duration {
		if local(frame) {
			return 0
		}
		return rtt / 2
	}}, nil
}

// local reports whether a frame is for or from a link-local address: on EC2 the
// instance's own host answers there.
func local(frame []byte) bool {
	p, ok := parse(frame[etherLen:])
	linkLocal := netip.Addr.IsLinkLocalUnicast
	return ok && (linkLocal(p.from.Addr()) || linkLocal(p.to.Addr()))
}

// A tun is a TUN device whose packets are read and written as frames, with the
// headers that the wire expects.
type tun struct{ file *os.File }

const tunHead = virtioLen + etherLen

func openTUN(name string) (tun, error) {
	const device = "/dev/net/tun"
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return tun{}, &os.PathError{Op: "open", Path: device, Err: err}
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		unix.Close(fd)
		return tun{}, os.NewSyscallError("TUNSETIFF "+name, err)
	}
	// The poller accepts it only now that it is an interface.
	return tun{os.NewFile(uintptr(fd), device)}, nil
}

func (t tun) Read(frame []byte) (int, error) {
	n, err := t.file.Read(frame[tunHead:])
	if err != nil {
		return 0, err
	}
	clear(frame[:tunHead])
	if frame[tunHead]>>4 == 4 {
		binary.BigEndian.PutUint16(frame[tunHead-2:], etherIPv4)
	}
	return tunHead + n, nil
}

func (t tun) Write(frame []byte) (int, error) {
	n, err := t.file.Write(frame[tunHead:])
	return tunHead + n, err
}

func (t tun) Close() error { return t.file.Close() }
