package dnsquery

import (
	"bytes"
	"testing"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func FuzzDatagram(f *testing.F) {
	q := NewQuestion("ssm.us-east-2.amazonaws.com", dns.TypeA)
	q.Id = 0x1234
	for _, change := range []func(*dns.Msg){
		func(m *dns.Msg) {
			m.Answer = []dns.RR{probetest.AddressRecord("ssm.us-east-2.amazonaws.com.", "10.0.1.101")}
		},
		func(m *dns.Msg) { m.Rcode, m.Question = dns.RcodeServerFailure, nil },
		func(m *dns.Msg) { m.Question[0].Name = "evil.example." },
		func(m *dns.Msg) { m.Id++ },
		func(m *dns.Msg) { m.Response = false },
	} {
		m := new(dns.Msg).SetReply(q)
		change(m)
		b, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		waits := &question{msg: q, got: make(chan received, 1)}
		x := &Client{waiting: map[uint16]*question{q.Id: waits}}
		x.deliver(b)
		x.deliver(b)
		select {
		case r := <-waits.got:
			if len(b) > maxDatagram || r.msg.Id != q.Id || !r.msg.Response ||
				len(r.msg.Question) == 1 && dns.CanonicalName(r.msg.Question[0].Name) != dns.CanonicalName(q.Question[0].Name) {
				t.Errorf("taken for an answer: %+v", r.msg)
			}
			a := observation.Answer{Name: "ssm.us-east-2.amazonaws.com", Type: "A"}
			readAnswer(&a, r.msg)
		default:
			if len(waits.notes()) == 0 {
				t.Error("neither an answer nor a note of what came")
			}
		}
	})
}

func FuzzStreamed(f *testing.F) {
	f.Add([]byte("\x00\x04abcd"))
	f.Add([]byte("\xff\xff"))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readStreamed(bytes.NewReader(b))
		if err == nil && (len(got) > maxStreamed || len(got) > len(b)) {
			t.Errorf("%d bytes of %d", len(got), len(b))
		}
		unpack(got)
	})
}
