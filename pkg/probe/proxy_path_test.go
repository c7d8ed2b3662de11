package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// A stageWorld is a proxy with AWS behind it, in memory. It maps each stage's name to how often the
// stage will still fail.
type stageWorld struct {
	proxy, edge tls.Certificate
	scheme      string
	groups      []tls.CurveID // that AWS accepts; none: all
	now         time.Time     // by which the certificates are valid

	mu    sync.Mutex
	fails map[string][]string
	seen  map[string]int
}

// fault takes the next failure of a stage, "" for none.
func (w *stageWorld) fault(stage string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[stage]++
	left := w.fails[stage]
	if len(left) == 0 {
		return ""
	}
	w.fails[stage] = left[1:]
	return left[0]
}

// counts is how often each stage was met.
func (w *stageWorld) counts() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.seen)
}

func (w *stageWorld) prober(t *testing.T, ca *probetest.TestCA) *Prober {
	return &Prober{
		RootCAs: ca.Pool,
		Now:     func() time.Time { return w.now },
		LookupHost: func(ctx context.Context, host string) ([]netip.Addr, error) {
			switch w.fault("lookup") {
			case "silent":
				<-ctx.Done()
				return nil, ctx.Err()
			case "fails":
				return nil, &net.DNSError{Err: "server misbehaving", Name: host}
			}
			return probetest.Addresses("10.9.0.8"), nil
		},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if network != "tcp" {
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syserr.NetUnreachable)}
			}
			if address != "10.9.0.8:3128" {
				t.Errorf("dialled %s %s", network, address)
			}
			switch w.fault("connect") {
			case "silent":
				<-ctx.Done()
				return nil, ctx.Err()
			case "refused":
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syserr.Refused)}
			}
			mine, theirs := net.Pipe()
			go w.serve(theirs)
			return mine, nil
		},
	}
}

// serve is the proxy.
func (w *stageWorld) serve(c net.Conn) {
	defer c.Close()
	switch w.scheme {
	case "https":
		if w.fault("proxy handshake") != "" {
			c.Read(make([]byte, 4096)) // the ClientHello
			return
		}
		over := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{w.proxy}})
		if over.Handshake() != nil {
			return
		}
		c = over
	case "socks5":
		w.serveSocks(c)
		return
	}
	req, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil || req.Method != http.MethodConnect {
		return
	}
	switch f := w.fault("tunnel"); f {
	case "":
		io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
		w.serveEdge(c)
	case "closed":
	case "silent":
		io.Copy(io.Discard, c)
	default:
		io.WriteString(c, "HTTP/1.1 "+f+" No\r\nContent-Length: 0\r\n\r\n")
	}
}

