package imds

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

const (
	// metadataLimit limits one call to instance metadata, including the connection.
	// In effect, metadata is on the same machine.
	metadataLimit = time.Second
	// maxMetadata limits an answer's body, and separately its headers.
	maxMetadata = 64 << 10

	// metadataConnections is how many connections the dozen calls share: one each
	// would cost more than waiting for a free one. Some answers may hang, or take half
	// of metadataLimit each, so there are several.
	metadataConnections = 6
	// metadataBuffer is a connection's buffer: most answers have some 200 bytes.
	metadataBuffer = 1 << 10

	metadataPath = "/latest/meta-data/"
	tokenPath    = "/latest/api/token"
	tokenTTL     = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
)

// A metadataTransport carries the calls to instance metadata. It limits each in
// time and size, and keeps what the SDK does not report: whether the connection
// was accepted, and the answer to the token call.
type metadataTransport struct {
	p    *attempt.Runner
	next *http.Transport

	mu        sync.Mutex
	connected bool
	status    int
	// foreign is an answer to the token call that is no token.
	foreign string
	// failure is why there is no token.
	failure *observation.Failure
	// cut are the calls, by path, that the end of the run cut off: the SDK returns
	// its context's error instead of theirs.
	cut map[string]*observation.Failure
}

func newMetadataTransport(p *attempt.Runner) *metadataTransport {
	t := &metadataTransport{p: p, cut: make(map[string]*observation.Failure)}
	t.next = &http.Transport{
		// No Proxy: a proxy would answer with its own host's metadata.
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := p.DialContext(ctx, network, address)
			if err == nil {
				t.mu.Lock()
				t.connected = true
				t.mu.Unlock()
			}
			return conn, err
		},
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxMetadata,
		MaxConnsPerHost:        metadataConnections,
		MaxIdleConnsPerHost:    metadataConnections,
		ReadBufferSize:         metadataBuffer,
		WriteBufferSize:        metadataBuffer,
	}
	return t
}

// RoundTrip makes one call and reads its complete answer.
func (t *metadataTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	var resp *http.Response
	var body []byte
	var failure *observation.Failure
	t.p.RetryAfterPause(req.Context(), func(context.Context) *observation.Failure {
		resp, body, failure = t.roundTripOnce(req)
		return failure
	})
	if req.URL.Path == tokenPath {
		t.noteToken(resp, body, failure)
	}
	if failure != nil {
		if req.Context().Err() != nil {
			t.mu.Lock()
			t.cut[req.URL.Path] = failure
			t.mu.Unlock()
		}
		return nil, failure
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}

func (t *metadataTransport) roundTripOnce(req *http.Request) (resp *http.Response, body []byte, failure *observation.Failure) {
	_, failure = t.p.Within(req.Context(), metadataLimit, observation.OpMetadata, func(ctx context.Context) (err error) {
		if resp, err = t.next.RoundTrip(req.WithContext(ctx)); err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }() // the read below has returned any error
		body, err = io.ReadAll(io.LimitReader(resp.Body, maxMetadata+1))
		if err == nil && len(body) > maxMetadata {
			return &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindTooLarge, Text: "the answer is larger than 64 KiB"}
		}
		return err
	})
	return resp, body, failure
}

// noteToken records how the token call ended.
func (t *metadataTransport) noteToken(resp *http.Response, body []byte, failure *observation.Failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if resp != nil {
		t.status = resp.StatusCode
	}
	t.failure = failure
	if failure != nil {
		if failure.Kind == observation.KindTooLarge {
			t.foreign = observation.Quoted(body)
		}
		return
	}
	switch resp.StatusCode {
	case http.StatusOK:
		if isToken(resp, body) {
			return
		}
		t.foreign = foreignAnswer(resp, body)
		t.failure = &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindMalformed, Text: "what answers is no instance metadata"}
		return
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable:
		// Metadata itself answers like this (EC2 User Guide,
		// instancedata-data-retrieval).
	default:
		t.foreign = foreignAnswer(resp, body)
	}
	t.failure = statusFailure(resp.StatusCode)
}

// state returns what was recorded.
func (t *metadataTransport) state() (connected bool, status int, foreign string, failure *observation.Failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.connected, t.status, t.foreign, t.failure
}

// cutOff returns how the call for one path under meta-data ended if the end of
// the run cut it off, otherwise nil.
func (t *metadataTransport) cutOff(path string) *observation.Failure {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cut[metadataPath+path]
}

// isToken reports whether the answer to the token call is a token: a single
// word, with a time to live.
func isToken(resp *http.Response, body []byte) bool {
	if _, err := strconv.ParseUint(resp.Header.Get(tokenTTL), 10, 32); err != nil {
		return false
	}
	if len(body) == 0 || len(body) > 1024 {
		return false
	}
	return !bytes.ContainsFunc(body, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '<' || r == '>' })
}

// foreignAnswer is the beginning of an answer that does not come from metadata.
func foreignAnswer(resp *http.Response, body []byte) string {
	if body = bytes.TrimSpace(body); len(body) == 0 {
		return "HTTP status " + strconv.Itoa(resp.StatusCode)
	}
	return observation.Quoted(body)
}

// statusFailure is the failure for an answer's status.
func statusFailure(status int) *observation.Failure {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	return &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindStatus, Text: strings.TrimSpace(text)}
}
