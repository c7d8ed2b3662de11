// Package dnsquery queries one nameserver, and looks names up as the system
// does. It chooses neither servers nor names, and draws no conclusions from the
// answers.
package dnsquery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// udpSize is the UDP size that we announce, as Go's resolver does: it fits
// every path that carries IPv6.
const udpSize = 1232

// maxDatagram is the largest datagram that is read: some servers send more than
// we announced, but none more than this.
const maxDatagram = 4096

// errNoAnswer is the failure of a query that received only bytes that answer
// something else.
var errNoAnswer = errors.New("what came is no answer to the question")

// A Client queries one nameserver, over a single UDP socket: sixty source ports
// at once look like an attack to the server, and the node may have few to
// spare. One socket per query would also cost a run of 28 queries 1.4 ms more
// processor time per server (measured on loopback with dns.Client, 3.3 instead
// of 1.9 ms), and dns.Client neither retransmits nor reports what it discarded.
type Client struct {
	p         *attempt.Runner
	questions *Budget
	Addr      netip.AddrPort
	Conn      net.Conn
	reading   attempt.TaskGroup
	// UseTCP: every query goes over TCP, as on this system.
	UseTCP bool
	// tries is how often a query is made if no answer comes within its time; a late
	// answer to an earlier try no longer counts. 0: once.
	tries int
	// Heard: something, whatever it was, came back from the server.
	Heard atomic.Bool

	mu      sync.Mutex
	waiting map[uint16]*question
	// over are the queries that no longer wait for an answer.
	over map[uint16]*dns.Msg

	// unpacking is held while a message from TCP is unpacked: its names can take a
	// hundred times its size.
	unpacking sync.Mutex
}

// A question is a query that waits for its answer.
type question struct {
	msg *dns.Msg
	got chan received

	mu        sync.Mutex
	discarded []string
}

type received struct {
	msg *dns.Msg
	err error
}

// Dial opens the socket. Connecting it sends nothing: a failure comes from the
// routing table.
func Dial(ctx context.Context, p *attempt.Runner, q *Budget, addr netip.AddrPort) (*Client, *observation.Failure) {
	release, failure := p.Sockets.Acquire(ctx, observation.OpConnect)
	if failure != nil {
		return nil, failure
	}
	var x *Client
	_, failure = p.Do(ctx, observation.OpConnect, func(ctx context.Context) error {
		conn, err := p.DialContext(ctx, "udp", addr.String())
		if err != nil {
			return err
		}
		x = &Client{p: p, questions: q, Addr: addr, Conn: &attempt.BudgetedConn{Conn: conn, Release: release}, waiting: make(map[uint16]*question), over: make(map[uint16]*dns.Msg)}
		x.reading.Go(x.read)
		return nil
	})
	if failure != nil {
		release()
	}
	return x, failure
}

// Close closes the socket, which ends the reader.
func (x *Client) Close() {
	_ = x.Conn.Close()
	x.reading.Wait()
}

// read passes every datagram to the question that it answers, until the socket
// is closed.
func (x *Client) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := x.Conn.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		x.Heard.Store(true)
		if err != nil {
			// An ICMP message says that nothing listens there, which affects all queries.
			x.fail(err)
			if !attempt.FailureOf(observation.OpLookup, err).Of(observation.KindConnectionRefused, observation.KindHostUnreachable, observation.KindProhibited, observation.KindNotPermitted, observation.KindNoRoute) {
				return
			}
			continue
		}
		x.deliver(buf[:n])
	}
}

func (x *Client) deliver(packet []byte) {
	if len(packet) > maxDatagram {
		x.discard(fmt.Sprintf("%d bytes, which is more than was asked for", len(packet)))
		return
	}
	msg, ok := unpack(packet)
	if !ok {
		x.discard(fmt.Sprintf("%d bytes that are no DNS message", len(packet)))
		return
	}
	x.mu.Lock()
	q, earlier := x.waiting[msg.Id], x.over[msg.Id]
	x.mu.Unlock()
	if q == nil && earlier != nil && mismatch(earlier, msg) == "" {
		return // late, or in reply to the retransmission
	}
	if q == nil {
		x.discard("an answer with another id")
		return
	}
	if why := mismatch(q.msg, msg); why != "" {
		q.discard(why)
		return
	}
	select {
	case q.got <- received{msg: msg}:
	default: // the second answer, to the retransmission
	}
}

// unpack parses a packet. Bytes that make the parser panic are not DNS either.
func unpack(packet []byte) (msg *dns.Msg, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	msg = new(dns.Msg)
	return msg, msg.Unpack(packet) == nil
}

func (x *Client) fail(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, q := range x.waiting {
		select {
		case q.got <- received{err: err}:
		default:
		}
	}
}

// discard records with every open question that a datagram answered none of
// them.
func (x *Client) discard(why string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, q := range x.waiting {
		q.discard(why)
	}
}

func (q *question) discard(why string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.discarded) < 8 && !slices.Contains(q.discarded, why) {
		q.discarded = append(q.discarded, why)
	}
}

func (q *question) notes() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.discarded)
}

