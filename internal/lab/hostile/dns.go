package hostile

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// hostileDNS are the worlds in which the configured nameserver attacks. The VPC's
// own resolver works.
func hostileDNS() []Scenario {
	silent := Fails("dns-server-silent", unresolved...)
	scenario := func(name, title string, want Want, raw func(q *dns.Msg, tcp bool) [][]byte, more ...Fault) Scenario {
		server := Nameserver{Address: customDNS, Faults: []DNSFault{{Raw: raw}}}
		return Scenario{Name: "hostile-dns-" + name, Title: title, Base: scenarios.PrivateVPC, Args: impatient(), Want: want,
			Faults: append([]Fault{ResolvConf(customDNS), AddServer(server)}, more...)}
	}
	one := func(f func(q *dns.Msg, tcp bool) []byte) func(*dns.Msg, bool) [][]byte {
		return func(q *dns.Msg, tcp bool) [][]byte { return [][]byte{f(q, tcp)} }
	}
	// overTCP truncates answers over UDP, and sends f's over TCP.
	overTCP := func(f func(q *dns.Msg) []byte) func(*dns.Msg, bool) [][]byte {
		return one(func(q *dns.Msg, tcp bool) []byte {
			if !tcp {
				return packed(answerTo(q, func(m *dns.Msg) { m.Truncated = true }))
			}
			return f(q)
		})
	}
	stream := func(f func(net.Conn)) Fault {
		return func(w *World) { w.Nameserver(customDNS).Stream = f }
	}
	truncated := overTCP(func(q *dns.Msg) []byte { return packed(answerTo(q, nil)) })
	// few limits the attack to two names: answers of this size to all names would
	// exceed the capacity of the lab's wire.
	few := func(s Scenario) Scenario {
		s.Faults = append(s.Faults, func(w *World) {
			n := w.Nameserver(customDNS)
			n.Faults[0].Zones = []string{w.Host("ssm"), w.Host("ssmmessages")}
			n.Forwards = []Forward{{Zone: ".", To: vpcPlusTwo}}
		})
		return s
	}
	return []Scenario{
		scenario("header-only", "answers whose header promises 65535 records, and then bytes that are none", silent,
			one(func(q *dns.Msg, _ bool) []byte {
				return append(headerOf(q, 0xffff), strings.Repeat("\xff\x1b[31m", 50)...)
			})),
		scenario("compression-loop", "answers whose names point at themselves", silent,
			one(func(q *dns.Msg, _ bool) []byte {
				b := append(headerOf(q, 1), questionOf(q)...)
				return append(b, 0xc0, byte(len(b)), 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 1, 101)
			})),
		scenario("compression-chain", "answers whose names are chains of a hundred pointers", silent,
			one(func(q *dns.Msg, _ bool) []byte { return pointerChain(q) })),
		scenario("wrong-question", "answers to another question, and to one of another type", silent,
			func(q *dns.Msg, _ bool) [][]byte {
				name := answerTo(q, nil)
				name.Question[0].Name = "evil.example."
				kind := answerTo(q, nil)
				kind.Question[0].Qtype = dns.TypeTXT
				return [][]byte{packed(name), packed(kind)}
			}),
		scenario("echo", "the question itself in place of an answer", silent,
			one(func(q *dns.Msg, _ bool) []byte { return packed(q) })),
		scenario("flood", "five hundred answers to other questions for each that is asked", silent,
			func(q *dns.Msg, _ bool) [][]byte {
				var all [][]byte
				for i := range 500 {
					m := answerTo(q, nil)
					m.Id = q.Id + 1 + uint16(i)
					all = append(all, packed(m))
				}
				return all
			}),
		scenario("vast-datagram", "answers of 60 KiB over UDP, whose names unpack to fifty times that", silent,
			one(func(q *dns.Msg, _ bool) []byte { return amplified(q, 60<<10) })),
		scenario("vast-message", "answers of 64 KiB over TCP", Fails("dns-tcp-blocked", unresolved...),
			overTCP(func(q *dns.Msg) []byte { return amplified(q, 65535) })),
		scenario("large-message", "answers of 31 KiB over TCP, whose names unpack to a hundred times that", Fails("dns-no-address", unresolved...),
			overTCP(func(q *dns.Msg) []byte { return amplified(q, 31<<10) })),
		few(scenario("thousands-private", "two thousand private addresses for two names", Fails("endpoint-blocked", "ssm", "ssmmessages"),
			overTCP(func(q *dns.Msg) []byte { return packed(manyAddresses(q, 10)) }))),
		few(scenario("thousands-public", "two thousand public addresses, the same for two names", Fails("dns-not-aws", "ssm", "ssmmessages"),
			overTCP(func(q *dns.Msg) []byte { return packed(manyAddresses(q, 44)) }))),
		scenario("cname-loop", "aliases that lead in a circle", Fails("dns-no-address", unresolved...),
			one(func(q *dns.Msg, _ bool) []byte { return packed(aliases(q, 2, true)) })),
		scenario("cname-chain", "a chain of a thousand aliases", Fails("dns-no-address", unresolved...),
			overTCP(func(q *dns.Msg) []byte { return packed(aliases(q, 1000, false)) })),
		scenario("escapes", "refusals with escape sequences in their texts, from names that have them too", Fails("dns-server-refuses", unresolved...),
			one(func(q *dns.Msg, _ bool) []byte { return packed(shouted(q)) })),
		scenario("truncated-always", "answers that are truncated over TCP as well", Fails("dns-no-address", unresolved...),
			one(func(q *dns.Msg, _ bool) []byte {
				return packed(answerTo(q, func(m *dns.Msg) { m.Truncated = true }))
			})),
		scenario("rcode-unknown", "answers with a response code that has no name", Fails("dns-server-refuses", unresolved...),
			one(func(q *dns.Msg, _ bool) []byte {
				return packed(answerTo(q, func(m *dns.Msg) { m.Rcode, m.Opcode = 15, 15 }))
			})),
		scenario("tcp-trickle", "truncated answers, and over TCP one byte after the other", Fails("dns-tcp-blocked", unresolved...),
			truncated, stream(func(c net.Conn) { trickle(c, "\xff\xff", "\x00\x1b") })),
		scenario("tcp-endless", "truncated answers, and over TCP bytes without end", Fails("dns-tcp-blocked", unresolved...),
			truncated, stream(func(c net.Conn) { endless(c, "", "\xff\xff\x1b[31m") })),
		scenario("tcp-short", "truncated answers, and over TCP half of one", Fails("dns-tcp-blocked", unresolved...),
			truncated, stream(func(c net.Conn) { _, _ = io.WriteString(c, "\x00\x40half"); WaitForEnd(c) })),
	}
}

