package report_test

import (
	"encoding/xml"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// settledLate is a node where the first attempts fail and later ones settle the
// targets: at ssm a small ClientHello, at ssmmessages the same through a proxy,
// at s3 the unchanged repeat, and at one more address of the bucket, too.
func settledLate() *report.Document {
	d := healthy()
	d.Verdict = diagnose.Warn
	reset := func(elapsed float64) *observation.Handshake {
		failure := &observation.Failure{Op: observation.OpHandshake, Kind: observation.KindReset}
		return &observation.Handshake{Large: true, Elapsed: ms(elapsed), Failure: failure}
	}
	tcp := &observation.Connect{Elapsed: ms(700)}
	later := func(status int) observation.Stages {
		c := reached(observation.ClassPublic, "52.94.10.10").Stages
		c.Connect, c.Reply = &observation.Connect{Elapsed: ms(1)}, &observation.Reply{Elapsed: ms(12.3), Status: status, RequestID: "id"}
		return c
	}
	failedUpgrade := func(e observation.Experiment) *observation.WebSocket {
		return &observation.WebSocket{Stages: observation.Stages{Connect: tcp, Handshake: reset(800)}, Experiments: []observation.Experiment{e}}
	}
	small := observation.Experiment{Kind: observation.ExperimentSmallHello, StandsIn: true, Result: later(404)}
	upgraded := observation.Experiment{Kind: observation.ExperimentSmallHello, StandsIn: true, Result: later(101)}

	ssm := &d.Observations.Targets[0].Addresses[0]
	ssm.Stages = observation.Stages{Connect: tcp, Handshake: reset(900)}
	ssm.Experiments, ssm.WebSocket = []observation.Experiment{small}, failedUpgrade(upgraded)

	inside := small
	inside.Proxy = &observation.ProxyOpening{Tunnel: &observation.Reply{Status: 200, Elapsed: ms(2)}}
	upgradedInside := upgraded
	upgradedInside.Proxy = inside.Proxy
	d.Observations.Targets[1] = observation.TargetObservation{Name: "ssmmessages", Proxy: &observation.ProxyObservation{
		URL: "http://proxy.example.com:3128", Connect: tcp, Tunnel: &observation.Reply{Status: 200, Elapsed: ms(600)},
		Inside: observation.Stages{Handshake: reset(900)}, Experiments: []observation.Experiment{inside},
		WebSocket: failedUpgrade(upgradedInside),
	}}

	rejected := silent(observation.ClassPublic, "52.219.96.10")
	rejected.Connect.Failure.Kind = observation.KindHostUnreachable
	rejected.Connect.ICMP = &observation.ICMPMessage{From: netip.MustParseAddr("10.0.1.1"), Type: 3, Code: 1}
	rejected.Experiments = []observation.Experiment{{Kind: observation.ExperimentRepeat, Result: later(404)}}
	d.Observations.Targets[2].Addresses = []observation.AddressObservation{rejected}
	d.Observations.Targets[3].Connections = []observation.AddressObservation{rejected}
	return d
}

// TestEveryFormatTakesTheAttemptThatSettled wants the rows and the times of the
// later attempts, and the first ones in a verbose report.
func TestEveryFormatTakesTheAttemptThatSettled(t *testing.T) {
	d := settledLate()
	plain := formatted(t, d, report.Markdown)
	for _, want := range []string{
		"private 10.0.1.101: tcp 1ms, tls 3ms, http 12ms", "3128: tcp 1ms, connect 2ms, tls 3ms, http 12ms",
		"public 52.219.96.10: tcp 1ms, tls 3ms, http 12ms",
	} {
		if !strings.Contains(plain, want) {
			t.Errorf("the text does not say %q", want)
		}
	}
	for _, not := range []string{"reset", "unreachable", "700ms"} {
		if strings.Contains(plain, not) {
			t.Errorf("the text mentions a first attempt: %q", not)
		}
	}
	if t.Failed() {
		t.Log(plain)
	}

	verbose := text(t, d, report.TextOptions{Width: 10_000, Verbose: true})
	for _, want := range []string{
		"first attempt: tcp 700ms, tls: connection reset (900ms)",
		"first attempt of the websocket: connection reset",
		"first attempt: tcp 700ms, connect 600ms, tls: connection reset (900ms)",
		"first attempt: tcp: host unreachable (3s); ICMP message from 10.0.1.1: type 3, code 1", "websocket 101 in 12ms",
		"1 more address connected, in at most 1ms",
	} {
		if !strings.Contains(verbose, want) {
			t.Errorf("the verbose text does not say %q", want)
		}
	}

	var nagios, prometheus, junit strings.Builder
	if err := report.Nagios(&nagios, d, false); err != nil {
		t.Fatal(err)
	}
	if err := report.Prometheus(&prometheus, d, false); err != nil {
		t.Fatal(err)
	}
	if err := report.JUnit(&junit, d, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"'ssm'=0.0192s;;;0", "'ssmmessages'=0.0185s;;;0", "'s3'=0.0192s;;;0"} {
		if !strings.Contains(nagios.String(), want) {
			t.Errorf("Nagios' performance data have no %s: %s", want, nagios.String())
		}
	}
	for _, want := range []string{
		`{target="ssm",step="tcp"} 0.001`, `{target="ssm",step="http"} 0.0123`,
		`{target="ssmmessages",step="proxy_connect"} 0.002`,
		`{target="ssmmessages",step="tls"} 0.0032`, `{target="s3",step="tcp"} 0.001`,
	} {
		if !strings.Contains(prometheus.String(), "ssmcheck_target_duration_seconds"+want+"\n") {
			t.Errorf("Prometheus has no %s", want)
		}
	}
	var suites struct {
		Cases []struct {
			Name string `xml:"name,attr"`
			Time string `xml:"time,attr"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal([]byte(junit.String()), &suites); err != nil {
		t.Fatal(err)
	}
	for _, c := range suites.Cases {
		if (c.Name == "ssm" || c.Name == "s3") && c.Time != "0.019" {
			t.Errorf("JUnit gives %s %ss", c.Name, c.Time)
		}
	}
}

// TestFactsStayFacts wants the attempts in the JSON report as they were made.
func TestFactsStayFacts(t *testing.T) {
	d := settledLate()
	text(t, d, report.TextOptions{Verbose: true})
	var b strings.Builder
	if err := report.JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	read, err := report.ReadJSON(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	same := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if diff := cmp.Diff(settledLate().Observations.Targets, read.Observations.Targets, same,
		cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("the attempts are others (-made +read):\n%s", diff)
	}
}
