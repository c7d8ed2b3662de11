package agent

import (
	"bytes"
	"testing"
	"unicode"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

func FuzzPackages(f *testing.F) {
	f.Add([]byte("Package: amazon-ssm-agent\nStatus: install ok installed\nVersion: 3.3.1142.0-1\n\n"))
	f.Add([]byte("version: '3.3.1.0'\n"))
	f.Add([]byte("Latest\n====\n3.3.40.0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, file := range map[string]string{
			"dpkg": "var/lib/dpkg/status", "snap": snapDirectory + "/meta/snap.yaml", "rpm": "etc/amazon/ssm/RELEASENOTES.md",
		} {
			number, from := bareAgent(map[string]string{file: string(b)}).agentVersion(agentBinary{})
			if number != "" && !version().MatchString(number) || (number == "") != (from == "") {
				t.Errorf("%s: version %q from %q", name, number, from)
			}
		}
	})
}

func FuzzRegistration(f *testing.F) {
	f.Add([]byte(`{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"us-east-2"}`))
	f.Add([]byte(`{"ManagedInstanceID":"\u001b[31m","Region":"\u202e"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bareAgent(map[string]string{"var/lib/amazon/ssm/registration": string(b)}).Registration()
		if _, err := endpoint.LookupRegion(r.Region); r.Failure == nil && err != nil {
			t.Errorf("Region %q", r.Region)
		}
		if bytes.ContainsFunc([]byte(r.InstanceID), func(c rune) bool { return !unicode.IsPrint(c) }) {
			t.Errorf("id %q", r.InstanceID)
		}
	})
}
