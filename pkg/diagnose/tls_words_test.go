package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// tlsWordTests look alike at the handshake, and must be distinguished.
func tlsWordTests() []verdictTest {
	hello := func(small observation.Experiment) func(*world) {
		return func(w *world) {
			w.LargeHello = []observation.Experiment{w.large(observation.ExperimentLargeHello, observation.KindTimeout), w.large(observation.ExperimentRepeat, observation.KindTimeout), small}
		}
	}
	return []verdictTest{
		{name: "a large ClientHello is lost, and small segments cannot be tried here", status: 0,
			change: hello(observation.Experiment{Kind: observation.ExperimentLargeHelloSmallSegments, Target: "ssm", NotMade: "this system does not advertise small segments"})},
		{name: "a large ClientHello is lost, and the run ended before small segments were seen to fail", status: 0,
			change: func(w *world) {
				hello(w.large(observation.ExperimentLargeHelloSmallSegments, observation.KindUndecided))(w)
			}},
		{name: "a host of another's, with a certificate of a private CA", status: 1, want: []string{"error tls-untrusted ssm"}, change: func(w *world) {
			p := w.planned("ssm")
			p.Foreign, p.Overridden = true, "--endpoint"
			w.certificate(func(h *observation.Handshake) {
				h.Certificates[0].Issuer, h.Certificates[0].IssuerOrgs = "CN=Example Corp CA", []string{"Example Corp"}
				h.Trusted, h.Verified = false, false
			}, "ssm")
		}},
		{name: "China: a box whose certificate the node refuses", status: 1, want: []string{"error tls-untrusted ssm"}, change: func(w *world) {
			w.Plan.Partition = "aws-cn"
			w.certificate(byBox(false), "ssm")
		}},
		{name: "one certificate, out of its time, and nothing tells whether the clock is right", status: 1, want: []string{"error tls-expired kms"}, change: func(w *world) {
			w.onlyKMS()
			w.certificate(expire, "kms")
			w.each(func(a *observation.AddressObservation) { a.Reply.Date = time.Time{} }, "kms")
		}},
		{name: "ec2messages and S3 are silent, with an agent that does without the first", status: 1,
			want: []string{"error s3-blocked s3," + nameBucket, "info egress-blocked ec2messages"}, change: func(w *world) {
				w.public()
				w.silent("ec2messages", "s3", nameBucket)
			}},
	}
}

// onlyKMS leaves one target, which one capability needs.
func (w *world) onlyKMS() {
	w.Plan.Capabilities = []endpoint.Capability{endpoint.KMSEncryption}
	w.Plan.Needs = map[endpoint.Capability][]endpoint.Need{endpoint.KMSEncryption: {{"kms"}}}
	w.planned("kms").Asked = true
	w.Plan.Targets = slices.DeleteFunc(w.Plan.Targets, func(t observation.PlannedTarget) bool { return t.Name != "kms" })
	w.Targets = slices.DeleteFunc(w.Targets, func(t observation.TargetObservation) bool { return t.Name != "kms" })
}

// Each of them says what is known, and no more.
func TestTLSWords(t *testing.T) {
	for _, test := range []struct {
		world       string
		says, never []string
	}{
		{"a host of another's, with a certificate of a private CA", []string{"CN=Example Corp CA"}, []string{"Amazon Root CA"}},
		{"China: a box whose certificate the node refuses", []string{"Zscaler", "from TLS inspection"}, []string{"Amazon Root CA"}},
		{"a trust store without Amazon's roots", []string{"Amazon Root CA"}, []string{"exempted"}},
		{"one certificate, out of its time, and nothing tells whether the clock is right", []string{"a wrong clock is not ruled out", "date -u"}, []string{"so the clock is right"}},
		{"an old certificate", []string{"this node's clock is right"}, []string{"a wrong clock is not ruled out"}},
	} {
		t.Run(test.world, func(t *testing.T) {
			f := judged(t, test.world, nil).Findings[0]
			text := strings.Join(slices.Concat(f.Evidence, f.Confirm, f.Fix), "\n")
			if i := slices.IndexFunc(f.Evidence, func(l string) bool { return strings.HasPrefix(l, "this node rejects it") }); i >= 0 {
				text = strings.ReplaceAll(text, f.Evidence[i], "")
			}
			for _, s := range test.says {
				if !strings.Contains(text, s) {
					t.Errorf("%s does not say %q:\n%s", f.Code, s, text)
				}
			}
			for _, s := range test.never {
				if strings.Contains(text, s) {
					t.Errorf("%s says %q:\n%s", f.Code, s, text)
				}
			}
		})
	}
}

// A lost large ClientHello is reported even though nobody knows the reason.
func TestLostHelloIsNoted(t *testing.T) {
	noted := func(world string) bool {
		return slices.ContainsFunc(judged(t, world, nil).Notes, func(s string) bool {
			return strings.HasPrefix(s, "a large ClientHello is lost on the path to "+hostSSM)
		})
	}
	for world, want := range map[string]bool{
		"a large ClientHello is lost, and small segments cannot be tried here":                       true,
		"a large ClientHello is lost, and the run ended before small segments were seen to fail":     true,
		"the repeat of the large ClientHello was cut off by the end: a lost packet is not ruled out": false,
	} {
		if got := noted(world); got != want {
			t.Errorf("%s: noted %t, want %t", world, got, want)
		}
	}
}
