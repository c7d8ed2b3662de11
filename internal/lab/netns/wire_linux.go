package netns

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// nearDelay is how long a packet needs one way, where no other distance is
// asked for. It makes an answer from far away distinguishable from one of the
// node's own.
const nearDelay = time.Millisecond

// virtioLen is the length of the header before each frame (struct
// virtio_net_hdr), which says what the kernel has left to do for the frame:
// its checksum. It is handed over as it came.
const virtioLen = 10

// A wire carries frames between its two ends, which read and write one a call,
// with virtio's header before it.
type wire struct {
	node, world io.ReadWriteCloser
	// delay is how long a packet needs one way, with the network's part of a
	// frame given.
	delay func(frame []byte) time.Duration
}

// start carries frames until the context ends.
func (w wire) start(ctx context.Context, world *lab.World) {
	context.AfterFunc(ctx, func() { w.node.Close(); w.world.Close() })
	toWorld, toNode := newRoad(w.world), newRoad(w.node)
	way := way{world}
	go w.carry(w.node, toWorld, toNode, way.fromNode)
	go w.carry(w.world, toNode, toWorld, way.fromWorld)
}

// A sent is a frame on its way.
type sent struct {
	frame []byte
	due   time.Time
}

// carry reads frames, and puts those that pass on the way, with answers to
// others on the way back.
func (w wire) carry(from io.Reader, on, back road, judge func([]byte) verdict) {
	buf := make([]byte, 1<<17)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if n < virtioLen {
			continue
		}
		v := judge(buf[virtioLen:n])
		delay := w.delay(buf[virtioLen:n])
		if v.pass {
			on.send(append([]byte(nil), buf[:n]...), delay)
		}
		if v.answer != nil {
			if v.atOnce {
				delay = 0
			}
			back.send(append(make([]byte, virtioLen), v.answer...), 2*delay)
		}
	}
}

// A road leads to one end of the wire. What needs no time does not wait behind
// what does.
type road struct {
	to   io.Writer
	slow chan sent
}

func newRoad(to io.Writer) road {
	r := road{to, make(chan sent, 4096)}
	go func() {
		for s := range r.slow {
			time.Sleep(time.Until(s.due))
			_, _ = to.Write(s.frame)
		}
	}()
	return r
}

// send writes a frame when it is due. Frames keep their order.
func (r road) send(frame []byte, delay time.Duration) {
	if delay == 0 {
		_, _ = r.to.Write(frame)
		return
	}
	r.slow <- sent{frame, time.Now().Add(delay)}
}

// openWire opens the two interfaces that `connect` left for the wire.
func openWire() (wire, error) {
	a, err := openInterface(wireNodeLink)
	if err != nil {
		return wire{}, err
	}
	b, err := openInterface(wireWorldLink)
	if err != nil {
		a.Close()
		return wire{}, err
	}
	return wire{a, b, func([]byte) time.Duration { return nearDelay }}, nil
}

// openInterface gives every frame that arrives at an interface.
func openInterface(name string) (*os.File, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	fail := func(fd int, what string, err error) (*os.File, error) {
		unix.Close(fd)
		return nil, fmt.Errorf("wire: %s: %s: %w", name, what, err)
	}
	const all = unix.ETH_P_ALL
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1); err != nil {
		return fail(fd, "PACKET_VNET_HDR", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
		return fail(fd, "PACKET_IGNORE_OUTGOING", err)
	}
	// An interface that came up before its other end drops what is queued
	// for it until the kernel has looked at it again, up to a second later.
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		return fail(fd, "PACKET_QDISC_BYPASS", err)
	}
	big := make([]byte, 2)
	binary.BigEndian.PutUint16(big, all)
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: binary.NativeEndian.Uint16(big), Ifindex: i.Index}); err != nil {
		return fail(fd, "bind", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}
