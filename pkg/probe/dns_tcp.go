package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxStreamed bounds an answer over TCP, in bytes. That of a name of AWS has
// some hundreds.
const maxStreamed = 32 << 10

// askTCP asks one question on a TCP connection of its own.
func (x *exchanger) askTCP(ctx context.Context, name string, qtype uint16) observation.Answer {
	return x.askOverTCP(ctx, newQuestion(name, qtype))
}

func (x *exchanger) askOverTCP(ctx context.Context, msg *dns.Msg) (a observation.Answer) {
	x.p.awake(ctx, func(ctx context.Context) *observation.Failure {
		a = x.eachTry(msg, func() observation.Answer { return x.askTCPOnce(ctx, msg) })
		return a.Failure
	})
	return a
}

func (x *exchanger) askTCPOnce(ctx context.Context, msg *dns.Msg) observation.Answer {
	a := unanswered(msg, "tcp")
	if !x.p.questions.take() {
		a.Failure = tooMany()
		return a
	}
	release, failure := x.p.sockets.take(ctx, observation.OpLookup)
	if failure != nil {
		a.Failure = failure
		return a
	}
	defer release()
	a.Sent = 1
	read := a
	a.Elapsed, a.Failure = x.p.attempt(ctx, observation.OpLookup, func(ctx context.Context) error {
		conn, err := x.p.dial(ctx, "tcp", x.addr.String())
		if rejected, ok := errors.AsType[*icmpError](err); ok {
			a.ICMP = &rejected.message
		}
		if err != nil {
			return err
		}
		defer conn.Close()
		defer closeWith(ctx, conn)()
		if err := (&dns.Conn{Conn: conn}).WriteMsg(msg); err != nil {
			return err
		}
		b, err := readStreamed(conn)
		if err != nil {
			return err
		}
		x.heard.Store(true)
		x.unpacking.Lock()
		defer x.unpacking.Unlock()
		got, ok := unpack(b)
		if !ok || got.Id != msg.Id || mismatch(msg, got) != "" {
			return &observation.Failure{Op: observation.OpLookup, Kind: observation.KindMalformed, Text: errNoAnswer.Error()}
		}
		readAnswer(&read, got)
		return nil
	})
	if a.Failure == nil {
		read.Elapsed = a.Elapsed
		return read
	}
	return a
}

// readStreamed reads one message, which has its length before it.
func readStreamed(r io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(length[:]))
	if n > maxStreamed {
		return nil, &observation.Failure{Op: observation.OpLookup, Kind: observation.KindTooLarge, Text: "an answer of " + strconv.Itoa(n) + " bytes, which is more than is read"}
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}
