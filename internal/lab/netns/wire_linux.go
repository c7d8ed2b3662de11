package netns

import (
	"bytes"
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

// nearDelay is the one-way delay of a packet unless --rtt is given. It makes an
// answer from the network distinguishable from one of the node itself.
const nearDelay = time.Millisecond

// virtioLen is the length of the header before each frame (struct virtio_net_hdr),
// which says what the kernel has yet to do for the frame: its checksum. The wire
// copies it unchanged.
const virtioLen = 10

// A wire carries frames between its two ends. Each call reads or writes one frame,
// with virtio's header before it.
type wire struct {
	node, world io.ReadWriteCloser
	// delay returns the one-way delay of a frame, given without virtio's header.
	delay func(frame []byte) time.Duration
}

// start carries frames until the context ends.
func (w wire) start(ctx context.Context, world *lab.World) {
	context.AfterFunc(ctx, func() { w.node.Close(); w.world.Close() })
	toWorld, toNode := newRoad(w.world), newRoad(w.node)
	go w.carry(w.node, toWorld, toNode, func(frame []byte) verdict { return fromNode(world, frame) })
	go w.carry(w.world, toNode, toWorld, func(frame []byte) verdict { return fromWorld(world, frame) })
}

// A sent is a delayed frame.
type sent struct {
	frame []byte
	due   time.Time
}

// carry reads frames, sends on those that pass, and sends back the answers to
// those that do not.
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
			on.send(bytes.Clone(buf[:n]), delay)
		}
		if v.answer != nil {
			if v.atOnce {
				delay = 0
			}
			back.send(append(make([]byte, virtioLen), v.answer...), 2*delay)
		}
	}
}

// A road leads to one end of the wire. Frames without delay overtake the delayed
// ones.
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

// send writes a frame after the delay. Frames with the same delay keep their order.
func (r road) send(frame []byte, delay time.Duration) {
	if delay == 0 {
		_, _ = r.to.Write(frame)
		return
	}
	r.slow <- sent{frame, time.Now().Add(delay)}
}

// openWire opens the two interfaces that connectNear made for the wire.
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

// openInterface opens an interface to read and write its frames.
func openInterface(name string) (*os.File, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	for _, option := range []int{
		unix.PACKET_VNET_HDR,
		unix.PACKET_IGNORE_OUTGOING,
		// An interface that came up before its peer would drop queued frames until
		// the kernel checks it again, up to a second later.
		unix.PACKET_QDISC_BYPASS,
	} {
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, option, 1); err != nil {
			unix.Close(fd)
			return nil, fmt.Errorf("wire: %s: packet option %d: %w", name, option, err)
		}
	}
	networkOrder := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: networkOrder, Ifindex: i.Index}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("wire: %s: bind: %w", name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}