func (w *stageWorld) serveSocks(c net.Conn) {
	if _, err := io.ReadFull(c, make([]byte, 3)); err != nil {
		return
	}
	c.Write([]byte{5, 0})
	head := make([]byte, 5)
	if _, err := io.ReadFull(c, head); err != nil {
		return
	}
	if _, err := io.ReadFull(c, make([]byte, int(head[4])+2)); err != nil {
		return
	}
	if w.fault("tunnel") != "" {
		c.Write([]byte{5, 1, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	w.serveEdge(c)
}

// serveEdge is AWS.
func (w *stageWorld) serveEdge(c net.Conn) {
	if w.fault("handshake") != "" {
		c.Read(make([]byte, 4096)) // the ClientHello
		return
	}
	over := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{w.edge}, CurvePreferences: w.groups})
	if over.Handshake() != nil {
		return
	}
	if _, err := http.ReadRequest(bufio.NewReader(over)); err != nil {
		return
	}
	switch f := w.fault("reply"); f {
	case "":
		io.WriteString(over, "HTTP/1.1 404 Not Found\r\nX-Amzn-RequestId: 1\r\nContent-Length: 0\r\n\r\n")
	case "closed":
	case "silent":
		io.Copy(io.Discard, over)
	default:
		io.WriteString(over, "HTTP/1.1 "+f+" No\r\nContent-Length: 0\r\n\r\n")
	}
}

// TestStagesThroughAProxyAreRepeated: each failed stage is retried once, which distinguishes one that
// then passes from one that always fails.
func TestStagesThroughAProxyAreRepeated(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	now := time.Now()
	proxyCert, edgeCert := ca.Issue(t, "proxy.example", time.Hour), ca.Issue(t, probetest.FirstHost, time.Hour)
	for _, test := range []struct {
		scheme, stage, fault string
		op                   observation.Op
		kind                 observation.Kind
		// took is how long both attempts take when the stage always fails.
		took time.Duration
	}{
		{"http", "lookup", "fails", observation.OpLookup, observation.KindOther, 0},
		{"http", "lookup", "silent", observation.OpLookup, observation.KindTimeout, 3 * time.Second},
		{"http", "connect", "refused", observation.OpConnect, observation.KindConnectionRefused, 0},
		{"http", "connect", "silent", observation.OpConnect, observation.KindTimeout, 3 * time.Second},
		{"http", "tunnel", "407", observation.OpProxy, observation.KindStatus, 0},
		{"http", "tunnel", "502", observation.OpProxy, observation.KindStatus, 0},
		{"http", "tunnel", "503", observation.OpProxy, observation.KindStatus, 0},
		{"http", "tunnel", "504", observation.OpProxy, observation.KindStatus, 0},
		{"http", "tunnel", "closed", observation.OpProxy, observation.KindClosed, 0},
		{"http", "tunnel", "silent", observation.OpProxy, observation.KindTimeout, 6 * time.Second},
		{"https", "proxy handshake", "closed", observation.OpProxy, observation.KindClosed, 0},
		{"socks5", "tunnel", "fails", observation.OpProxy, observation.KindStatus, 0},
		{"socks5", "connect", "silent", observation.OpConnect, observation.KindTimeout, 3 * time.Second},
		{"http", "handshake", "closed", observation.OpHandshake, observation.KindClosed, 0},
		{"http", "reply", "closed", observation.OpReply, observation.KindClosed, 0},
		{"http", "reply", "silent", observation.OpReply, observation.KindTimeout, 6 * time.Second},
		{"http", "reply", "503", observation.OpReply, observation.KindStatus, 0},
	} {
		try := func(t *testing.T, times int) (*observation.ProxyObservation, *observation.WebSocket, time.Duration) {
			var out *observation.ProxyObservation
			var socket *observation.WebSocket
			var took time.Duration
			synctest.Test(t, func(t *testing.T) {
				world := func() *Prober {
					w := &stageWorld{proxy: proxyCert, edge: edgeCert, scheme: test.scheme, now: now, seen: map[string]int{}, fails: map[string][]string{}}
					for range times {
						w.fails[test.stage] = append(w.fails[test.stage], test.fault)
					}
					return w.prober(t, ca)
				}
				proxy := &url.URL{Scheme: test.scheme, Host: "proxy.example:3128"}
				to := endpointTarget{host: probetest.FirstHost, port: 443, ask: reply.Request{Host: probetest.FirstHost, Path: "/"}}
				begin := time.Now()
				out, _ = world().throughProxy(t.Context(), proxy, to)
				took = time.Since(begin)
				to.ask.Upgrade = true
				socket = world().upgradeThrough(t.Context(), proxy, to)
			})
			return out, socket, took
		}
		t.Run(strings.Join([]string{test.scheme, test.stage, test.fault}, " "), func(t *testing.T) {
			out, socket, _ := try(t, 1)
			if f := out.Unsettled(); f == nil || f.Op != test.op || f.Kind != test.kind {
				t.Errorf("the first attempt ended with %v, want %s %s", f, test.op, test.kind)
			}
			counts, first := out.Settled()
			if first == nil || first.Op != test.op || !counts.Inside.Serves() {
				t.Errorf("what counts: %v, first %v; want AWS's answer and the first failure", counts.Failure(), first)
			}
			if test.stage == "reply" && test.fault == "silent" {
				if len(socket.Experiments) != 0 {
					t.Error("AWS's own silence to an upgrade was waited for twice")
				}
			} else if counts, first := socket.Settled(); first == nil || !counts.ProvesAWS() {
				t.Errorf("the upgrade: %v, first %v; want AWS's answer and the first failure", counts.Failure(), first)
			}
			out, _, took := try(t, 9)
			counts, first = out.Settled()
			if f := counts.Unsettled(); first != nil || f == nil || f.Op != test.op || f.Kind != test.kind {
				t.Errorf("a stage that always fails: %v, first %v", f, first)
			}
			if took != test.took {
				t.Errorf("took %s, want %s", took, test.took)
			}
		})
	}
}

// TestServerBehindAProxyThatWantsMore: so it is seen through a proxy too.
func TestServerBehindAProxyThatWantsMore(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	edge, now := ca.Issue(t, probetest.FirstHost, time.Hour), time.Now()
	synctest.Test(t, func(t *testing.T) {
		w := &stageWorld{edge: edge, scheme: "http", now: now, seen: map[string]int{}, groups: []tls.CurveID{tls.X25519MLKEM768}}
		out, _ := w.prober(t, ca).throughProxy(t.Context(), &url.URL{Scheme: "http", Host: "proxy.example:3128"},
			endpointTarget{host: probetest.FirstHost, port: 443, ask: reply.Request{Host: probetest.FirstHost, Path: "/"}})
		if !out.Failure().Of(observation.KindTLSAlert) || len(out.Experiments) != 2 || out.Experiments[1].Kind != observation.ExperimentWideHello || out.Experiments[1].Result.Handshake.Group != "X25519MLKEM768" {
			t.Errorf("failure %v, experiments %+v", out.Failure(), out.Experiments)
		}
	})
}

// TestWorkingProxyIsAskedOnce: an attempt that passes is not repeated.
func TestWorkingProxyIsAskedOnce(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	edge, now := ca.Issue(t, probetest.FirstHost, time.Hour), time.Now()
	synctest.Test(t, func(t *testing.T) {
		w := &stageWorld{edge: edge, scheme: "http", now: now, seen: map[string]int{}}
		out, _ := w.prober(t, ca).throughProxy(t.Context(), &url.URL{Scheme: "http", Host: "proxy.example:3128"},
			endpointTarget{host: probetest.FirstHost, port: 443, ask: reply.Request{Host: probetest.FirstHost, Path: "/"}})
		if out.Unsettled() != nil || len(out.Experiments) != 0 {
			t.Errorf("failure %v, experiments %v", out.Unsettled(), out.Experiments)
		}
		for stage, n := range w.counts() {
			if n != 1 {
				t.Errorf("%s: %d times", stage, n)
			}
		}
	})
}

// TestInterruptedProxyIsNotRepeated: a run that ends does not begin anew.
func TestInterruptedProxyIsNotRepeated(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	edge, now := ca.Issue(t, probetest.FirstHost, time.Hour), time.Now()
	synctest.Test(t, func(t *testing.T) {
		w := &stageWorld{edge: edge, scheme: "http", now: now, seen: map[string]int{}, fails: map[string][]string{"tunnel": {"silent"}}}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second/2, func() { cancel(attempt.ErrInterrupted) })
		out, _ := w.prober(t, ca).throughProxy(ctx, &url.URL{Scheme: "http", Host: "proxy.example:3128"},
			endpointTarget{host: probetest.FirstHost, port: 443, ask: reply.Request{Host: probetest.FirstHost, Path: "/"}})
		if n := w.counts()["tunnel"]; !out.Failure().Of(observation.KindInterrupted) || n != 1 {
			t.Errorf("failure %v after %d requests, want an interrupted one", out.Failure(), n)
		}
	})
}

