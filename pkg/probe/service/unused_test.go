package service

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// compareUnused compares the facts of unused proxies.
func compareUnused(t *testing.T, want, got []observation.UnusedProxy) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestUnusedProxiesOfUnit(t *testing.T) {
	const (
		unit  = "usr/lib/systemd/system/amazon-ssm-agent.service"
		file  = "etc/systemd/system/amazon-ssm-agent.service.d/proxy.conf"
		proxy = "http://node:pass%20word@proxy:3128"
		shown = "http://node:***@proxy:3128"
	)
	dropped := func(name string, line int, reason observation.UnusedKind) observation.UnusedProxy {
		return observation.UnusedProxy{Variable: name, URL: shown, From: "/" + file, Line: line, Kind: reason}
	}
	for _, test := range []struct {
		name, dropIn string
		https        string
		want         []observation.UnusedProxy
		unread       bool
	}{
		{name: "a percent sign", dropIn: "# proxy\n[Service]\nEnvironment=\"https_proxy=" + proxy + "\"\n", want: []observation.UnusedProxy{dropped("https_proxy", 3, observation.UnusedSpecifier)}},
		{name: "on a continued line", dropIn: "[Service]\nEnvironment=A=1 \\\n  https_proxy=" + proxy + "\n", want: []observation.UnusedProxy{dropped("https_proxy", 2, observation.UnusedSpecifier)}},
		{name: "a later line stands in", dropIn: "[Service]\nEnvironment=https_proxy=" + proxy + "\nEnvironment=HTTPS_PROXY=http://other:3128\n", https: ""},
		{name: "an earlier line stays", dropIn: "[Service]\nEnvironment=https_proxy=http://other:3128\nEnvironment=https_proxy=" + proxy + "\n", https: "http://other:3128"},
		{name: "what comes before an empty assignment does not count", dropIn: "[Service]\nEnvironment=https_proxy=" + proxy + "\nEnvironment=\n"},
		{name: "no_proxy has no address", dropIn: "[Service]\nEnvironment=\"no_proxy=10.0.0.1%20\"\n", want: []observation.UnusedProxy{{Variable: "no_proxy", NoProxy: "***", From: "/" + file, Line: 2, Kind: observation.UnusedSpecifier}}},
		{name: "other variables do not count", dropIn: "[Service]\nEnvironment=A=%20\n"},
		{name: "a specifier that is not worked out", dropIn: "[Service]\nEnvironment=https_proxy=http://%H:3128\n", https: "http://%H:3128", unread: true},
		{name: "one that another line takes back", dropIn: "[Service]\nEnvironment=https_proxy=http://%H:3128\nEnvironment=https_proxy=http://other:3128\n", https: "http://other:3128"},
		{name: "an EnvironmentFile with a specifier", dropIn: "[Service]\nEnvironmentFile=-/etc/default/%p\n", https: "http://file:3128"},
		{name: "an EnvironmentFile with one that does not exist", dropIn: "[Service]\nEnvironmentFile=-/etc/%20/x\n"},
		{name: "UnsetEnvironment is reset", dropIn: "[Service]\nEnvironment=https_proxy=http://other:3128\nUnsetEnvironment=https_proxy\nUnsetEnvironment=\n", https: "http://other:3128"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Reader{files.Machine{Files: probetest.NodeFS{MapFS: probetest.Root(map[string]string{unit: "[Service]\n", file: test.dropIn, "etc/default/amazon-ssm-agent": "https_proxy=http://file:3128\n"})}}}
			got := p.unitEnvironment()
			compareUnused(t, test.want, facts(got.Unused))
			if got.Values["https_proxy"] != test.https || (got.unread != nil) != test.unread {
				t.Errorf("https_proxy %q, unread %v", got.Values["https_proxy"], got.unread)
			}
			for _, u := range got.Unused {
				if u.Variable != "no_proxy" && (u.ProxyURL == nil || u.ProxyURL.Host != "proxy:3128") {
					t.Errorf("what is tried: %v", u.ProxyURL)
				}
			}
		})
	}
}

