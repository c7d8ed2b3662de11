package node

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestParseHosts(t *testing.T) {
	address := netip.MustParseAddr
	for _, test := range []struct {
		name    string
		file    string
		further []string
		want    []observation.HostsEntry
	}{
		{"nothing of AWS's", "127.0.0.1 localhost\n::1 ip6-localhost\n10.0.0.5 db.example.com\n", nil, nil},
		{
			"lines are counted, comments and case are not",
			"# 10.0.0.1 ssm.us-east-2.amazonaws.com\n\n10.0.1.9\tSSM.us-east-2.AmazonAWS.com. alias # 10.0.0.2\n" +
				"not-an-address kms.us-east-2.amazonaws.com\n127.0.0.1 ssm.us-east-2.api.aws ssm.cn-north-1.amazonaws.com.cn\r\n",
			nil,
			[]observation.HostsEntry{
				{Name: "ssm.us-east-2.amazonaws.com", Address: address("10.0.1.9"), Line: 3},
				{Name: "ssm.us-east-2.api.aws", Address: address("127.0.0.1"), Line: 5},
				{Name: "ssm.cn-north-1.amazonaws.com.cn", Address: address("127.0.0.1"), Line: 5},
			},
		},
		{
			"a name that only ends alike", "10.0.0.1 notamazonaws.com ssm.us-east-2.amazonaws.com.example\n", nil, nil,
		},
		{
			"further names", "10.0.0.1 ssm.corp.example\nfe80::1%eth0 other.example\n", []string{"ssm.corp.example"},
			[]observation.HostsEntry{{Name: "ssm.corp.example", Address: address("10.0.0.1"), Line: 1}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			probetest.Compare(t, test.want, ParseHosts([]byte(test.file), test.further))
		})
	}
}

func TestHostsAreBounded(t *testing.T) {
	var file strings.Builder
	for i := range 3 * maxHosts {
		fmt.Fprintf(&file, "10.0.0.1 h%d.us-east-2.amazonaws.com\n", i)
	}
	if got := len(ParseHosts([]byte(file.String()), nil)); got != maxHosts {
		t.Errorf("kept %d entries, want %d", got, maxHosts)
	}
}
