package diagnose

import "testing"

// TestAtMost_warnings: the causes that the contract limits to a warning.
func TestAtMost_warnings(t *testing.T) {
	for _, code := range []Code{
		AgentConfigInvalid, DNSSlow, EndpointPartlyBlocked, HTTPServerError, ProxyIMDSNotBypassed, S3WrongRegion, CredentialsMissing, Intermittent,
	} {
		if got := AtMost(code); got != Warning {
			t.Errorf("%s is %q at most, want a warning", code, got)
		}
	}
}
