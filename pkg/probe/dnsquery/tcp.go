package dnsquery

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// maxStreamed limits an answer over TCP, in bytes. One for an AWS name has a
// few hundred.
const maxStreamed = 32 << 10

// AskTCP sends one query on a TCP connection of its own.
func (x *Client) AskTCP(ctx context.Context, msg *dns.Msg) (a observation.Answer) {
	x.p.RetryAfterPause(ctx, func(ctx context.Context) *observation.Failure {
		a = x.eachTry(msg, func() observation.Answer { return x.askTCPOnce(ctx, msg) })
		return a.Failure
	})
	return a
}

func (x *Client) askTCPOnce(ctx context.Context, msg *dns.Msg) observation.Answer {
	a := unanswered(msg, "tcp")
	if !x.questions.take() {
		a.Failure = tooMany()
		return a
	}
	release, failure := x.p.Sockets.Acquire(ctx, observation.OpLookup)
	if failure != nil {
		a.Failure = failure
		return a
	}
	defer release()
	a.Sent = 1
	read := a
	a.Elapsed, a.Failure = x.p.Do(ctx, observation.OpLookup, func(ctx context.Context) error {
		conn, err := x.p.DialContext(ctx, "tcp", x.Addr.String())
		if rejected, ok := errors.AsType[*attempt.ICMPError](err); ok {
			a.ICMP = &rejected.Message
		}
		if err != nil {
			return err
		}
		defer conn.Close()
		defer attempt.CloseWith(ctx, conn)()
		if err := (&dns.Conn{Conn: conn}).WriteMsg(msg); err != nil {
			return err
		}
		b, err := readStreamed(conn)
		if err != nil {
			return err
		}
		x.Heard.Store(true)
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

// readStreamed reads one message with its length prefix.
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
