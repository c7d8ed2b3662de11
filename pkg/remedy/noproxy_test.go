package remedy

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// throughUnused gives a target a proxy that the agent does not use, through
// which AWS answers.
func throughUnused(o *observation.Observations, target string, u observation.UnusedProxy) {
	for i := range o.Plan.Targets {
		if o.Plan.Targets[i].Name == target {
			o.Plan.Targets[i].UnusedProxy = &u
		}
	}
	for i := range o.Targets {
		if o.Targets[i].Name == target {
			o.Targets[i].UnusedProxy = &observation.ProxyObservation{URL: u.URL, Tunnel: &observation.Reply{Status: 200}}
		}
	}
}

// What an entry of no_proxy that has to go is replaced by is said, and every
// other one stays.
func TestBypassedKeepsNoProxy(t *testing.T) {
	o := observed(t, "us-east-2")
	private(o, "ssm") // blocked today: it stays beside the proxy all the same
	o.Node.Proxy = observation.ProxyConfig{
		Known: observation.Yes, From: "/etc/systemd/system/amazon-ssm-agent.service.d/proxy.conf", HTTPS: "http://proxy.example.com:3128",
		No: "localhost,.amazonaws.com,169.254.170.2,.corp.example,10.0.0.0/8,a b",
	}
	throughUnused(o, "s3", observation.UnusedProxy{Variable: "https_proxy", URL: "http://proxy.example.com:3128", Kind: observation.UnusedNoProxy, InNoProxy: true})
	x := planned(reportOf(finding(diagnose.ProxyBypassed, "s3")), o)
	checkAll(t, x)
	code, comments := divide(text(t, x, Options{}))
	if want := "no_proxy='localhost,169.254.170.2,.corp.example,10.0.0.0/8,ssm.us-east-2.amazonaws.com,169.254.169.254'"; !strings.Contains(code, want) {
		t.Errorf("it lacks %s:\n%s", want, code)
	}
	for _, want := range []string{
		`".amazonaws.com" is removed from no_proxy, because it covers s3.us-east-2.amazonaws.com, which only the proxy can reach; ssm.us-east-2.amazonaws.com takes its place; everything else that it covers then goes through the proxy: add what must not.`,
		`an entry of no_proxy is not a host, domain or address, and is left out: "a b".`,
	} {
		if !strings.Contains(comments, want) {
			t.Errorf("the comments lack %s:\n%s", want, comments)
		}
	}
	o.Node.OS = "windows"
	if whole, _ := divide(text(t, planned(reportOf(finding(diagnose.ProxyBypassed, "s3")), o), Options{As: Terraform})); strings.Contains(whole, "is removed") {
		t.Error("the reason is no comment")
	}
}

// A drop-in of another unit is named as the reason; the one that is written is of
// the unit that the agent has, and keeps its no_proxy.
func TestDropInOfAnotherUnit(t *testing.T) {
	const (
		stray = "/etc/systemd/system/amazon-ssm-agent.service.d/override.conf"
		own   = "snap.amazon-ssm-agent.amazon-ssm-agent.service.d"
	)
	o := observed(t, "us-east-2")
	o.Node.Agent = observation.Agent{Installed: observation.Yes, From: []string{"/snap/amazon-ssm-agent/1"}}
	unused := func(variable, url, no string) observation.UnusedProxy {
		return observation.UnusedProxy{Variable: variable, URL: url, NoProxy: no, From: stray, Line: 2, Kind: observation.UnusedOtherUnit, Unit: "amazon-ssm-agent.service"}
	}
	o.Node.Proxy = observation.ProxyConfig{Known: observation.Yes, From: "/etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service", ShellNo: ".shell.example"}
	o.Node.Proxy.Unused = []observation.UnusedProxy{unused("https_proxy", "http://proxy.example.com:3128", ""), unused("no_proxy", "", ".corp.example,.amazonaws.com")}
	for i := range o.Targets {
		if o.Targets[i].Name == "ssmmessages" { // a private endpoint, which stays beside the proxy
			o.Targets[i].Addresses = []observation.AddressObservation{{Address: netip.MustParseAddr("10.0.1.102")}}
		}
	}
	throughUnused(o, "ssm", o.Node.Proxy.Unused[0])
	x := planned(reportOf(finding(diagnose.ProxyAgentDiffers, "ssm")), o)
	checkAll(t, x)
	script := text(t, x, Options{})
	_, comments := divide(script)
	for _, want := range []string{
		"Why the agent has no proxy: " + stray + " line 2: https_proxy=http://proxy.example.com:3128 is in a drop-in for amazon-ssm-agent.service, a unit that does not exist here.",
		"no_proxy is copied from " + stray + ".", `".amazonaws.com" is removed from no_proxy`,
	} {
		if !strings.Contains(comments, want) {
			t.Errorf("the comments lack %s:\n%s", want, comments)
		}
	}
	if strings.Contains(comments, "The settings were found in") {
		t.Errorf("the agent's unit, which has no proxy, is named in place of the drop-in:\n%s", comments)
	}
	script = strings.ReplaceAll(strings.ReplaceAll(script, "/etc/systemd/system/", "etc/"), "systemctl ", "echo systemctl >>did ")
	dir, _, stderr, status := runScript(t, script, nil, "node")
	b, err := os.ReadFile(filepath.Join(dir, "etc", own, fix.ProxyDropIn))
	if err != nil || status != 0 {
		t.Fatalf("status %d, %v: %s", status, err, stderr)
	}
	const no = ".corp.example,ssmmessages.us-east-2.amazonaws.com,169.254.169.254"
	for _, want := range []string{`"https_proxy=http://proxy.example.com:3128"`, `"no_proxy=` + no + `" "NO_PROXY=` + no + `"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the drop-in lacks %s:\n%s", want, b)
		}
	}
}
