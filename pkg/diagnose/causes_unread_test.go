package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// unreadKinds are the reasons why an existing file was not read, or one that may exist.
var unreadKinds = []observation.Kind{observation.KindDenied, observation.KindNoResources, observation.KindUnreadable, observation.KindTimeout, observation.KindTooLarge}

// unreadTests: what could not be read is unknown, and never "none".
func unreadTests() []verdictTest {
	var all []verdictTest
	for _, kind := range unreadKinds {
		failed := func(name string) *observation.Failure {
			return &observation.Failure{Op: observation.OpRead, Kind: kind, Text: name + ": it was not read"}
		}
		noServers := func(w *world) {
			w.Servers, w.Node.Resolver.Servers = w.Servers[1:], nil
			w.Node.Resolver.Failure = failed("/etc/resolv.conf")
		}
		test := func(name string, status int, want []string, change func(*world)) {
			all = append(all, verdictTest{name: "unread (" + string(kind) + "): " + name, status: status, want: want, change: change})
		}
		test("the nameservers, and no name resolves", 3, nil, func(w *world) {
			noServers(w)
			w.unresolved(observation.KindConnectionRefused, allNames...)
		})
		test("the nameservers, and the address that the VPC's resolver gives is silent", 3, nil, func(w *world) {
			noServers(w)
			w.silent("ssm")
		})
		test("the hosts file, and all is well", 0, nil, func(w *world) { w.Node.Hosts.Failure = failed("/etc/hosts") })
		test("the hosts file, and an endpoint is silent", 3, []string{"warning endpoint-blocked ssm"}, func(w *world) {
			w.Node.Hosts.Failure = failed("/etc/hosts")
			w.silent("ssm")
		})
		test("the hosts file, and a name does not exist", 3, []string{"warning dns-name-missing ssm"}, func(w *world) {
			w.Node.Hosts.Failure = failed("/etc/hosts")
			w.fails(vpcPlus2, "ssm", observation.KindNXDomain)
			w.fails(vpcDefault, "ssm", observation.KindNXDomain)
			w.unresolved(observation.KindNXDomain, "ssm")
		})
		test("the signs of a container, and metadata is silent", 0, []string{"warning imds-unreachable " + asked5}, func(w *world) {
			w.Metadata = observation.Metadata{Asked: true, Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindTimeout}}
			w.Node.ContainerFailure = failed("/proc/1/cgroup")
		})
		test("the agent's configuration", 0, nil, func(w *world) { w.Node.Agent.Config.Failure = failed("/etc/amazon/ssm/amazon-ssm-agent.json") })
		test("whether there is an agent, and an endpoint is silent", 3, []string{"warning endpoint-blocked ssm"}, func(w *world) {
			w.Node.Agent.Installed, w.Node.Agent.Running, w.Node.Proxy.Known = observation.Unknown, observation.Unknown, observation.No
			w.silent("ssm")
		})
	}
	hangs := func(w *world) {
		w.Servers, w.Node.Resolver.Servers = w.Servers[1:], nil
		w.Node.Resolver.Failure = &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: "/etc/resolv.conf: not a regular file"}
		w.System = nil
		w.SystemNotAsked = "/etc/resolv.conf: a FIFO"
	}
	return append(all,
		verdictTest{name: "unread: resolv.conf is a FIFO", status: 3, change: func(w *world) { hangs(w); w.SystemHangs = true }},
		verdictTest{name: "resolv.conf is a directory", status: 1, want: []string{"error dns-no-nameserver " + asked5}, change: func(w *world) {
			hangs(w)
			for _, name := range allNames {
				w.at(name).Addresses = nil
			}
		}},
		verdictTest{name: "unread: a part of the proxy settings, and all is well", status: 0, change: func(w *world) {
			w.Node.Proxy.Known, w.Node.Proxy.Incomplete = observation.Unknown, "/etc/a.env: more than 256 KiB"
		}},
		verdictTest{name: "unread: a part of the proxy settings, and an endpoint is silent", status: 3, want: []string{"warning endpoint-blocked ssm"}, change: func(w *world) {
			w.Node.Proxy.Known, w.Node.Proxy.Incomplete = observation.Unknown, "/etc/a.env: more than 256 KiB"
			w.silent("ssm")
		}},
	)
}

// What was not read is said, with the reason.
func TestNotesOfUnreadFiles(t *testing.T) {
	for _, kind := range unreadKinds {
		w := healthy()
		for name, f := range map[string]**observation.Failure{
			"/etc/hosts": &w.Node.Hosts.Failure, "/etc/resolv.conf": &w.Node.Resolver.Failure,
			"/registration": &w.Node.Registration.Failure, "/config": &w.Node.Agent.Config.Failure,
		} {
			*f = &observation.Failure{Op: observation.OpRead, Kind: kind, Text: name + ": it was not read"}
		}
		notes := Judge(w.Observations).Notes
		for _, what := range []string{"the hosts file", "the nameservers' configuration", "the agent's registration", "the agent's configuration"} {
			if !slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, what+" ") && strings.Contains(n, "not known") }) {
				t.Errorf("%s: nothing is said of %s: %q", kind, what, notes)
			}
		}
	}
}
