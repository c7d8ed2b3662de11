// Package signed finds the node's credentials and signs read-only calls with
// them. It starts no process, uses no single sign-on, and records no key.
package signed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Signature signs a request: it holds the call and the credentials. It serves
// one call and its repeat.
type Signature struct {
	method  string
	service string
	region  string
	header  http.Header
	body    []byte
	// amazon: only a certificate of Amazon's is trusted with it.
	amazon bool
	now    func() time.Time

	keys Keys

	mu      sync.Mutex // two attempts through a proxy may overlap
	sent    []string   // the signatures that were sent
	secrets observation.Secrets
}

// NewSignature prepares a call. amazon: it is sent only to a server with a
// certificate issued by Amazon.
func NewSignature(call observation.PlannedCall, region string, amazon bool, now func() time.Time) *Signature {
	out := &Signature{method: http.MethodGet, service: "s3", region: region, amazon: amazon, now: now}
	if call.Action == actionDescribe {
		// The JSON protocol, version 1.1 (aws-sdk-go-v2, service/ssm).
		out.method, out.service = http.MethodPost, "ssm"
		out.header = http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"AmazonSSM.DescribeDocument"}}
		out.body = []byte(`{"Name":"` + call.Resource + `"}`)
	}
	return out
}

func (s *Signature) Use(k Keys) {
	s.keys = k
	s.secrets = observation.NewSecrets(k.id, k.secret, k.token)
}

// Distrusts says why a signed request must not be sent on a connection. Empty:
// it may. A proxy that intercepts TLS would read the session token, even if
// this node trusts its certificates.
func (s *Signature) Distrusts(h *observation.Handshake) string {
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
// own time, as the agent does: a wrong clock must show.
func (s *Signature) sign(req *http.Request) error {
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
	}, req, hash, s.service, s.region, s.now().UTC())
	_, sent, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, sent)
	s.secrets = observation.NewSecrets(append(s.sent, s.keys.id, s.keys.secret, s.keys.token)...)
	return err
}

// isErrorCode reports whether a text looks like a service's code.
func isErrorCode(s string) bool {
	return s != "" && observation.IsLetter(s[0]) &&
		observation.ConsistsOf(s, 1, 64, func(c byte) bool { return observation.IsLetter(c) || observation.IsDigit(c) || c == '.' })
}

// Record records what the service answered, and nothing that it was sent: AWS
// answers a refused signature with the text that should have been signed, after
// an empty line.
func (s *Signature) Record(r *observation.Reply, out *observation.SignedCall) {
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
	out.ErrorMessage = s.secrets.Hide(observation.ExcerptOf(message, reply.MaxMessage))
	if isErrorCode(r.ErrorCode) {
		out.ErrorCode = s.secrets.Hide(r.ErrorCode)
	}
}

// Request is the target's request with the call instead of the unsigned
// request.
func (s *Signature) Request(t endpoint.Target) reply.Request {
	r := reply.RequestFor(t)
	r.Method, r.Prepare, r.Distrusts = s.method, s.sign, s.Distrusts
	return r
}
