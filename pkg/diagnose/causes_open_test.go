package diagnose

import (
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// openTests are targets that work at one address, or do not work yet, and have another
// fault as well.
func openTests() []verdictTest {
	noEndpoint := func(w *world) { w.resolves("ssmmessages", publicOf(1)...) }
	boxed := func(w *world, failed observation.Kind) {
		w.certificate(byBox(true), "ssmmessages")
		w.socket(func(s *observation.WebSocket) {
			s.Reply = &observation.Reply{Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpUpgrade, Kind: failed}}
		})
	}
	young := func(w *world) {
		w.Ending = observation.EndingDeadline
		connectFails(&w.at("ssm").Addresses[1], observation.KindUndecided, 700*ms)
	}
	return []verdictTest{
		{name: "a capability that only a newer version knows", status: 3, change: func(w *world) {
			w.Plan.Capabilities = append(w.Plan.Capabilities, "teleport")
		}},
		{name: "a file of the resolver's keeps whoever opens it", status: 3, change: func(w *world) {
			w.SystemNotAsked, w.SystemHangs, w.System = "/etc/nsswitch.conf: a FIFO", true, nil
		}},
		{name: "a bucket of one's own was not reached before the end", status: 3, change: func(w *world) {
			w.target(endpoint.Target{Name: "s3:mine", Service: endpoint.S3, Host: hostS3, Bucket: "mine"}, true)
			w.resolves("s3:mine", "3.5.128.10")
			w.Ending = observation.EndingDeadline
			connectFails(&w.at("s3:mine").Addresses[0], observation.KindUndecided, 700*ms)
		}},
		{name: "a saved report that lacks its targets", status: 3, change: func(w *world) {
			w.Plan.Targets, w.Targets = nil, nil
		}},
		{name: "a box swallows the WebSocket, and the name has no private address: NAT carries it", status: 1,
			want: []string{"error websocket-blocked ssmmessages", "warning endpoint-not-private ssmmessages", "warning tls-intercepted ssmmessages"}, change: func(w *world) {
				noEndpoint(w)
				boxed(w, observation.KindTimeout)
			}},
		{name: "a box swallows the WebSocket, and the nameserver does not forward", status: 1,
			want: []string{"error websocket-blocked ssmmessages", "warning dns-forwarder-missing " + apis3, "warning tls-intercepted ssmmessages"}, change: func(w *world) {
				forwards(w)
				for i, name := range allAPIs {
					w.leads(name, publicOf(i)...)
				}
				boxed(w, observation.KindTimeout)
			}},
		{name: "a box whose certificate the node refuses, and no private address: one cause", status: 1,
			want: []string{"error endpoint-not-private ssmmessages"}, change: func(w *world) {
				noEndpoint(w)
				w.certificate(byBox(false), "ssmmessages")
			}},
		{name: "one of two addresses has another host's certificate and shows a page: one cause", status: 0,
			want: []string{"warning tls-wrong-name ssm"}, change: func(w *world) {
				a := &w.at("ssm").Addresses[0]
				byBox(false)(a.Handshake)
				a.Handshake.NameMatches = false
				a.Reply.RequestID, a.Reply.Status, a.Reply.Body = "", 200, "<html>log in"
			}},
		{name: "the run ended before the upgrade through a box that opens TLS", status: 3, want: []string{"warning tls-intercepted ssmmessages"}, change: func(w *world) {
			w.Ending = observation.EndingDeadline
			boxed(w, observation.KindUndecided)
		}},
		{name: "the same, and the name has no private address", status: 3,
			want: []string{"warning endpoint-not-private ssmmessages", "warning tls-intercepted ssmmessages"}, change: func(w *world) {
				w.Ending = observation.EndingDeadline
				noEndpoint(w)
				boxed(w, observation.KindUndecided)
			}},
		{name: "the upgrade through a box was never tried", status: 3, want: []string{"warning tls-intercepted ssmmessages"}, change: func(w *world) {
			w.certificate(byBox(true), "ssmmessages")
			w.each(func(a *observation.AddressObservation) { a.WebSocket = nil }, "ssmmessages")
		}},
		{name: "the run ended before one of two upgrades through a box, and the other one passed", status: 0,
			want: []string{"warning tls-intercepted ssmmessages"}, change: func(w *world) {
				w.Ending = observation.EndingDeadline
				passed := *w.at("ssmmessages").Addresses[0].WebSocket
				boxed(w, observation.KindUndecided)
				w.at("ssmmessages").Addresses[0].WebSocket = &passed
			}},
		{name: "one address refuses, and the other one is undecided", status: 3, want: []string{"warning connection-refused ssm"}, change: func(w *world) {
			connectFails(&w.at("ssm").Addresses[0], observation.KindConnectionRefused, 5*ms)
			young(w)
		}},
		{name: "one address has another host's certificate and shows a page, and the other one is undecided", status: 3,
			want: []string{"warning tls-wrong-name ssm"}, change: func(w *world) {
				w.certificate(byBox(false), "ssm")
				w.certificate(func(h *observation.Handshake) { h.NameMatches = false }, "ssm")
				w.page("ssm")
				young(w)
			}},
		{name: "the clock is a year behind, and one address is undecided: it is as wrong there", status: 1,
			want: []string{"error clock-skew " + asked5}, change: func(w *world) {
				w.clock(400 * 24 * time.Hour)
				w.certificate(func(h *observation.Handshake) {
					h.InTime, h.Verified = false, false
					h.Certificates[0].NotBefore, h.Certificates[0].NotAfter = began.AddDate(1, 0, 0), began.AddDate(2, 0, 0)
				}, allNames...)
				young(w)
			}},
		{name: "both addresses are silent when the deadline passes", status: 1, want: []string{"error endpoint-blocked ssm"}, change: func(w *world) {
			w.Ending = observation.EndingDeadline
			w.connects(observation.KindTimeout, 1200*ms, "ssm")
		}},
		{name: "no address when the deadline passes, and another target undecided", status: 1, want: []string{"error dns-name-missing ssmmessages"}, change: func(w *world) {
			w.fails(vpcPlus2, "ssmmessages", observation.KindNXDomain)
			w.fails(vpcDefault, "ssmmessages", observation.KindNXDomain)
			w.unresolved(observation.KindNXDomain, "ssmmessages")
			w.connects(observation.KindUndecided, 700*ms, "ssm")
			young(w)
		}},
	}
}
