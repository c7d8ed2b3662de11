package service

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestStrayDropIns_environmentFile: a drop-in of a unit that does not exist may
// name its proxy in an environment file; it is the drop-in that is in the wrong
// place.
func TestStrayDropIns_environmentFile(t *testing.T) {
	const stray = "etc/systemd/system/amazon-ssm-agent.service.d/override.conf"
	in := func(variable string, line int) observation.UnusedProxy {
		return observation.UnusedProxy{Variable: variable, URL: "http://proxy:3128", From: "/" + stray, Line: line, Kind: observation.UnusedOtherUnit, Unit: "amazon-ssm-agent.service"}
	}
	for _, test := range []struct {
		name, dropIn string
		want         []observation.UnusedProxy
	}{
		{"a file", "EnvironmentFile=/etc/default/proxy\n", []observation.UnusedProxy{in("https_proxy", 2)}},
		{"a file that may be absent", "EnvironmentFile=-/etc/default/proxy\n", []observation.UnusedProxy{in("https_proxy", 2)}},
		{"files by a pattern", "A=1\nEnvironmentFile=/etc/default/p*\n", []observation.UnusedProxy{in("https_proxy", 3)}},
		{"beside Environment=", "Environment=http_proxy=http://proxy:3128\nEnvironmentFile=/etc/default/proxy\n", []observation.UnusedProxy{in("http_proxy", 2), in("https_proxy", 3)}},
		{"a file that is not there", "EnvironmentFile=/etc/default/none\n", nil},
		{"no absolute path", "EnvironmentFile=etc/default/proxy\n", nil},
		{"none", "EnvironmentFile=\n", nil},
	} {
		_, got := Reader{files.Machine{Files: probetest.Root(map[string]string{
			"etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service": "[Service]\n",
			stray: "[Service]\n" + test.dropIn, "etc/default/proxy": "# the site's\nexport=1\nhttps_proxy=\"http://proxy:3128\"\n",
		})}}.StrayDropIns()
		t.Log(test.name)
		compareUnused(t, test.want, facts(got))
	}
}
