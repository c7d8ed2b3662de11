package project

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	releaseVersion = "9.8.7-rc.1"
	packageVersion = "9.8.7~rc.1-1"
)

// TestPackages makes a release for this machine's processor as `make dist`
// does, twice and compared, and then does with it what a user does: unpacks
// the archive, installs the packages, reads the man page, removes them.
func TestPackages(t *testing.T) {
	if runtime.GOOS != "linux" {
		cannot(t, "deb and rpm packages are installed on Linux only")
	}
	needCommands(t, "make", "dpkg", "dpkg-deb", "rpm", "mandoc", "bash")
	dir := makeRelease(t)

	t.Run("sums", func(t *testing.T) { checkSums(t, dir) })
	archive := one(t, dir, "ssmcheck_"+releaseVersion+"_linux_*.tar.gz")
	program := filepath.Join(t.TempDir(), "ssmcheck")
	t.Run("archive", func(t *testing.T) { checkArchive(t, archive, program) })
	t.Run("sbom", func(t *testing.T) { checkSBOM(t, one(t, dir, "*.cdx.json"), program) })
	t.Run("deb", func(t *testing.T) { checkDeb(t, one(t, dir, "ssmcheck_"+packageVersion+"_*.deb")) })
	t.Run("rpm", func(t *testing.T) { checkRPM(t, one(t, dir, "ssmcheck-"+packageVersion+".*.rpm")) })
}

// makeRelease runs packaging/dist in a copy of the sources, as one gets it
// without git. It asks no network: the pinned tools come from Go's own cache,
// where `make tools` puts them.
func makeRelease(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	copySources(t, source)
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dist := func(args ...string) ([]byte, error) {
		cmd := exec.Command("go", append([]string{"run", "./packaging/dist"}, args...)...)
		cmd.Dir = source
		cmd.Env = append(os.Environ(), "GOPROXY=file://"+strings.TrimSpace(string(cache))+"/cache/download",
			"VERSION="+releaseVersion, "SOURCE_DATE_EPOCH=1767366245", "GOFLAGS=-trimpath", "CGO_ENABLED=0", "GO=go")
		return cmd.CombinedOutput()
	}
	if out, err := dist("-fetch"); err != nil {
		cannot(t, fmt.Sprintf("the tools of make dist are not there, make tools fetches them: %v\n%s", err, out))
	}
	released := filepath.Join(dir, "released")
	libraries := libraryCache(t, source)
	if out, err := dist("-targets", "linux/"+runtime.GOARCH, "-cache", libraries.dir, "-o", released); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	libraries.wantAllOfOursCompiled(t)
	return released
}

// checkSums wants every file in SHA256SUMS, with its sum.
func checkSums(t *testing.T, dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, e := range entries {
		if e.Name() == "SHA256SUMS" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256(b), e.Name())
	}
	got, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" || len(entries) != 5 {
		t.Errorf("%d files, want an archive, an SBOM, two packages and their sums\n%s", len(entries), diff)
	}
}

// checkArchive wants the files of a release in one directory, and writes the
// program to a path.
func checkArchive(t *testing.T, archive, program string) {
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSuffix(filepath.Base(archive), ".tar.gz") + "/"
	var names []string
	for r := tar.NewReader(unpacked); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name, ok := strings.CutPrefix(h.Name, dir)
		if !ok || len(b) == 0 {
			t.Errorf("%s has %d bytes, or is outside %s", h.Name, len(b), dir)
		}
		names = append(names, fmt.Sprintf("%o %s", h.Mode, name))
		if name == "ssmcheck" {
			if err := os.WriteFile(program, b, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if name == "THIRD-PARTY-LICENSES.txt" {
			for module := range linkedModules(t) {
				// The module of this repository has its licence in its folder, and one is for Windows only.
				if module+"/" != "github.com/ssmcheck/ssmcheck/" && !strings.HasSuffix(module, "/mousetrap") &&
					!bytes.Contains(b, []byte("\n"+module+" v")) {
					t.Errorf("%s says nothing of %s, which is linked", name, module)
				}
			}
		}
	}
	want := []string{
		"644 CHANGELOG.md", "644 LICENSE", "644 README.md", "644 THIRD-PARTY-LICENSES.txt", "644 completions/_ssmcheck",
		"644 completions/ssmcheck.bash", "644 completions/ssmcheck.fish", "644 completions/ssmcheck.ps1", "755 ssmcheck",
		"644 ssmcheck.1",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	tellsVersion(t, program)
}

// checkSBOM wants exactly the modules that the program itself says it has,
// and Go's library.
func checkSBOM(t *testing.T, path, program string) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		BOMFormat string
		Metadata  struct {
			Timestamp string
			Component struct{ Version string }
		}
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(b, &bom); err != nil {
		t.Fatal(err)
	}
	if bom.BOMFormat != "CycloneDX" || bom.Metadata.Component.Version != "v"+releaseVersion ||
		bom.Metadata.Timestamp != "2026-01-02T15:04:05Z" {
		t.Errorf("the SBOM is %s of version %s and time %s", bom.BOMFormat, bom.Metadata.Component.Version, bom.Metadata.Timestamp)
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"std " + info.GoVersion}
	for _, m := range info.Deps {
		want = append(want, m.Path+" "+m.Version)
	}
	var got []string
	for _, c := range bom.Components {
		got = append(got, c.Name+" "+c.Version)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// tellsVersion runs a program.
func tellsVersion(t *testing.T, program string) {
	t.Helper()
	out, err := exec.Command(program, "version").CombinedOutput()
	if want := "ssmcheck version " + releaseVersion + "\n"; err != nil || string(out) != want {
		t.Errorf("%s version: %q, %v, want %q", program, out, err, want)
	}
}

// one gives the only file of a directory that matches.
func one(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		all, _ := fs.Glob(os.DirFS(dir), "*")
		t.Fatalf("%d files match %s among %q, want one (%v)", len(found), pattern, all, err)
	}
	return found[0]
}

// needCommands skips aloud, or under CI=true fails, where a command is missing.
func needCommands(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			cannot(t, name+" is missing; make tools installs it where apt is there")
		}
	}
}

func cannot(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip("SKIP: " + why)
}
