package redact_test

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// TestRegistryKeys: a key of Windows's registry with a space in it names no account, and
// an account with the same domain is one all the same.
func TestRegistryKeys(t *testing.T) {
	for text, stays := range map[string]bool{
		`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`: true,
		`HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`:             true,
		`the user Manager\mallory`:                                          false,
		`the user NT\mallory`:                                               false,
	} {
		o := &observation.Observations{}
		o.Node.Proxy.From = text
		got, err := redact.New().Observations(o)
		if err != nil {
			t.Fatal(err)
		}
		if from := got.Node.Proxy.From; stays != (from == text) || !stays && strings.Contains(from, "mallory") {
			t.Errorf("%s is redacted to %s", text, from)
		}
	}
}
