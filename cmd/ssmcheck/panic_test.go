package main

import (
	"context"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// A bug in any of a run's goroutines ends the run as an internal error: it does
// not end the program, it does not read as a pass, and it leaves no file.
func TestBugAnywhere(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		put  func(*trial)
	}{
		{"a question to a nameserver", nil, func(x *trial) { x.breakDial("udp", ":53") }},
		{"a connection", nil, func(x *trial) { x.breakDial("tcp", ":443") }},
		{"the routing table", nil, func(x *trial) { x.breakDial("udp", ":443") }},
		{"the system's own lookup", nil, func(x *trial) {
			x.prober.LookupHost = func(context.Context, string) ([]netip.Addr, error) { panic("a bug\x1b[2J") }
		}},
		{"the hosts file", nil, func(x *trial) { x.breakFile("etc/hosts") }},
		{"the agent's configuration", nil, func(x *trial) { x.breakFile("etc/amazon/ssm/amazon-ssm-agent.json") }},
		{"the shared credentials", []string{"--signed"}, func(x *trial) { x.breakFile("root/.aws/credentials") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			x := newTrial(t, "nat-public")
			c.put(x)
			status := x.run(t, append([]string{"--region", "us-east-2", "-o", "text", "-o", "json=" + dir + "/report.json"}, c.args...)...)
			x.want(t, status, statusUnfinished)
			x.wantError(t, "internal error", `a bug\x1b[2J`, "SSMCHECK_DEBUG=1")
			if x.stdout.Len() > 0 {
				t.Errorf("a report all the same: %.200s", &x.stdout)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) > 0 {
				t.Errorf("%v, %v", entries, err)
			}
		})
	}
}

// breakDial puts a bug into connections of a network to a port.
func (x *trial) breakDial(network, port string) {
	dial := x.prober.Dial
	x.prober.Dial = func(ctx context.Context, n, address string) (net.Conn, error) {
		if n == network && strings.HasSuffix(address, port) {
			panic("a bug\x1b[2J")
		}
		return dial(ctx, n, address)
	}
}

// breakFile puts a bug into the reading of a file.
func (x *trial) breakFile(name string) { x.prober.Files = brokenFiles{x.prober.Files, name} }

type brokenFiles struct {
	fs.FS
	broken string
}

func (f brokenFiles) Open(name string) (fs.File, error) {
	if name == f.broken {
		panic("a bug\x1b[2J")
	}
	return f.FS.Open(name)
}
