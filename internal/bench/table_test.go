package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const ms = time.Millisecond

// The limits are those that the project promises.
func TestLimits(t *testing.T) {
	byName := map[string]benchCase{}
	for _, c := range cases() {
		if _, ok := scenarios.Find(c.scenario); !ok {
			t.Errorf("%s: the lab has no scenario %s", c.name, c.scenario)
		}
		byName[c.name] = c
	}
	for _, tt := range []struct {
		name        string
		rtt         time.Duration
		path, limit time.Duration
	}{
		{"healthy", 0, 0, 60 * ms},
		{"healthy", 20 * ms, 80 * ms, 122 * ms},
		{"healthy", 100 * ms, 400 * ms, 490 * ms},
		{"silent", 200 * ms, 3000 * ms, 6200 * ms},
	} {
		c, ok := byName[tt.name]
		if !ok {
			t.Errorf("there is no case %s", tt.name)
			continue
		}
		if got := c.path(tt.rtt); got != tt.path {
			t.Errorf("%s, %s away: path %s, wanted %s", tt.name, tt.rtt, got, tt.path)
		}
		if got := c.limit(tt.rtt, 0); got != tt.limit {
			t.Errorf("%s, %s away: limit %s, wanted %s", tt.name, tt.rtt, got, tt.limit)
		}
	}
}

func TestTable(t *testing.T) {
	healthy := cases()[0]
	runs := func(walls ...time.Duration) measured {
		var m measured
		for _, w := range walls {
			m.Runs = append(m.Runs, sample{Wall: w, CPU: 40 * ms, Resident: 16 << 20, Packets: 700, Datagrams: 72})
		}
		return m
	}
	within := row{benchCase: healthy, rtt: 100 * ms, measured: runs(480*ms, 430*ms, 900*ms)}
	within.Manual = &sample{Wall: 10800 * ms}
	late := row{benchCase: healthy, rtt: 20 * ms, measured: runs(130*ms, 130*ms, 80*ms)}
	large := row{benchCase: healthy, rtt: 20 * ms, measured: runs(100 * ms)}
	large.Runs[0].Resident = maxResident + 1
	busy := row{benchCase: healthy, rtt: 20 * ms, measured: runs(100 * ms)}
	busy.Plain = []sample{{Wall: 90 * ms, CPU: 10 * ms}}
	busy.Runs[0].CPU = 31 * ms
	busy.Manual = &sample{Status: 124}
	page := row{benchCase: benchCase{baseline: "healthy", longer: optionalWait}, rtt: 20 * ms, baselineWall: 110 * ms, measured: runs(231 * ms)}
	pageLate := row{benchCase: benchCase{baseline: "healthy", longer: optionalWait}, rtt: 50 * ms, baselineWall: 110 * ms, measured: runs(291 * ms)}
	through := row{benchCase: benchCase{baseline: "healthy", longer: proxyTrips}, rtt: 100 * ms, baselineWall: 450 * ms, measured: runs(700 * ms)}
	resent := row{benchCase: benchCase{baseline: "healthy", longer: retransmission}, rtt: 20 * ms, baselineWall: 140 * ms, measured: runs(1170 * ms)}
	slower := row{benchCase: healthy, rtt: 20 * ms, measured: runs(150 * ms)}
	slower.Plain = []sample{{Wall: 130 * ms, CPU: 20 * ms}}
	for _, tt := range []struct {
		name string
		row  row
		over bool
		want []string
	}{
		{"within", within, false, []string{"480 ms", "430 ms", "400 ms", "1.20", "490 ms", "ok", "16.0 MiB", "700", "72", "10.8 s"}},
		{"late", late, true, []string{"OVER", "130 ms", "122 ms"}},
		{"the page's design", page, false, []string{"ok", "240 ms"}},
		{"the page's design, too late", pageLate, true, []string{"OVER", "290 ms"}},
		{"through a proxy", through, false, []string{"ok", "710 ms"}},
		{"one retransmission", resent, false, []string{"ok", "1170 ms"}},
		{"a slower machine", slower, false, []string{"ok", "167 ms", "2.00"}},
		{"large", large, true, []string{"OVER"}},
		{"busy", busy, true, []string{"OVER", "> 60 s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if over := writeTable(&b, []row{tt.row}); over != tt.over {
				t.Errorf("over is %t, wanted %t", over, tt.over)
			}
			for _, want := range tt.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("the table lacks %q:\n%s", want, b.String())
				}
			}
		})
	}
}

func TestKeep(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.md")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + keepBegin + "old\n" + keepEnd + "\nafter\n")
	if err := keepIn(name, "new\n"); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("before\n"+keepBegin+"```text\nnew\n```\n"+keepEnd+"\nafter\n", string(b)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	write("no marks")
	if err := keepIn(name, "new\n"); err == nil {
		t.Error("a page without marks was taken")
	}
}

// The slowest path is the sum of its stages, from the first answer of a
// nameserver that counts.
func TestSlowest(t *testing.T) {
	e := func(n int) observation.Elapsed { return observation.Elapsed(time.Duration(n) * ms) }
	stages := func(connect, handshake, reply int) observation.Stages {
		return observation.Stages{
			Connect:   &observation.Connect{Elapsed: e(connect)},
			Handshake: &observation.Handshake{Elapsed: e(handshake)},
			Reply:     &observation.Reply{Elapsed: e(reply)},
		}
	}
	some := []netip.Addr{netip.MustParseAddr("10.0.1.101")}
	o := &observation.Observations{
		Plan: observation.Plan{Targets: []observation.PlannedTarget{{Target: endpoint.Target{Name: "ssm", Host: "ssm.example"}}}},
		Servers: []observation.ServerObservation{
			{PlannedServer: observation.PlannedServer{Role: observation.RoleVPC}, Answers: []observation.Answer{{Name: "ssm.example", Addresses: some, Elapsed: e(1)}}},
			{PlannedServer: observation.PlannedServer{Role: observation.RoleConfigured}, Answers: []observation.Answer{{Name: "ssm.example", Elapsed: e(2)}, {Name: "ssm.example", Addresses: some, Elapsed: e(20)}}},
		},
		System: []observation.SystemLookup{{Host: "ssm.example", Addresses: some, Elapsed: e(30)}},
		Targets: []observation.TargetObservation{{Name: "ssm", Addresses: []observation.AddressObservation{
			{Stages: stages(20, 25, 30)}, {Stages: stages(20, 21, 22), WebSocket: &observation.WebSocket{Stages: stages(20, 30, 40)}},
		}}},
	}
	if got := slowest(o); got != 110*ms {
		t.Errorf("%s, wanted 110ms", got)
	}
	o.Targets = []observation.TargetObservation{{Name: "ssm", Proxy: &observation.ProxyObservation{
		Lookup: &observation.SystemLookup{Elapsed: e(1)}, Connect: &observation.Connect{Elapsed: e(2)}, Tunnel: &observation.Reply{Elapsed: e(3)}, Inside: stages(0, 4, 5),
	}}}
	if got := slowest(o); got != 15*ms {
		t.Errorf("through a proxy: %s, wanted 15ms", got)
	}
}

// A person asks for each host once.
func TestHandCommand(t *testing.T) {
	d := new(report.Document)
	for _, host := range []string{"a.example", "b.example", "", "a.example"} {
		d.Targets = append(d.Targets, diagnose.TargetReport{Host: host})
	}
	want := []string{"timeout", "60", "sh", "-c", "true", "sh", "a.example", "b.example"}
	if diff := cmp.Diff(want, handCommand("true", d)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
