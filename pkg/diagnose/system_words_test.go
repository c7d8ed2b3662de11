package diagnose_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// A system is one that a saved report may come from, with what replaces Linux's texts.
type system struct {
	os string
	// places are pairs: a text of Linux, and its replacement.
	places []string
	// foreign is what no text about such a node may contain: paths and programs of others.
	foreign *regexp.Regexp
}

// systems are the two that are not Linux.
//
// The nameserver that a person configures may run on any system: what is said of
// it (dnsmasq, unbound, `uci`) is not about the node.
func systems() []system {
	return []system{
		{
			os: "windows",
			places: []string{
				"/etc/resolv.conf", "GetAdaptersAddresses",
				"/etc/hosts", `C:\\Windows\\System32\\drivers\\etc\\hosts`,
				"/etc/amazon/ssm/", `C:\\Program Files\\Amazon\\SSM\\`,
				"/var/lib/amazon/ssm/", `C:\\ProgramData\\Amazon\\SSM\\`,
				"/var/log/amazon/ssm/", `C:\\ProgramData\\Amazon\\SSM\\Logs\\`,
				"/usr/bin/amazon-ssm-agent", `C:\\Program Files\\Amazon\\SSM\\amazon-ssm-agent.exe`,
				"/sys/class/dmi/id/sys_vendor", `HKLM\\HARDWARE\\DESCRIPTION\\System\\BIOS\\SystemManufacturer`,
			},
			foreign: regexp.MustCompile(`(?m)(?:^|[\s"'(=:` + "`" + `])/(?:etc|var|usr|proc|run|sys|opt|snap|tmp|dev|home)/` +
				`|\b(?:systemctl|systemd\S*|journalctl|chronyc?d?|timedatectl|iptables|nft|resolv\.conf|nsswitch\S*|sudo|getent|dig|tracepath|grep|openssl|drop-ins?|snapd?|dpkg|rpm|EnvironmentFile|docker|Docker|podman|Podman|cgroup|umask|SSL_CERT_\w+|routing rules?|options rotate|use-vc|ca-certificates|libc|glibc)\b` +
				`|as root\b|` + "`ip |`nft|/dev/null|amazon-ssm-agent\\.service"),
		},
		{
			os: "darwin",
			places: []string{
				"/etc/amazon/ssm/", "/opt/aws/ssm/",
				"/var/lib/amazon/ssm/", "/opt/aws/ssm/data/",
				"/usr/bin/amazon-ssm-agent", "/opt/aws/ssm/bin/amazon-ssm-agent",
				"/sys/class/dmi/id/sys_vendor", "the firmware",
			},
			foreign: regexp.MustCompile(`(?m)/(?:proc|sys|snap)/|/etc/(?:amazon|systemd|init|docker|default|nsswitch)|/var/lib/` +
				`|\b(?:systemctl|systemd\S*|journalctl|chronyc?d?|timedatectl|iptables|nft|nsswitch\S*|getent|tracepath|snapd?|dpkg|rpm|EnvironmentFile|docker|Docker|podman|Podman|cgroup|SSL_CERT_\w+|routing rules?|options rotate|use-vc|ca-certificates|HKLM|HKU|NUL|glibc)\b` +
				`|in PowerShell|-Service\b|\w\.exe\b|` + "`ip |`nft|\\btimeout \\d"),
		},
	}
}

// of turns a run on Linux into one on this system, without what only Linux has.
func (s system) of(t *testing.T, o *observation.Observations) *observation.Observations {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var out observation.Observations
	if err := json.Unmarshal([]byte(strings.NewReplacer(s.places...).Replace(string(b))), &out); err != nil {
		t.Fatal(err)
	}
	n := &out.Node
	n.OS = s.os
	n.Interfaces, n.Container, n.ContainerFailure, n.Trust = nil, "", nil, observation.TrustConfig{}
	n.Agent.StrayDropIns = nil
	n.Proxy.Unused = slices.DeleteFunc(n.Proxy.Unused, func(u observation.UnusedProxy) bool { return !u.Kind.Bypassed() })
	// The rest of resolv.conf and nsswitch.conf is for Go's own resolver.
	n.Resolver = observation.ResolverConfig{From: n.Resolver.From, Servers: n.Resolver.Servers, Failure: n.Resolver.Failure, Search: n.Resolver.Search}
	for i := range out.Plan.Targets {
		if u := out.Plan.Targets[i].UnusedProxy; u != nil && !u.Kind.Bypassed() {
			out.Plan.Targets[i].UnusedProxy, out.Targets[i].UnusedProxy = nil, nil
		}
	}
	return &out
}

// TestWordsOfTheSystem: what is said about a Windows or macOS node, in a report, its
// commands, its fixes and its scripts, contains no path or program of another system.
// The nodes are those of every table test.
func TestWordsOfTheSystem(t *testing.T) {
	for _, s := range systems() {
		t.Run(s.os, func(t *testing.T) {
			seen := map[string]bool{}
			for _, world := range diagnose.Worlds() {
				o := s.of(t, world())
				r := diagnose.Judge(o)
				b, err := json.Marshal(o)
				if err != nil {
					t.Fatal(err)
				}
				facts := string(b)
				for _, text := range texts(t, r, o) {
					for line := range strings.Lines(text) {
						if at := s.ofAnother(line, facts); at != "" && !seen[line] {
							seen[line] = true
							t.Errorf("%q in %s", at, line)
						}
					}
				}
			}
		})
	}
}

// ofAnother is the first word of another system in a line. One that is among the facts
// is what the run read, and not a word of ours.
func (s system) ofAnother(line, facts string) string {
	for _, at := range s.foreign.FindAllStringIndex(line, -1) {
		match := strings.TrimLeft(line[at[0]:at[1]], " \"'(=:`")
		rest, _, _ := strings.Cut(line[at[1]:], " ")
		if word := strings.TrimRight(match+rest, "\"'`,.;:)\n"); !strings.Contains(facts, word) {
			return word
		}
	}
	return ""
}

// texts are the report and the scripts of a run.
func texts(t *testing.T, r *diagnose.Report, o *observation.Observations) (all []string) {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, report.New("test", r, o), report.TextOptions{ASCII: true, Verbose: true, Width: 10_000}); err != nil {
		t.Fatal(err)
	}
	all = append(all, b.String())
	for _, f := range r.Findings {
		all = append(all, f.Title)
		all = append(all, f.Evidence...)
		all = append(all, f.Fix...)
		for _, c := range f.Checks {
			all = append(all, c.Command, c.Expect)
		}
	}
	for _, as := range remedy.Languages() {
		b.Reset()
		if err := remedy.Write(&b, remedy.New(r, o), remedy.Options{As: as}); err != nil {
			t.Fatal(err)
		}
		all = append(all, b.String())
	}
	return all
}
