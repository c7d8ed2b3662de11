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

// plainCommand is the hidden command with which bench starts itself as the plain
// client.
const plainCommand = "plain"

// plainWork returns the handshakes of a run, including those for WebSockets, as
// arguments of plainCommand: HOST=ADDRESS.
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

// plain does what any Go program would: it looks up each host, connects to each
// address, makes a handshake and a request, all concurrently, and nothing more.
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
