package report

import (
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The slowest connection of one address and the slowest handshake of another are
// no path: what is reported is how long the slowest address took.
func TestTimings_slowestAddress(t *testing.T) {
	ms := func(n int) observation.Elapsed { return observation.Elapsed(time.Duration(n) * time.Millisecond) }
	at := func(tcp, tls, http int) observation.AddressObservation {
		return observation.AddressObservation{Stages: observation.Stages{
			Connect:   &observation.Connect{Elapsed: ms(tcp)},
			Handshake: &observation.Handshake{Elapsed: ms(tls)},
			Reply:     &observation.Reply{Elapsed: ms(http)},
		}}
	}
	o := observation.TargetObservation{Addresses: []observation.AddressObservation{at(40, 10, 5), at(5, 30, 5)}}
	_, took, waited := timings(&o, &observation.SystemLookup{Elapsed: ms(10)})
	if took != ms(10+40+10+5) || waited != ms(10+40+30+5) {
		t.Errorf("took %v, waited %v", took, waited)
	}
	o.Addresses[0].Reply, o.Addresses[1].Reply = nil, nil
	if _, took, _ := timings(&o, nil); took != 0 {
		t.Errorf("took %v without an answer", took)
	}
}
