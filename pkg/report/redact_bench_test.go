package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// The largest list that a report may have, and room for other members in the
// largest document.
const longest, roomiest = 990, report.MaxDocument - 1<<19

// large gives documents that are as large as ReadJSON takes, each full of one
// kind of what is redacted, with a size of at most limit bytes.
var large = map[string]func(limit int) *report.Document{
	"buckets and words": func(limit int) *report.Document {
		d := healthy()
		for i := range min(longest-len(d.Observations.Plan.Targets), (limit-1<<15)>>9) {
			name := fmt.Sprintf("acme-own-bucket-%d", i)
			d.Observations.Plan.Targets = append(d.Observations.Plan.Targets, observation.PlannedTarget{
				Target: endpoint.Target{Name: "s3:" + name, Bucket: name, Host: s3Host, Port: 443}, Asked: true})
		}
		return stuffed(d, limit, func(i int) string { return fmt.Sprintf("acme-own-bucket-%d.s3x ", i%5000) })
	},
	"hosts": func(limit int) *report.Document {
		return stuffed(manyHosts(limit), limit, func(i int) string { return fmt.Sprintf("h%d.d%d.contoso.example ", i, i%900) })
	},
	"new words": func(limit int) *report.Document {
		return stuffed(healthy(), limit, func(i int) string { return fmt.Sprintf("w%dx ", i) })
	},
	"short words":   func(limit int) *report.Document { return stuffed(healthy(), limit, func(int) string { return "a-" }) },
	"one long word": func(limit int) *report.Document { return stuffed(healthy(), limit, func(int) string { return "Ab" }) },
	"users": func(limit int) *report.Document {
		return stuffed(healthy(), limit, func(i int) string { return fmt.Sprintf("http://u%d:p@h%d/ ", i, i) })
	},
	"colons": func(limit int) *report.Document { return stuffed(healthy(), limit, func(int) string { return ":1" }) },
	"backslashes": func(limit int) *report.Document {
		return stuffed(healthy(), limit, func(i int) string { return fmt.Sprintf(`D%d\u%d `, i%1000, i) })
	},
	"a bucket list": func(limit int) *report.Document {
		return stuffed(healthy(), limit, func(i int) string { return []string{"buckets a", ", b", " and c"}[min(i, 1+i%2)] })
	},
	"IPv4 addresses": func(limit int) *report.Document {
		return stuffed(healthy(), limit, func(i int) string { return fmt.Sprintf("10.%d.%d.%d ", i>>16&255, i>>8&255, i&255) })
	},
	"IPv6 addresses": func(limit int) *report.Document {
		return stuffed(healthy(), limit, func(i int) string {
			return fmt.Sprintf("fd%02x:%x::%x:%x ", i&255, i*7919&0xffff, i*104729&0xffff, i*31&0xffff)
		})
	},
	"public addresses": func(limit int) *report.Document {
		return stuffed(healthy(), limit, func(i int) string { return fmt.Sprintf("53.%d.%d.%d ", i>>16&255, i>>8&255, i&255) })
	},
	"old proxies": oldProxies,
	"ids": func(limit int) *report.Document {
		return stuffed(healthy(), limit, func(i int) string { return fmt.Sprintf("eni-%017x ", i) })
	},
}

// manyHosts has as many search domains as a list may have.
func manyHosts(limit int) *report.Document {
	d := healthy()
	for i := range min(900, (limit-1<<15)>>9) {
		d.Observations.Node.Resolver.Search = append(d.Observations.Node.Resolver.Search, fmt.Sprintf("d%d.contoso.example", i))
		d.Observations.Node.Addresses = append(d.Observations.Node.Addresses, netip.PrefixFrom(netip.AddrFrom4([4]byte{20, byte(i >> 8), byte(i), 1}), 24+i%9))
	}
	return d
}

