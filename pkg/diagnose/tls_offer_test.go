package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestWhatAServerWants: it is named, with what to change, and is not assumed if there
// may be another reason.
func TestWhatAServerWants(t *testing.T) {
	const only = "accepts only"
	for _, test := range []struct {
		name          string
		kind          observation.Kind // of the agent's own handshake
		retry         string           // what the server asks for there
		version       string           // of the wide one, "" where that fails too
		group, cipher string
		say, never    []string
	}{
		{"X25519MLKEM768 alone", observation.KindTLSAlert, "", "TLS 1.3", "X25519MLKEM768", "TLS_AES_128_GCM_SHA256", []string{
			"what answers for ssm accepts only the key exchange X25519MLKEM768, which the agent's ClientHello does not offer", " -groups X25519:P-256",
			"accept X25519 or P-256 too", "version 3.3.3185 and newer do, unless GODEBUG=tlsmlkem=0",
		}, []string{"cipher suite TLS"}},
		{"another one alone", observation.KindTLSAlert, "", "TLS 1.3", "SecP384r1MLKEM1024", "TLS_AES_128_GCM_SHA256",
			[]string{"accepts only the key exchange SecP384r1MLKEM1024"}, []string{"3.3.3185"}},
		{"an old cipher suite alone", observation.KindTLSAlert, "", "TLS 1.2", "", "TLS_RSA_WITH_AES_128_GCM_SHA256",
			[]string{"accepts only the cipher suite TLS_RSA_WITH_AES_128_GCM_SHA256", "accept TLS 1.3, or TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 with TLS 1.2"}, []string{"-groups", "3.3.3185"}},
		{"asked for by a HelloRetryRequest", observation.KindOther, "X25519MLKEM768", "", "", "",
			[]string{"accepts only the key exchange X25519MLKEM768", "the server asks for the key exchange", "(HelloRetryRequest)"}, nil},
		{"a cut without a word", observation.KindReset, "", "TLS 1.3", "X25519MLKEM768", "TLS_AES_128_GCM_SHA256",
			[]string{"the TLS handshake with ssm is cut", `it passes, with TLS 1.3 and "X25519MLKEM768"`}, []string{only}},
		{"an alert, and what the agent offers was chosen", observation.KindTLSAlert, "", "TLS 1.3", "X25519", "TLS_AES_128_GCM_SHA256",
			[]string{"the TLS handshake with ssm is cut"}, []string{only}},
		{"an alert, and nothing passes", observation.KindTLSAlert, "", "", "", "", []string{"the TLS handshake with ssm is cut"}, []string{only}},
		{"an alert, after a request for what was offered", observation.KindTLSAlert, "P-384", "", "", "", []string{"the TLS handshake with ssm is cut"}, []string{only}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			w.shakes(test.kind, "ssm")
			w.tries(observation.ExperimentRepeat, test.kind, "ssm")
			failed := test.kind
			if test.version != "" {
				failed = ""
			}
			w.tries(observation.ExperimentWideHello, failed, "ssm")
			w.each(func(a *observation.AddressObservation) {
				a.Handshake.RetryGroup = test.retry
				if h := a.Experiments[len(a.Experiments)-1].Result.Handshake; failed == "" {
					h.Version, h.Group, h.Cipher = test.version, test.group, test.cipher
				}
			}, "ssm")
			r := Judge(w.Observations)
			f := r.Findings[0]
			if len(r.Findings) != 1 || f.Code != TLSReset || f.Severity != Error {
				t.Fatalf("findings %+v, want tls-reset alone", r.Findings)
			}
			all := strings.Join(slices.Concat([]string{f.Title}, f.Evidence, f.Confirm, f.Fix), "\n")
			for _, s := range test.say {
				if !strings.Contains(all, s) {
					t.Errorf("nothing of %q in\n%s", s, all)
				}
			}
			for _, s := range test.never {
				if strings.Contains(all, s) {
					t.Errorf("%q in\n%s", s, all)
				}
			}
		})
	}
}
