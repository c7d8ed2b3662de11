//go:build !nobrowser

package browser

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

func ms(n int) observation.Elapsed { return observation.Elapsed(time.Duration(n) * time.Millisecond) }

// attemptsTo returns attempts that end at each stage, with times from a number on.
func attemptsTo(first int) map[string]observation.Stages {
	failure := func(op observation.Op, kind observation.Kind) *observation.Failure {
		return &observation.Failure{Op: op, Kind: kind}
	}
	connect := func(f *observation.Failure) *observation.Connect {
		return &observation.Connect{Elapsed: ms(first), Failure: f}
	}
	handshake := func(f *observation.Failure) *observation.Handshake {
		return &observation.Handshake{Elapsed: ms(first + 1), Failure: f, NameMatches: true, InTime: true, Trusted: true, Verified: true}
	}
	reply := func(status int, f *observation.Failure) *observation.Reply {
		return &observation.Reply{Elapsed: ms(first + 2), Status: status, Failure: f}
	}
	silence := failure(observation.OpReply, observation.KindTimeout)
	return map[string]observation.Stages{
		"connect":     {Connect: connect(failure(observation.OpConnect, observation.KindConnectionRefused))},
		"handshake":   {Connect: connect(nil), Handshake: handshake(failure(observation.OpHandshake, observation.KindReset))},
		"undecided":   {Connect: connect(nil), Handshake: handshake(failure(observation.OpHandshake, observation.KindUndecided))},
		"reply":       {Connect: connect(nil), Handshake: handshake(nil), Reply: reply(0, silence)},
		"unavailable": {Connect: connect(nil), Handshake: handshake(nil), Reply: reply(503, nil)},
		"answered":    {Connect: connect(nil), Handshake: handshake(nil), Reply: reply(404, nil)},
	}
}

