package report

import (
	"net/netip"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A refusal and a missing bucket are known results, not an unproved read.
func TestReadProblem(t *testing.T) {
	for _, test := range []struct {
		read    string
		because []diagnose.Code
		want    string
	}{
		{"not proved", nil, "read: not proved"},
		{"not proved", []diagnose.Code{diagnose.S3WrongRegion}, "read: not proved"},
		{"not proved", []diagnose.Code{diagnose.S3PolicyDenies}, "read: refused"},
		{"not proved", []diagnose.Code{diagnose.S3BucketMissing}, "read: no such bucket"},
		{"proved", nil, ""},
		{"", nil, ""},
	} {
		if got := readProblem(diagnose.TargetReport{Read: test.read, Because: test.because}); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

// An experiment with a UDP socket is not reported as one over TCP.
func TestExperimentOverUDP(t *testing.T) {
	sent := observation.Experiment{Address: netip.MustParseAddr("10.0.1.101"), Result: observation.Stages{Connect: &observation.Connect{Elapsed: observation.Elapsed(100 * time.Microsecond)}}}
	for kind, want := range map[observation.ExperimentKind]string{
		observation.ExperimentUDPSend: "udp 0.1ms", observation.ExperimentUDPConnect: "udp 0.1ms", observation.ExperimentSmallSegments: "tcp 0.1ms",
	} {
		sent.Kind = kind
		if got := (viewOptions{}).experimentWords(sent); got != want {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

// ENETUNREACH may come from a router, although this node has a route.
func TestNetworkUnreachable(t *testing.T) {
	if got := FailureWords(&observation.Failure{Op: observation.OpConnect, Kind: observation.KindNoRoute}); got != "tcp: network unreachable" {
		t.Error(got)
	}
}
