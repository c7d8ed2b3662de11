package probe

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestTrustStoreIsAskedInTime: neither what takes for ever nor what this
// node has no files for says anything of a certificate.
func TestTrustStoreIsAskedInTime(t *testing.T) {
	ca := newCA(t, "Amazon")
	edge := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, testHost, time.Hour)}}, aws)
	forever := make(chan struct{})
	defer close(forever)
	type chains = [][]*x509.Certificate
	opening := func(errno syscall.Errno) error {
		return x509.SystemRootsError{Err: &os.PathError{Op: "open", Path: "/etc/ssl/cert.pem", Err: errno}}
	}
	for _, test := range []struct {
		name   string
		verify func(*x509.Certificate, x509.VerifyOptions) (chains, error)
		want   observation.Kind // "": it was asked to the end
	}{
		{"in time", nil, ""},
		{"never", func(*x509.Certificate, x509.VerifyOptions) (chains, error) { <-forever; return nil, nil }, observation.KindTimeout},
		{"out of files", func(*x509.Certificate, x509.VerifyOptions) (chains, error) { return nil, opening(syscall.EMFILE) }, observation.KindNoResources},
		{"without roots", func(*x509.Certificate, x509.VerifyOptions) (chains, error) { return nil, opening(syscall.ENOENT) }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			p := &Prober{RootCAs: ca.pool, verifyChain: test.verify}
			if test.want == observation.KindTimeout {
				p.Timeout = 2 * time.Second
			}
			c := climbAt(t, p, edge)
			if took := time.Since(start); took > time.Minute { // for ever is meant
				t.Errorf("took %s", took)
			}
			h := c.Handshake
			if h == nil || c.Failure() != nil || c.Reply.RequestID == "" {
				t.Fatalf("climb = %+v, want AWS's answer", c)
			}
			if (h.VerifyFailure == nil) != (test.want == "") || test.want != "" && !h.VerifyFailure.Of(test.want) {
				t.Errorf("verify failure %v, want kind %q", h.VerifyFailure, test.want)
			}
			if h.Verified != (test.verify == nil) || !h.NameMatches || !h.InTime || len(h.Certificates) == 0 {
				t.Errorf("handshake = %+v", h)
			}
		})
	}
}

// TestChainIsVerifiedOnce: another connection with it takes the same answer.
func TestChainIsVerifiedOnce(t *testing.T) {
	ca := newCA(t, "Amazon")
	cert := ca.issue(t, testHost, time.Hour)
	for range 30 {
		cert.Certificate = append(cert.Certificate, newCA(t, "Amazon").cert.Raw)
	}
	edge := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{cert}}, aws)
	var asked atomic.Int32
	p := &Prober{RootCAs: newCA(t, "another").pool, Timeout: 5 * time.Second, trust: new(trust)}
	p.verifyChain = func(c *x509.Certificate, o x509.VerifyOptions) ([][]*x509.Certificate, error) {
		asked.Add(1)
		return c.Verify(o)
	}
	for range 3 {
		if h := climbAt(t, p, edge).Handshake; h.Trusted || h.Verified || h.VerifyFailure != nil {
			t.Errorf("handshake = %+v", h)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("verified %d times, want once: no date is the reason", n)
	}
}

func TestTrustTrap(t *testing.T) {
	if len(trustFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	file := func(mode fs.FileMode, size int) *fstest.MapFile {
		return &fstest.MapFile{Mode: mode, Data: make([]byte, size)}
	}
	for _, test := range []struct {
		name  string
		files fstest.MapFS
		env   map[string]string
		want  string
	}{
		{"none", fstest.MapFS{}, nil, ""},
		{"a healthy one", fstest.MapFS{"etc/ssl/certs/ca-certificates.crt": file(0o644, 220<<10), "etc/ssl/certs/a.pem": file(0o644, 2000), "etc/ssl/certs/java/x": file(0o644, 9<<20)}, nil, ""},
		{"a FIFO", fstest.MapFS{"etc/ssl/certs/zz.pem": file(fs.ModeNamedPipe|0o644, 0)}, nil, "/etc/ssl/certs/zz.pem: not a regular file"},
		{"a device", fstest.MapFS{"etc/pki/tls/certs/zz": file(fs.ModeDevice|fs.ModeCharDevice, 0)}, nil, "/etc/pki/tls/certs/zz: not a regular file"},
		{"a FIFO after the first file", fstest.MapFS{"etc/ssl/ca-bundle.pem": file(0o644, 9), "etc/ssl/cert.pem": file(fs.ModeNamedPipe, 0)}, nil, ""},
		{"a FIFO before it", fstest.MapFS{"etc/ssl/ca-bundle.pem": file(fs.ModeNamedPipe, 9), "etc/ssl/cert.pem": file(0o644, 0)}, nil, "/etc/ssl/ca-bundle.pem: not a regular file"},
		{"a vast file", fstest.MapFS{"etc/ssl/certs/zz.pem": file(0o644, 5<<20)}, nil, "/etc/ssl/certs/zz.pem: more than"},
		{"together too much", fstest.MapFS{"etc/ssl/certs/a": file(0o644, 3<<20), "etc/ssl/certs/b": file(0o644, 3<<20), "etc/ssl/certs/c": file(0o644, 3<<20)}, nil, "more than"},
		{"by the environment", fstest.MapFS{"x/ca.pem": file(fs.ModeNamedPipe, 0)}, map[string]string{"SSL_CERT_FILE": "/x/ca.pem"}, "/x/ca.pem"},
		{"by the environment's directories", fstest.MapFS{"y/ca.pem": file(fs.ModeNamedPipe, 0)}, map[string]string{"SSL_CERT_DIR": "/x:/y"}, "/y/ca.pem"},
		{"a directory that is a FIFO", fstest.MapFS{"y": file(fs.ModeNamedPipe, 0)}, map[string]string{"SSL_CERT_DIR": "/y"}, "/y: not a directory"},
		{"not where the environment leads elsewhere", fstest.MapFS{"etc/ssl/certs/zz.pem": file(fs.ModeNamedPipe, 0)}, map[string]string{"SSL_CERT_DIR": "/x:"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &Prober{Files: test.files, Getenv: func(name string) string { return test.env[name] }}
			got := p.trustTrap(trustSettings{TrustConfig: observation.TrustConfig{File: test.env["SSL_CERT_FILE"], Directories: test.env["SSL_CERT_DIR"]}})
			if (got == nil) != (test.want == "") || got != nil && !strings.Contains(got.Text, test.want) {
				t.Errorf("%v, want %q", got, test.want)
			}
		})
	}
}

// TestTrapIsNotVerifiedWith: it ends the verification, and not the climb.
func TestTrapIsNotVerifiedWith(t *testing.T) {
	if len(trustFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	edge := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{newCA(t, "Amazon").issue(t, testHost, time.Hour)}}, aws)
	p := &Prober{Timeout: 5 * time.Second, Files: fstest.MapFS{"etc/ssl/certs/zz.pem": &fstest.MapFile{Mode: fs.ModeNamedPipe}}, Getenv: func(string) string { return "" }}
	c := climbAt(t, p, edge)
	if h := c.Handshake; !h.VerifyFailure.Of(observation.KindOther) || h.Verified || c.Reply == nil {
		t.Errorf("climb = %+v", c)
	}
}

