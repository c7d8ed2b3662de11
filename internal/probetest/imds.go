package probetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// ImdsServer is instance metadata, version 2.
type ImdsServer struct {
	// Paths are the answers under meta-data; anything else is 404.
	Paths map[string]string
	// Token answers the token call instead of the server itself.
	Token http.HandlerFunc
	// FirstVersion is set once a call comes without a token.
	FirstVersion atomic.Bool
}

func (s *ImdsServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut && r.URL.Path == tokenPath {
		if s.Token != nil {
			s.Token(w, r)
			return
		}
		w.Header().Set(tokenTTL, r.Header.Get(tokenTTL))
		_, _ = io.WriteString(w, TestToken)
		return
	}
	if r.Header.Get("X-Aws-Ec2-Metadata-Token") != TestToken {
		s.FirstVersion.Store(true)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, ok := s.Paths[strings.TrimPrefix(r.URL.Path, "/latest/meta-data/")]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(w, body)
}

// HealthyIMDS is what an instance with a role sees.
func HealthyIMDS() map[string]string {
	of := "network/interfaces/macs/02:29:96:8f:6a:2d/"
	return map[string]string{
		"placement/region":              "us-east-2",
		"placement/availability-zone":   "us-east-2b",
		"instance-id":                   "i-0123456789abcdef0",
		"mac":                           "02:29:96:8f:6a:2d",
		"local-ipv4":                    "10.0.1.20",
		"iam/info":                      `{"Code":"Success","InstanceProfileArn":"arn:aws:iam::1:instance-profile/p"}`,
		"iam/security-credentials/":     "node-role",
		of + "vpc-id":                   "vpc-0123456789abcdef0",
		of + "subnet-id":                "subnet-0123456789abcdef0",
		of + "vpc-ipv4-cidr-blocks":     "10.0.0.0/16\n198.18.0.0/16",
		of + "vpc-ipv6-cidr-blocks":     "2001:db8::/56",
		of + "subnet-ipv4-cidr-block":   "10.0.1.0/24",
		of + "subnet-ipv6-cidr-blocks":  "2001:db8:0:1::/64",
		of + "security-group-ids":       "sg-0123456789abcdef0\nsg-0fedcba9876543210",
		"iam/security-credentials/node": "never asked for",
	}
}

// ListenIMDS serves h in memory, so that it works under synctest, and returns a dialer that
// finds it only at metadata's address.
func ListenIMDS(t *testing.T, h http.Handler) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	l := &memoryListener{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: h, ErrorLog: QuietLog()}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if network != "tcp" || address != "169.254.169.254:80" {
			return nil, fmt.Errorf("dialled %s %s", network, address)
		}
		mine, theirs := net.Pipe()
		select {
		case l.conns <- theirs:
			return mine, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// A memoryListener accepts ends of pipes.
type memoryListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *memoryListener) Addr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(169, 254, 169, 254), Port: 80}
}

// Answers are an HTTP server's, by the end of the path. The one for "" is for all other
// paths.
type Answers map[string]string

func (a Answers) RoundTrip(q *http.Request) (*http.Response, error) {
	text := a[""]
	for end, s := range a {
		if end != "" && strings.HasSuffix(strings.TrimSuffix(q.URL.Path, "/"), end) {
			text = s
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{tokenTTL: {"300"}}, Body: io.NopCloser(bytes.NewReader([]byte(text))), Request: q,
	}, nil
}

const TestToken = "AQAEAPmrg0uhA5S8qQ=="

// The token call of instance metadata (EC2 User Guide, configuring-instance-metadata-service).
const (
	tokenPath = "/latest/api/token"
	tokenTTL  = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
)