// attempts returns targets whose first attempt ends at each stage, and which later attempts
// do or do not settle, direct and through a proxy.
func attempts() []observation.TargetObservation {
	tunnel := &observation.Reply{Elapsed: ms(9), Status: 200}
	denied := &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus}
	refused := &observation.Reply{Elapsed: ms(8), Status: 403, Failure: denied}
	openings := map[string]*observation.ProxyOpening{"": nil, " and a tunnel": {Tunnel: tunnel}, " and none": {Tunnel: refused}}
	var list []observation.TargetObservation
	for first, stages := range attemptsTo(10) {
		for second, result := range attemptsTo(50) {
			for opening, proxy := range openings {
				repeat := observation.Experiment{Kind: observation.ExperimentRepeat, Result: result, Proxy: proxy}
				small := observation.Experiment{Kind: observation.ExperimentSmallHello, StandsIn: true, Result: result, Proxy: proxy}
				other := observation.Experiment{Kind: observation.ExperimentSmallHello, Result: result, Proxy: proxy}
				notMade := repeat
				notMade.NotMade = "no time"
				for name, made := range map[string][]observation.Experiment{
					"repeat": {repeat}, "small hello": {small}, "another's": {other}, "not made": {notMade}, "both": {small, repeat},
				} {
					name := strings.Join([]string{first, name, second}, ", ") + opening
					if proxy == nil {
						list = append(list, observation.TargetObservation{Name: name, Addresses: []observation.AddressObservation{{
							Address: netip.MustParseAddr("10.0.0.1"), Class: observation.ClassPrivate, Stages: stages, Experiments: made,
						}}})
					}
					through := tunnel
					if first == "undecided" { // instead, the proxy refuses
						through = refused
					}
					p := &observation.ProxyObservation{
						URL: "http://10.0.0.9:3128", Connect: stages.Connect, Tunnel: through, Experiments: made,
					}
					if first != "undecided" {
						p.Inside = observation.Stages{Handshake: stages.Handshake, Reply: stages.Reply}
					}
					list = append(list, observation.TargetObservation{Name: name + ", by a proxy", Proxy: p})
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b observation.TargetObservation) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// cells returns the times of a row as the page shows them.
func cells(o *observation.TargetObservation) string {
	var c observation.Stages
	var tunnel *observation.Reply
	if p := o.Proxy; p != nil {
		c, tunnel = observation.Stages{Connect: p.Connect, Handshake: p.Inside.Handshake, Reply: p.Inside.Reply}, p.Tunnel
	} else {
		c = o.Addresses[0].Stages
	}
	cell := func(elapsed observation.Elapsed, failure *observation.Failure) string {
		s := fmt.Sprintf("%dms", time.Duration(elapsed).Milliseconds())
		if failure != nil {
			return "failed after " + s
		}
		return s
	}
	connected, tunnelled, shaken, replied := "–not tried", "–not tried", "–not tried", "–not tried"
	if x := c.Connect; x != nil {
		connected = cell(x.Elapsed, x.Failure)
	}
	if x := tunnel; x != nil {
		tunnelled = cell(x.Elapsed, x.Failure)
	}
	if x := c.Handshake; x != nil {
		shaken = cell(x.Elapsed, x.Failure)
	}
	if x := c.Reply; x != nil {
		replied = cell(x.Elapsed, x.Failure)
	}
	return strings.Join([]string{connected, tunnelled, shaken, replied}, ", ")
}

// TestDrawsTheAttemptThatSettled: the page shows the attempts that Settled returns.
func TestDrawsTheAttemptThatSettled(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "private-vpc")
	// The page draws only a part of a large report, so use a few targets at a time.
	for list := range slices.Chunk(attempts(), 60) {
		d.Observations.Targets, d.Targets, d.Observations.Plan.Targets = list, nil, nil
		d.Capabilities, d.Observations.System = nil, nil
		var want []string
		for i := range list {
			target := endpoint.Target{Name: list[i].Name, Host: "h.example", Port: 443}
			d.Observations.Plan.Targets = append(d.Observations.Plan.Targets, observation.PlannedTarget{Target: target, Asked: true})
			d.Targets = append(d.Targets, diagnose.TargetReport{
				Name: target.Name, Host: target.Host, Port: target.Port, Asked: true, Verdict: diagnose.Warn,
			})
			want = append(want, list[i].Name+": "+cells(list[i].Settled()))
		}
		p.open(d)
		got := value[[]string](p, `[...document.querySelectorAll('#targets tbody tr')].map((row) => {
			const cell = (stage) => row.querySelector('[data-label="' + stage + '"]')?.textContent ?? '–not tried';
			return row.querySelector('th strong').textContent + ': ' + ['TCP', 'CONNECT', 'TLS', 'HTTP'].map(cell).join(', ');
		})`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the page has other times (-Settled +page):\n%s", diff)
		}
	}
}

// TestDrawsAStandInAsAPass opens runs in which a small ClientHello replaces the large one.
func TestDrawsAStandInAsAPass(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for _, name := range []string{"large-hello-cut-unknown", "large-hello-proxy-unknown"} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(scenario(t, name))
			if said := value[string](p, `document.querySelector('.contradiction')?.innerText ?? ''`); said != "" {
				t.Errorf("the page doubts the report: %s", said)
			}
			first := value[string](p, `[...document.querySelectorAll('#targets .bad, #path .what')].map((e) => e.textContent).join('; ')`)
			if first != "" {
				t.Errorf("the rows mention the first attempts: %s", first)
			}
			answers := value[[]string](p, `[...document.querySelectorAll('#targets td[data-label=HTTP]')].map((e) => e.textContent)`)
			if slices.Contains(answers, "–not tried") || len(answers) == 0 {
				t.Errorf("not every row has the time of an answer: %q", answers)
			}
		})
	}
}