// TestDirectRepeats: the direct path likewise repeats an answer saying that the server cannot answer
// now, and the WebSocket upgrade.
func TestDirectRepeats(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.SecondHost, time.Hour)}}
	for _, status := range []int{500, 502, 503, 504} {
		for _, upgrade := range []bool{false, true} {
			t.Run(strconv.Itoa(status)+" "+strconv.FormatBool(upgrade), func(t *testing.T) {
				var mu sync.Mutex
				failed := false
				edge := probetest.ListenTLS(t, config, func(w http.ResponseWriter, q *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					if (q.Header.Get("Upgrade") != "") == upgrade && !failed {
						failed = true
						http.Error(w, "no", status)
						return
					}
					probetest.Aws(w, q)
				})
				p := &Prober{RootCAs: ca.Pool, LookupHost: func(context.Context, string) ([]netip.Addr, error) { return probetest.Addresses("10.0.1.2"), nil },
					Dial: probetest.Mapped(map[string]netip.AddrPort{"10.0.1.2:443": edge})}
				plan := smallPlan()
				plan.Targets = plan.Targets[1:2]
				o := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
				a := &o.Targets[0].Addresses[0]
				counts, first := a.Settled()
				socket, firstUpgrade := a.WebSocket.Settled()
				if !counts.Serves() || !socket.ProvesAWS() {
					t.Errorf("counts %v and %v, want AWS's answers", counts.Failure(), socket.Failure())
				}
				if got := [2]bool{first != nil, firstUpgrade != nil}; got != [2]bool{!upgrade, upgrade} {
					t.Errorf("first failures %v, %v", first, firstUpgrade)
				}
			})
		}
	}
}