// mismatch says why in does not answer q. Empty: it does.
func mismatch(q, in *dns.Msg) string {
	switch {
	case !in.Response:
		return "a question in place of an answer"
	case len(in.Question) == 0 && in.Rcode != dns.RcodeSuccess:
		return "" // some servers leave the question out of a refusal
	case len(in.Question) != 1:
		return "an answer without its question"
	case dns.CanonicalName(in.Question[0].Name) != dns.CanonicalName(q.Question[0].Name):
		return "an answer for another name"
	case in.Question[0].Qtype != q.Question[0].Qtype:
		return "an answer of another type"
	}
	return ""
}

// Ask sends one query as this system does: over UDP with one retransmission,
// and again over TCP if the answer is truncated; or over TCP only.
func (x *Client) Ask(ctx context.Context, name string, qtype uint16) observation.Answer {
	return x.ask(ctx, NewQuestion(name, qtype))
}

func (x *Client) ask(ctx context.Context, msg *dns.Msg) observation.Answer {
	if x.UseTCP {
		return x.AskTCP(ctx, msg)
	}
	return x.AskUDP(ctx, msg)
}

// AskBothFamilies queries a host's IPv4 and IPv6 addresses at once.
func (x *Client) AskBothFamilies(ctx context.Context, host string) (a, aaaa observation.Answer) {
	var second attempt.TaskGroup
	defer second.Wait()
	second.Go(func() {
		attempt.GrowForQuestion()
		aaaa = x.Ask(ctx, host, dns.TypeAAAA)
	})
	attempt.GrowForQuestion()
	a = x.Ask(ctx, host, dns.TypeA)
	return
}

// AskUDP sends a query over UDP, whatever this system does.
func (x *Client) AskUDP(ctx context.Context, msg *dns.Msg) (a observation.Answer) {
	sent := 0
	x.p.RetryAfterPause(ctx, func(ctx context.Context) *observation.Failure {
		a = x.eachTry(msg, func() observation.Answer { return x.askOnce(ctx, msg) })
		a.Sent += sent
		sent = a.Sent
		return a.Failure
	})
	return a
}

func (x *Client) askOnce(ctx context.Context, msg *dns.Msg) observation.Answer {
	a := unanswered(msg, "udp")
	var got *dns.Msg
	a.Elapsed, a.Failure = x.p.Do(ctx, observation.OpLookup, func(ctx context.Context) (err error) {
		got, err = x.overUDP(ctx, msg, &a)
		return err
	})
	if a.Failure != nil {
		if a.Failure.Kind == observation.KindTimeout && len(a.Discarded) > 0 {
			a.Failure = &observation.Failure{Op: observation.OpLookup, Kind: observation.KindMalformed, Text: errNoAnswer.Error()}
		}
		return a
	}
	if got.Truncated {
		over := x.askTCPOnce(ctx, msg)
		over.Truncated, over.Sent = true, a.Sent+over.Sent
		over.Elapsed += a.Elapsed
		return over
	}
	readAnswer(&a, got)
	return a
}

// overUDP sends msg, again after a third of the time, and waits.
func (x *Client) overUDP(ctx context.Context, msg *dns.Msg, a *observation.Answer) (*dns.Msg, error) {
	q, err := x.enlist(msg)
	if err != nil {
		return nil, err
	}
	defer func() {
		x.mu.Lock()
		delete(x.waiting, msg.Id)
		x.over[msg.Id] = msg
		x.mu.Unlock()
		a.Discarded = q.notes()
	}()
	packet, err := msg.Pack()
	if err != nil {
		return nil, err
	}
	again := time.NewTimer(RetransmitAfter(x.p.Limit()))
	defer again.Stop()
	send := func() error {
		a.Sent++
		_, err := x.Conn.Write(packet)
		return err
	}
	if !x.questions.take() {
		return nil, tooMany()
	}
	if err := send(); err != nil {
		return nil, err
	}
	for {
		select {
		case r := <-q.got:
			return r.msg, r.err
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-again.C: // once
			if !x.questions.take() {
				continue
			}
			if err := send(); err != nil {
				return nil, err
			}
		}
	}
}

// RetransmitAfter is when a query is sent again: soon enough that a lost packet
// does not cost the attempt.
func RetransmitAfter(timeout time.Duration) time.Duration { return min(time.Second, timeout/3) }

// enlist registers a query under an id that no open one has.
func (x *Client) enlist(msg *dns.Msg) (*question, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for range 16 {
		if _, taken := x.waiting[msg.Id]; !taken {
			q := &question{msg: msg, got: make(chan received, 1)}
			x.waiting[msg.Id] = q
			return q, nil
		}
		msg.Id = dns.Id()
	}
	return nil, errors.New("no free DNS message id")
}

// unanswered is a query's answer before one has arrived.
func unanswered(msg *dns.Msg, transport string) observation.Answer {
	q := msg.Question[0]
	name := q.Name
	if q.Qtype != dns.TypeNS { // hosts have no final dot in observations
		name = strings.TrimSuffix(name, ".")
	}
	return observation.Answer{Name: name, Type: dns.TypeToString[q.Qtype], Transport: transport}
}

func NewQuestion(name string, qtype uint16) *dns.Msg {
	msg := new(dns.Msg)
	msg.SetQuestion(dns.Fqdn(name), qtype)
	msg.SetEdns0(udpSize, false)
	return msg
}