// TestDrawsFurtherAddresses: the page shows the other addresses of a name that do not
// connect, those with the same failure on one line, and the sender of a rejection.
func TestDrawsFurtherAddresses(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "s3-eight-addresses")
	i := slices.IndexFunc(d.Observations.Targets, func(o observation.TargetObservation) bool { return o.Name == "s3" })
	d.Observations.Targets = d.Observations.Targets[i : i+1]
	d.Targets = slices.DeleteFunc(d.Targets, func(r diagnose.TargetReport) bool { return r.Name != "s3" })
	s3 := &d.Observations.Targets[0]
	further := func(last, took int, kind observation.Kind, icmp *observation.ICMPMessage) {
		a := observation.AddressObservation{Address: netip.AddrFrom4([4]byte{3, 5, 200, byte(last)}), Class: observation.ClassPublic}
		a.Connect = &observation.Connect{Elapsed: ms(took), ICMP: icmp}
		if kind != "" {
			a.Connect.Failure = &observation.Failure{Op: observation.OpConnect, Kind: kind}
		}
		s3.Connections = append(s3.Connections, a)
	}
	draw := func(change func()) (elements int) {
		s3.Connections, s3.Untried = nil, []netip.Addr{netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("3.5.200.99")}
		change()
		p.open(d)
		return value[int](p, `document.getElementById('main').getElementsByTagName('*').length`)
	}
	one := draw(func() { further(1, 600, observation.KindTimeout, nil) })
	all := draw(func() {
		for last := range 8 {
			further(last, 600+last, observation.KindTimeout, nil)
		}
	})
	if all > one+5 {
		t.Errorf("eight addresses that fail alike take %d elements, and one %d", all, one)
	}
	router := &observation.ICMPMessage{From: netip.MustParseAddr("10.0.2.1"), Type: 3, Code: 13}
	draw(func() {
		for last := range 3 {
			further(last, 601+last, observation.KindTimeout, nil)
			further(10+last, 7, observation.KindHostUnreachable, router)
			further(20+last, 4+last, "", nil)
		}
		further(30, 8, observation.KindHostUnreachable, nil)
	})
	said := value[string](p, `document.getElementById('targets').textContent`)
	for _, want := range []string{
		"3.5.200.0, 3.5.200.1, 3.5.200.2TCP: no answer in 603ms",
		"3.5.200.10, 3.5.200.11, 3.5.200.12TCP: host unreachable (7ms); ICMP message from 10.0.2.1: type 3, code 13",
		"3.5.200.30TCP: host unreachable (8ms)",
		"3 more connected, in at most 6ms; 2 more not tried",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the table does not say %q: %s", want, said)
		}
	}
	total := len(s3.Addresses) + len(s3.Connections)
	path := value[string](p, `document.getElementById('path').textContent`)
	if want := fmt.Sprintf("3 of %d: no answer in 603ms", total); !strings.Contains(path, want) {
		t.Errorf("the picture does not say %q: %s", want, path)
	}
}

// TestReadsZonesAsReadJSON: a dropped report gives the same page as its own: they share a
// budget of characters.
func TestReadsZonesAsReadJSON(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "private-vpc")
	o := loose(t, d)
	var servers []object
	for _, zone := range []string{
		"eth0", "eth-0.1_a", strings.Repeat("e", 64), strings.Repeat("e", 65), strings.Repeat("eth/", 500), "e\nh", "a]b", "ä", "e%25",
	} {
		for _, port := range []string{"53", "5353"} {
			servers = append(servers, object{"role": "configured", "address": "[fe80::1%" + zone + "]:" + port})
		}
	}
	o["observations"].(object)["plan"].(object)["servers"] = servers
	path := saved(t, "zones.json", o)
	d = loadReport(t, path)
	p.open(d)
	const shown = `[...document.querySelectorAll('.facts div')].find((e) => e.textContent.startsWith('Nameservers')).textContent`
	want := value[string](p, shown)
	p.open(scenario(t, "private-vpc"))
	p.choose(path)
	p.wait(`document.getElementById('hint').textContent.includes('zones.json')`)
	if got := value[string](p, shown); got != want {
		t.Errorf("the dropped report says %q, its own page %q", got, want)
	}
}

func loadReport(t *testing.T, path string) *report.Document {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := report.ReadJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