// TestTrustFilesAreThoseOfGo compares them with crypto/x509's own list.
func TestTrustFilesAreThoseOfGo(t *testing.T) {
	if len(trustFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(root)), "src/crypto/x509/root_linux.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			spec := g.Specs[0].(*ast.ValueSpec)
			for _, e := range spec.Values[0].(*ast.CompositeLit).Elts {
				name, _ := strconv.Unquote(e.(*ast.BasicLit).Value)
				got[spec.Names[0].Name] = append(got[spec.Names[0].Name], strings.TrimPrefix(name, "/"))
			}
		}
	}
	if !slices.Equal(got["certFiles"], trustFiles) || !slices.Equal(got["certDirectories"], trustDirectories) {
		t.Errorf("crypto/x509 reads %q", got)
	}
}

// TestTrustStoreIsTheAgents: where the agent's service has its roots counts,
// and not where this shell has them.
func TestTrustStoreIsTheAgents(t *testing.T) {
	if len(trustFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	ca, other := newCA(t, "Amazon"), newCA(t, "Corp")
	edge := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, testHost, time.Hour)}}, aws)
	file := func(c *testCA) *fstest.MapFile {
		return &fstest.MapFile{Data: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})}
	}
	for _, test := range []struct {
		name    string
		files   fstest.MapFS
		shell   string
		agent   observation.TrustConfig
		trusted bool
	}{
		{"the shell's lacks the CA", fstest.MapFS{"etc/ssl/cert.pem": file(ca), "x.pem": file(other)}, "/x.pem", observation.TrustConfig{}, true},
		{"the shell's alone has the CA", fstest.MapFS{"etc/ssl/cert.pem": file(other), "x.pem": file(ca)}, "/x.pem", observation.TrustConfig{}, false},
		{"the agent's own", fstest.MapFS{"etc/ssl/cert.pem": file(other), "x.pem": file(ca)}, "", observation.TrustConfig{File: "/x.pem"}, true},
		{"the agent's own directories", fstest.MapFS{"etc/ssl/cert.pem": file(other), "y/a.0": file(ca)}, "", observation.TrustConfig{Directories: "/x:/y"}, true},
		{"the agent's own is not there", fstest.MapFS{"etc/ssl/certs/a.pem": file(ca)}, "", observation.TrustConfig{File: "/x.pem", Directories: "/y"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &Prober{Timeout: 5 * time.Second, Files: test.files, trust: &trust{config: trustSettings{TrustConfig: test.agent}}, Getenv: func(name string) string {
				if name == "SSL_CERT_FILE" {
					return test.shell
				}
				return ""
			}}
			if h := climbAt(t, p, edge).Handshake; h.Verified != test.trusted || h.Trusted != test.trusted || h.VerifyFailure != nil {
				t.Errorf("handshake = %+v, want trusted %t", h, test.trusted)
			}
		})
	}
}

func TestTrustConfig(t *testing.T) {
	if len(trustFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	p := &Prober{Getenv: func(name string) string { return map[string]string{"SSL_CERT_FILE": "/shell.pem"}[name] }}
	agent := newEnvironment()
	agent.set(assignment{"SSL_CERT_DIR", "/a:/b"}, "/etc/default/agent")
	if got, want := p.trustConfig(agent).TrustConfig, (observation.TrustConfig{Directories: "/a:/b", From: "/etc/default/agent", ShellDiffers: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	without := &Prober{Getenv: func(string) string { return "" }}
	if got, want := without.trustConfig(agent).TrustConfig, (observation.TrustConfig{Directories: "/a:/b", From: "/etc/default/agent"}); got != want {
		t.Errorf("a shell without: got %+v, want %+v", got, want)
	}
	if got, want := p.trustConfig(p.ownEnvironment()).TrustConfig, (observation.TrustConfig{File: "/shell.pem", From: "ssmcheck's own environment"}); got != want {
		t.Errorf("without an agent: got %+v, want %+v", got, want)
	}
}