// answerTo returns an answer without records, modified by change.
func answerTo(q *dns.Msg, change func(*dns.Msg)) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	m.Compress = true
	if change != nil {
		change(m)
	}
	return m
}

func packed(m *dns.Msg) []byte {
	b, err := m.Pack()
	if err != nil {
		panic(err) // the lab made the message
	}
	return b
}

// headerOf returns the header of an answer with one question and a number of
// records.
func headerOf(q *dns.Msg, records uint16) []byte {
	b := binary.BigEndian.AppendUint16(nil, q.Id)
	b = append(b, 0x81, 0x80, 0, 1)
	b = binary.BigEndian.AppendUint16(b, records)
	return append(b, 0, 0, 0, 0)
}

// questionOf returns the question section of a message.
func questionOf(q *dns.Msg) []byte {
	b := packed(&dns.Msg{Question: q.Question})
	return b[12:]
}

// pointerChain returns an answer whose name is a chain of a hundred pointers.
func pointerChain(q *dns.Msg) []byte {
	b := append(headerOf(q, 2), questionOf(q)...)
	// The data of the first record are the pointers, each to the previous one.
	b = append(b, 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 200)
	at, to := len(b), 12
	for range 100 {
		b = binary.BigEndian.AppendUint16(b, 0xc000|uint16(to))
		to, at = at, at+2
	}
	b = binary.BigEndian.AppendUint16(b, 0xc000|uint16(to))
	return append(b, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 1, 101)
}

// amplified returns an answer with as many aliases as fit. Their name has 250 bytes
// and unpacks to a thousand: every byte becomes an escape.
func amplified(q *dns.Msg, size int) []byte {
	long := strings.Repeat("\x3e"+strings.Repeat("\x1b", 62), 3) + "\x3a" + strings.Repeat("\x00", 58) + "\x00"
	body := questionOf(q)
	name := 12 + len(body) + 12
	body = append(body, 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60)
	body = binary.BigEndian.AppendUint16(body, uint16(len(long)))
	body = append(body, long...)
	var records uint16 = 1
	for 12+len(body)+14 <= size {
		body = append(body, 0xc0|byte(name>>8), byte(name), 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0|byte(name>>8), byte(name))
		records++
	}
	return append(headerOf(q, records), body...)
}

// manyAddresses returns an answer with 1,900 addresses that begin with first.
func manyAddresses(q *dns.Msg, first byte) *dns.Msg {
	name := q.Question[0].Name
	return answerTo(q, func(m *dns.Msg) {
		if q.Question[0].Qtype != dns.TypeA {
			return
		}
		for i := range 1900 {
			m.Answer = append(m.Answer, AddressRecord(name, netip.AddrFrom4([4]byte{first, 200, byte(i >> 8), byte(i)})))
		}
	})
}

// aliases returns an answer with a chain of aliases, or a loop.
func aliases(q *dns.Msg, length int, circle bool) *dns.Msg {
	return answerTo(q, func(m *dns.Msg) {
		from := q.Question[0].Name
		for i := range length {
			to := fmt.Sprintf("a%d.%s", i, "example.")
			if circle && i == length-1 {
				to = q.Question[0].Name
			}
			m.Answer = append(m.Answer, &dns.CNAME{Hdr: RecordHeader(from, dns.TypeCNAME), Target: to})
			from = to
		}
	})
}

// shouted returns a refusal with escape sequences in every text.
func shouted(q *dns.Msg) *dns.Msg {
	return answerTo(q, func(m *dns.Msg) {
		m.Rcode = dns.RcodeRefused
		m.SetEdns0(1232, false)
		opt := m.IsEdns0()
		opt.Option = append(opt.Option, &dns.EDNS0_EDE{InfoCode: 15, ExtraText: escapes + strings.Repeat("A", 500)})
		m.Answer = append(m.Answer, &dns.CNAME{Hdr: RecordHeader(q.Question[0].Name, dns.TypeCNAME), Target: "\\027[31m.example."})
	})
}