func TestStrayDropIns(t *testing.T) {
	const (
		snap  = "etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service"
		other = "etc/systemd/system/amazon-ssm-agent.service.d/override.conf"
	)
	proxy := func(file, unit string) observation.UnusedProxy {
		return observation.UnusedProxy{Variable: "https_proxy", URL: "http://proxy:3128", From: "/" + file, Line: 2, Kind: observation.UnusedOtherUnit, Unit: unit}
	}
	for _, test := range []struct {
		name  string
		files []string
		want  []string
		unit  string
	}{
		{name: "of the package's unit, beside snap's", files: []string{snap, other}, want: []string{other}, unit: "amazon-ssm-agent.service"},
		{name: "of a misspelt unit", files: []string{snap, "etc/systemd/system/amazon-ssm-agent.d/a.conf"}, want: []string{"etc/systemd/system/amazon-ssm-agent.d/a.conf"}, unit: "amazon-ssm-agent"},
		{name: "of snap's unit, beside the package's", files: []string{"lib/systemd/system/amazon-ssm-agent.service", snap + ".d/a.conf"}, want: []string{snap + ".d/a.conf"},
			unit: "snap.amazon-ssm-agent.amazon-ssm-agent.service"},
		{name: "of both units", files: []string{snap, "lib/systemd/system/amazon-ssm-agent.service", other, snap + ".d/a.conf"}},
		{name: "of the unit's prefixes", files: []string{"lib/systemd/system/amazon-ssm-agent.service", "etc/systemd/system/amazon-ssm-.service.d/a.conf"}},
		{name: "no unit at all", files: []string{other}},
		{name: "not named .conf", files: []string{snap, strings.TrimSuffix(other, ".conf")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			contents := map[string]string{}
			for _, name := range test.files {
				contents[name] = "[Service]\nEnvironment=https_proxy=http://proxy:3128 A=1\n"
			}
			got, proxies := Reader{files.Machine{Files: probetest.Root(contents)}}.StrayDropIns()
			var want []string
			var wantProxies []observation.UnusedProxy
			for _, w := range test.want {
				want, wantProxies = append(want, "/"+w), append(wantProxies, proxy(w, test.unit))
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			compareUnused(t, wantProxies, facts(proxies))
		})
	}
}

// The no_proxy in an unused drop-in shows what its author intended.
func TestStrayDropInKeepsNoProxy(t *testing.T) {
	const stray = "etc/systemd/system/amazon-ssm-agent.service.d/override.conf"
	_, got := Reader{files.Machine{Files: probetest.Root(map[string]string{
		"etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service": "[Service]\n",
		stray: "[Service]\nEnvironment=https_proxy=http://proxy:3128\nEnvironment=no_proxy=.corp.example,http://u:S3cr3t@x\n",
	})}}.StrayDropIns()
	want := observation.UnusedProxy{Variable: "no_proxy", NoProxy: ".corp.example,***", From: "/" + stray, Line: 3, Kind: observation.UnusedOtherUnit, Unit: "amazon-ssm-agent.service"}
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	compareUnused(t, []observation.UnusedProxy{want}, facts(got[1:]))
}

// TestUnusedByProcess reads the unit beside the environment of the running agent.
func TestUnusedByProcess(t *testing.T) {
	const file = "etc/systemd/system/amazon-ssm-agent.service.d/proxy.conf"
	contents := func(dropIn, environ string) map[string]string {
		return map[string]string{
			"usr/lib/systemd/system/amazon-ssm-agent.service": "[Service]\n", file: "[Service]\nEnvironment=" + dropIn + "\n",
			"proc/7/environ": environ,
		}
	}
	for _, test := range []struct {
		name, dropIn, environ string
		want                  []observation.UnusedKind
	}{
		{"left out", "https_proxy=http://u:p%20w@proxy:3128", "A=1\x00", []observation.UnusedKind{observation.UnusedSpecifier}},
		{"the process started before", "https_proxy=http://proxy:3128", "A=1\x00", []observation.UnusedKind{observation.UnusedNotRestarted}},
		{"the process started before no_proxy was written", "https_proxy=http://proxy:3128 no_proxy=.corp.example", "A=1\x00", []observation.UnusedKind{observation.UnusedNotRestarted, observation.UnusedNotRestarted}},
		{"the process started before, and only no_proxy is new", "no_proxy=.corp.example", "A=1\x00", nil},
		{"the process has one", "https_proxy=http://u:p%20w@proxy:3128", "https_proxy=http://proxy:3128\x00", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, _, known := Reader{files.Machine{Files: probetest.Root(contents(test.dropIn, test.environ))}}.serviceEnvironment("7")
			var got []observation.UnusedKind
			for _, u := range e.Unused {
				got = append(got, u.Kind)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || known != observation.Yes {
				t.Errorf("known %q (-want +got)\n%s", known, diff)
			}
		})
	}
}

func TestUnusedFor(t *testing.T) {
	config := func(pairs ...string) ProxySettings {
		e := newEnvironment()
		for i := 0; i < len(pairs); i += 2 {
			e.set(assignment{pairs[i], pairs[i+1]}, "/unit")
		}
		return bareService(nil).ProxyConfig(e, "/unit", observation.Yes)
	}
	const proxy = "http://u:pw@proxy:3128"
	for _, test := range []struct {
		name   string
		config ProxySettings
		want   observation.UnusedKind
		inNo   bool
	}{
		{"https_proxy applies", config("https_proxy", proxy), "", false},
		{"none", config("no_proxy", "*"), "", false},
		{"http_proxy only", config("http_proxy", proxy), observation.UnusedHTTPOnly, false},
		{"http_proxy only, and no_proxy", config("HTTP_PROXY", proxy, "NO_PROXY", "amazonaws.com"), observation.UnusedHTTPOnly, true},
		{"no_proxy", config("https_proxy", proxy, "no_proxy", ".amazonaws.com"), observation.UnusedNoProxy, true},
		{"no_proxy of another host", config("https_proxy", proxy, "no_proxy", "kms.us-east-2.amazonaws.com"), "", false},
		{"an address that cannot be used", config("http_proxy", "http://proxy:99999999"), "", false},
		{"an address that cannot be parsed", config("https_proxy", "http://u:p%zz@proxy:3128"), "", false},
		{"a PAC file", config("http_proxy", "http://wpad/proxy.pac"), "", false},
	} {
		got := test.config.UnusedFor("ssm.us-east-2.amazonaws.com", 443)
		switch {
		case got == nil:
			if test.want != "" {
				t.Errorf("%s: nothing", test.name)
			}
		case got.Kind != test.want || got.InNoProxy != test.inNo || got.URL != "http://u:***@proxy:3128" || got.ProxyURL.String() != proxy || got.From != "/unit":
			t.Errorf("%s: %+v (%v)", test.name, got, got.ProxyURL)
		}
	}
}

func TestIsPAC(t *testing.T) {
	for address, want := range map[string]bool{
		"http://wpad/proxy.pac": true, "http://wpad/wpad.dat": true, "HTTP://WPAD/a/PROXY.PAC?x=1": true, "wpad.example.com/proxy.pac": true,
		"pac+http://wpad/x": true, `"http://wpad/proxy.pac"`: true, "file:///etc/proxy.pac": true,
		"http://proxy:3128": false, "http://proxy.pac:3128": false, "http://proxy:3128/": false, "http://u:p/x.pac@proxy:3128": false, "": false, "proxy.pac": false,
		"http://proxy:3128/#.pac": false,
	} {
		if got := IsPAC(address); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

// To systemd, "export NAME" is not a valid name, so the agent does not get the proxy.
func TestUnusedProxies_export(t *testing.T) {
	const (
		unit = "usr/lib/systemd/system/amazon-ssm-agent.service"
		file = "/etc/default/ssm-proxy"
		at   = "http://node:***@proxy:3128"
	)
	const set = "https_proxy=\"http://node:secret@proxy:3128\""
	unused := func(variable string, line int) observation.UnusedProxy {
		return observation.UnusedProxy{Variable: variable, URL: at, From: file, Line: line, Kind: observation.UnusedExport}
	}
	for _, test := range []struct {
		name, file string
		https      string
		want       []observation.UnusedProxy
	}{
		{name: "on the first line", file: "export " + set, want: []observation.UnusedProxy{unused("https_proxy", 1)}},
		{name: "after a comment and a value of two lines", file: "# a\\\n# b\nA='1\n2'\nno assignment\n\n \texport \t HTTPS_PROXY = http://node:secret@proxy:3128\r\n", want: []observation.UnusedProxy{unused("HTTPS_PROXY", 7)}},
		{name: "another line has it without", file: "export " + set + "\n" + set + "\n", https: "http://node:secret@proxy:3128"},
		{name: "no proxy", file: "export A=1\nexport https_proxy=\nexport\nexport =1\n"},
		{name: "a variable that begins with the word", file: "export_" + set + "\nexport" + set + "\n"},
		{name: "the word within a value", file: "A='export " + set + "'\n"},
		{name: "no_proxy", file: "export no_proxy=.corp.example\n", want: []observation.UnusedProxy{{Variable: "no_proxy", NoProxy: ".corp.example", From: file, Line: 1, Kind: observation.UnusedExport}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Reader{files.Machine{Files: probetest.NodeFS{MapFS: probetest.Root(map[string]string{unit: "[Service]\nEnvironmentFile=" + file + "\n", file[1:]: test.file})}}}
			got := p.unitEnvironment()
			compareUnused(t, test.want, facts(got.Unused))
			if got.Values["https_proxy"] != test.https || got.unread != nil {
				t.Errorf("https_proxy %q, unread %v", got.Values["https_proxy"], got.unread)
			}
		})
	}
}