// oldProxies is as a version wrote it that left proxies' passwords in a report:
// as many as are looked for, each as long, and experiments that looked pieces of
// them up.
func oldProxies(limit int) *report.Document {
	d := healthy()
	o := d.Observations
	for i := range min(60, limit>>14) {
		// The password's words have all lengths, the shortest that are looked for too.
		proxy := fmt.Sprintf("http://u:%dpw/%s/%0*d@proxy:3128", i, strings.Repeat(fmt.Sprintf("%04x", i*7919&0xffff), 240), 4+i%5, i)
		o.Plan.Targets = append(o.Plan.Targets, observation.PlannedTarget{Target: endpoint.Target{Name: fmt.Sprintf("x%d", i), Host: s3Host, Port: 443}, Proxy: proxy})
	}
	way := func() *observation.ProxyObservation {
		return &observation.ProxyObservation{URL: "http://u:***@proxy:3128"}
	}
	for n := range min(5, limit>>15) {
		w := way()
		for i := range 650 * min(limit, roomiest) / roomiest {
			w.Experiments = append(w.Experiments, observation.Experiment{Kind: observation.ExperimentRepeat, Text: "seen a://b?c",
				Proxy: &observation.ProxyOpening{Lookup: &observation.SystemLookup{Host: fmt.Sprintf("piece%d", n*1000+i)}}})
		}
		o.Targets = append(o.Targets, observation.TargetObservation{Name: fmt.Sprintf("y%d", n), Proxy: w})
	}
	urls := &o.Targets[0]
	urls.Proxy = way()
	urls.Proxy.Connect = &observation.Connect{Failure: &observation.Failure{Op: observation.OpProxy, Kind: observation.KindOther, Text: strings.Repeat("://", limit/32)}}
	return stuffed(d, limit*7/16, func(i int) string { return fmt.Sprintf("%04x-%d ", i&0xffff, i) })
}

// stuffed fills bodies with what next gives, until the document has limit bytes.
func stuffed(d *report.Document, limit int, next func(i int) string) *report.Document {
	const bodies = 64
	a := &d.Observations.Targets[0].Addresses[0]
	for n, i := 0, 0; n < bodies; n++ {
		var b strings.Builder
		for b.Len() < (limit-1<<15)/bodies {
			b.WriteString(strings.ReplaceAll(next(i), `"`, ""))
			i++
		}
		stages := a.Stages
		stages.Reply = &observation.Reply{Request: "GET /", Status: 403, Body: b.String(), Location: "https://contoso.example/"}
		a.Experiments = append(a.Experiments, observation.Experiment{Kind: observation.ExperimentRepeat, Result: stages})
	}
	return d
}

// BenchmarkRedact does all that `ssmcheck diagnose --redact -v` does with the
// largest reports that it accepts, and writes JSON too. Its limit is for a quiet
// machine.
func BenchmarkRedact(b *testing.B) {
	for name, make := range large {
		b.Run(name, func(b *testing.B) {
			doc := encode(b, make(roomiest))
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				d, err := report.ReadJSON(bytes.NewReader(doc))
				if err != nil {
					b.Fatalf("%d bytes: %v", len(doc), err)
				}
				d = redacted(b, d)
				var out bytes.Buffer
				if err := report.Text(&out, d, report.TextOptions{Verbose: true}); err != nil {
					b.Fatal(err)
				}
				// Stand-ins may be longer than what they stand for: then that is the answer.
				if err := report.JSON(&out, d); err != nil && !errors.Is(err, report.ErrTooLarge) {
					b.Fatal(err)
				}
			}
			if each := b.Elapsed() / time.Duration(b.N); each > 2*time.Second {
				b.Errorf("it takes %s; on a quiet machine that is too long", each)
			}
		})
	}
}

// The time grows with the length of the report: a text sixteen times as long
// takes about as long as sixteen short ones, and not 256 times as long as one. The two
// take turns, so that a busy machine slows both.
func TestRedactLinear(t *testing.T) {
	const small, times, atMost = 32 << 10, 16, 1.6
	for name, make := range large {
		t.Run(name, func(t *testing.T) {
			short, long := make(small+1<<15), make(small*times+1<<15)
			best := math.Inf(1)
			for range 12 {
				one := processorTime(t, func() { redacted(t, long) })
				many := processorTime(t, func() {
					for range times {
						redacted(t, short)
					}
				})
				if best = min(best, float64(one)/float64(many)); best < atMost {
					return
				}
			}
			t.Errorf("%d times the text takes %.0f times as long", times, best*times)
		})
	}
}
