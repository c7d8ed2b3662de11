package handshake

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestCheckStore(t *testing.T) {
	if len(StoreFiles) == 0 {
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
			m := files.Machine{Files: test.files, Getenv: func(name string) string { return test.env[name] }}
			got := CheckStore(m, StoreSettings{TrustConfig: observation.TrustConfig{File: test.env["SSL_CERT_FILE"], Directories: test.env["SSL_CERT_DIR"]}})
			if (got == nil) != (test.want == "") || got != nil && !strings.Contains(got.Text, test.want) {
				t.Errorf("%v, want %q", got, test.want)
			}
		})
	}
}

// TestTrustFilesAreThoseOfGo compares them with crypto/x509's own list.
func TestTrustFilesAreThoseOfGo(t *testing.T) {
	if len(StoreFiles) == 0 {
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
	if !slices.Equal(got["certFiles"], StoreFiles) || !slices.Equal(got["certDirectories"], trustDirectories) {
		t.Errorf("crypto/x509 reads %q", got)
	}
}
