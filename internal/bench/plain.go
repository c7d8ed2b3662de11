package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// plainCommand is the hidden command by which bench starts itself as the plain
// client that limits are measured by.
const plainCommand = "plain"

// plainWork are the handshakes that a run made, as arguments of plainCommand: a
// host and an address each, the upgrades to a WebSocket too.
func plainWork(o *observation.Observations) (work []string) {
	shook := func(c observation.Stages) bool { return c.Handshake != nil && c.Handshake.Failure == nil }
	for _, t := range o.Targets {
		for _, a := range t.Addresses {
			item := hostOf(o, t.Name) + "=" + netip.AddrPortFrom(a.Address, 443).String()
			if shook(a.Stages) {
				work = append(work, item)
			}
			if a.WebSocket != nil && shook(a.WebSocket.Stages) {
				work = append(work, item)
			}
		}
	}
	return work
}

// plain is what any Go program would do for the same: it looks each host up,
// connects to each address, shakes hands and asks, all at once, and compares and
// explains nothing.
func plain(work []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	failures := make(chan error, len(work))
	for _, item := range work {
		host, to, _ := strings.Cut(item, "=")
		wg.Go(func() {
			if err := plainAt(ctx, host, to); err != nil {
				failures <- fmt.Errorf("%s at %s: %w", host, to, err)
			}
		})
	}
	wg.Wait()
	close(failures)
	return <-failures // nil: none failed
}

func plainAt(ctx context.Context, host, to string) error {
	if _, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host); err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
	if err != nil {
		return err
	}
	defer conn.Close()
	over := tls.Client(conn, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, CurvePreferences: []tls.CurveID{tls.X25519}})
	if err := over.HandshakeContext(ctx); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/", nil)
	if err != nil {
		return err
	}
	req.Close = true
	if err := req.Write(over); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(over), req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
