package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestJudge_plainName: what holds only for the dual-stack name, while an agent of
// unknown version may use the plain one, is at most a warning.
func TestJudge_plainName(t *testing.T) {
	silentProxy := func(_ string, p *observation.ProxyObservation) { unconnected(p, observation.KindTimeout, 3000*ms) }
	truncated := func(w *world, names ...string) {
		for i := range w.Servers {
			for k := range w.Servers[i].Answers {
				a := &w.Servers[i].Answers[k]
				if slices.ContainsFunc(names, func(name string) bool { return w.planned(name).Host == a.Name }) {
					a.Truncated, a.Addresses, a.Rcode = true, nil, ""
					a.Failure = &observation.Failure{Op: observation.OpLookup, Kind: observation.KindTimeout}
				}
			}
		}
		w.unresolved(observation.KindTimeout, names...)
	}
	for _, test := range []verdictTest{
		{name: "no_proxy covers the plain names", status: 3, want: []string{"warning proxy-unreachable " + asked5}, change: func(w *world) {
			w.versionDecides()
			w.through(proxyAt, silentProxy)
			w.Node.Proxy.No = "localhost,plain-" + strings.Join(plainHosts(w), ",plain-")
		}},
		{name: "no_proxy covers one plain name", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			w.versionDecides()
			w.through(proxyAt, silentProxy)
			w.Node.Proxy.No = "plain-" + hostSSM
		}},
		{name: "no_proxy covers neither", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			w.versionDecides()
			w.through(proxyAt, silentProxy)
			w.Node.Proxy.No = "localhost"
		}},
		{name: "no_proxy is not the given proxy's", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			w.versionDecides()
			w.through(proxyAt, silentProxy)
			w.Plan.Proxy = observation.ProxyGiven
			w.Node.Proxy.No = "plain-" + strings.Join(plainHosts(w), ",plain-")
		}},
		{name: "the dual-stack answers are truncated", status: 3, want: []string{"warning dns-tcp-blocked ssm"}, change: func(w *world) {
			w.versionDecides()
			truncated(w, "ssm")
		}},
		{name: "the only answers are truncated", status: 1, want: []string{"error dns-tcp-blocked ssm"}, change: func(w *world) { truncated(w, "ssm") }},
		{name: "--expect private, and a public dual-stack name", status: 0, want: []string{"warning endpoint-not-private ssm"}, change: func(w *world) {
			w.versionDecides()
			w.Plan.Expect = observation.ExpectPrivate
			w.resolves("ssm", publicOf(0)...)
		}},
		{name: "--expect private, and a public name", status: 1, want: []string{"error endpoint-not-private ssm"}, change: func(w *world) {
			w.Plan.Expect = observation.ExpectPrivate
			w.resolves("ssm", publicOf(0)...)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			test.change(w)
			r := Judge(w.Observations)
			if diff := cmp.Diff(test.want, told1(r), cmpopts.EquateEmpty(), cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if got := r.ExitStatus(false); got != test.status {
				t.Errorf("exit status %d, want %d; verdict %s", got, test.status, r.Verdict)
			}
			consistent(t, r)
		})
	}
}

// plainHosts are the hosts of the targets without what versionDecides puts
// before them.
func plainHosts(w *world) []string {
	var hosts []string
	for _, t := range w.Plan.Targets {
		hosts = append(hosts, t.Host)
	}
	return hosts
}
