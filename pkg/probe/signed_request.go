package probe

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A signature is what makes a request a signed one: what it asks, and the
// credentials. It serves for one call and its repeat.
type signature struct {
	method  string
	service string
	region  string
	header  http.Header
	body    []byte
	// amazon: only a certificate of Amazon's is trusted with it.
	amazon bool

	keys keys

	mu      sync.Mutex // two attempts through a proxy may overlap
	sent    []string   // the signatures that were sent
	secrets observation.Secrets
}

// signatureFor prepares a target's call.
func (s *signing) signatureFor(t observation.PlannedTarget, call observation.PlannedCall) *signature {
	out := &signature{
		method: http.MethodGet, service: "s3", region: s.run.plan.Region,
		amazon: s.amazonIssued && !t.Foreign,
	}
	if call.Action == actionDescribe {
		// The JSON protocol, version 1.1 (aws-sdk-go-v2, service/ssm).
		out.method, out.service = http.MethodPost, "ssm"
		out.header = http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"AmazonSSM.DescribeDocument"}}
		out.body = []byte(`{"Name":"` + call.Resource + `"}`)
	}
	return out
}

func (s *signature) use(k keys) {
	s.keys = k
	s.secrets = observation.NewSecrets(k.id, k.secret, k.token)
}

// distrusts says why a connection is not trusted with a signed request. Empty:
// it is. A proxy that opens TLS would read the session token, also where this
// node trusts its certificates.
func (s *signature) distrusts(h *observation.Handshake) string {
	switch {
	case h == nil || h.Failure != nil:
		return "there is no TLS connection"
	case !h.Verified:
		return "the certificate does not verify, and credentials go over no such connection"
	case s.amazon && !h.ByAmazon():
		return "the certificate is not Amazon's, and credentials go over no connection that another opens"
	}
	return ""
}

// sign puts the header, the body and the signature on a request, at the node's
// own time, as the agent does: a clock that is wrong must show.
func (s *signature) sign(req *http.Request, now time.Time) error {
	for name, values := range s.header {
		req.Header[name] = values
	}
	if s.body != nil {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(s.body)), int64(len(s.body))
	}
	sum := sha256.Sum256(s.body)
	hash := hex.EncodeToString(sum[:])
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.service == "s3" })
	if s.service == "s3" {
		req.Header.Set("X-Amz-Content-Sha256", hash)
	}
	err := signer.SignHTTP(req.Context(), awssdk.Credentials{
		AccessKeyID: s.keys.id, SecretAccessKey: s.keys.secret, SessionToken: s.keys.token,
	}, req, hash, s.service, s.region, now.UTC())
	_, sent, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, sent)
	s.secrets = observation.NewSecrets(append(s.sent, s.keys.id, s.keys.secret, s.keys.token)...)
	return err
}

// errorCodeForm is what the services' codes look like.
var errorCodeForm = pattern(`^[A-Za-z][A-Za-z0-9.]{0,63}$`)

// told writes down what the service said, and nothing of what it was sent: a
// refused signature is answered with the text that should have been signed,
// after an empty line.
func (s *signature) told(r *observation.Reply, out *observation.SignedCall) {
	for _, f := range []**observation.Failure{&out.Failure, &out.First} {
		if *f != nil {
			hidden := **f
			hidden.Text = s.secrets.Hide(hidden.Text)
			*f = &hidden
		}
	}
	if r == nil {
		return
	}
	out.Elapsed, out.Status = r.Elapsed, r.Status
	out.RequestID = s.secrets.Hide(r.RequestID)
	message, _, _ := strings.Cut(r.ErrorMessage, "\n")
	out.ErrorMessage = s.secrets.Hide(observation.ExcerptOf(message, maxMessage))
	if errorCodeForm().MatchString(r.ErrorCode) {
		out.ErrorCode = s.secrets.Hide(r.ErrorCode)
	}
}
