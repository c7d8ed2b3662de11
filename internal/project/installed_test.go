package project

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkDeb installs a package with dpkg in a directory, never in the system, and removes
// it.
func checkDeb(t *testing.T, deb string) {
	for _, field := range []string{"Depends", "Pre-Depends", "Recommends", "Suggests", "Conflicts"} {
		if got := output(t, "dpkg-deb", "--field", deb, field); got != "" {
			t.Errorf("the package has %s: %s", field, got)
		}
	}
	control := filepath.Join(t.TempDir(), "control")
	output(t, "dpkg-deb", "--control", deb, control)
	if got, want := filesBelow(t, control), []string{"control", "md5sums"}; !slices.Equal(got, want) {
		t.Errorf("the package is controlled by %q, want %q and no script", got, want)
	}

	root := t.TempDir()
	for _, dir := range []string{"updates", "info", "triggers"} {
		if err := os.MkdirAll(filepath.Join(root, "var/lib/dpkg", dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	// Nor in the system's log.
	dpkg := func(args ...string) {
		t.Helper()
		asRoot(t, append([]string{"dpkg", "--root=" + root, "--log=" + filepath.Join(t.TempDir(), "log")}, args...)...)
	}
	dpkg("--install", deb)
	checkInstalled(t, root, []string{
		"usr/bin/ssmcheck",
		"usr/lib/systemd/system/ssmcheck.service",
		"usr/lib/systemd/system/ssmcheck.timer",
		"usr/share/bash-completion/completions/ssmcheck",
		"usr/share/doc/ssmcheck/CHANGELOG.md",
		"usr/share/doc/ssmcheck/README.md",
		"usr/share/doc/ssmcheck/THIRD-PARTY-LICENSES.txt",
		"usr/share/doc/ssmcheck/copyright",
		"usr/share/fish/vendor_completions.d/ssmcheck.fish",
		"usr/share/man/man1/ssmcheck.1.gz",
		"usr/share/zsh/vendor-completions/_ssmcheck",
	})
	dpkg("--verify", "ssmcheck")
	dpkg("--remove", "ssmcheck")
	if left := entriesBelow(t, filepath.Join(root, "usr")); len(left) > 0 {
		t.Errorf("after the removal there is still %q", left)
	}
}

// checkRPM does the same with rpm.
func checkRPM(t *testing.T, pkg string) {
	for need := range strings.FieldsSeq(output(t, "rpm", "--query", "--requires", "--queryformat", "[%{REQUIRENAME}\n]", "--package", pkg)) {
		// Requirements on rpm itself are not packages.
		if !strings.HasPrefix(need, "rpmlib(") {
			t.Errorf("the package requires %s", need)
		}
	}
	if got := output(t, "rpm", "--query", "--scripts", "--triggers", "--package", pkg); got != "" {
		t.Errorf("the package has scripts:\n%s", got)
	}

	root := t.TempDir()
	rpm := func(args ...string) {
		t.Helper()
		asRoot(t, append([]string{"rpm", "--root", root, "--dbpath", "/var/lib/rpm"}, args...)...)
	}
	rpm("--install", pkg)
	checkInstalled(t, root, []string{
		"usr/bin/ssmcheck",
		"usr/lib/systemd/system/ssmcheck.service",
		"usr/lib/systemd/system/ssmcheck.timer",
		"usr/share/bash-completion/completions/ssmcheck",
		"usr/share/doc/ssmcheck/CHANGELOG.md",
		"usr/share/doc/ssmcheck/README.md",
		"usr/share/fish/vendor_completions.d/ssmcheck.fish",
		"usr/share/licenses/ssmcheck/LICENSE",
		"usr/share/licenses/ssmcheck/THIRD-PARTY-LICENSES.txt",
		"usr/share/man/man1/ssmcheck.1.gz",
		"usr/share/zsh/site-functions/_ssmcheck",
	})
	rpm("--verify", "ssmcheck")
	rpm("--erase", "ssmcheck")
	// Directories that the package does not own stay.
	for _, left := range entriesBelow(t, filepath.Join(root, "usr")) {
		if strings.Contains(left, "ssmcheck") {
			t.Errorf("after the removal there is still %q", left)
		}
	}
}

// checkAPK reads a package as Alpine's apk does: a tar of control files, then one of its
// contents.
func checkAPK(t *testing.T, pkg string) {
	f, err := os.Open(pkg)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	control := ""
	for r := tar.NewReader(unpacked); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == ".PKGINFO" {
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			control = string(b)
			continue
		}
		if h.Typeflag == tar.TypeReg {
			got = append(got, fmt.Sprintf("%o %s", h.Mode, h.Name))
		}
	}
	for _, line := range []string{"pkgname = ssmcheck", "pkgver = 9.8.7_rc1-r1", "license = Apache-2.0"} {
		if !strings.Contains(control, line+"\n") {
			t.Errorf("the package does not say %q:\n%s", line, control)
		}
	}
	if strings.Contains(control, "\ndepend = ") {
		t.Errorf("the package depends on something:\n%s", control)
	}
	// A script would be in the first tar.
	want := []string{
		"755 usr/bin/ssmcheck",
		"644 usr/lib/systemd/system/ssmcheck.service",
		"644 usr/lib/systemd/system/ssmcheck.timer",
		"644 usr/share/bash-completion/completions/ssmcheck",
		"644 usr/share/doc/ssmcheck/CHANGELOG.md",
		"644 usr/share/doc/ssmcheck/README.md",
		"644 usr/share/fish/vendor_completions.d/ssmcheck.fish",
		"644 usr/share/licenses/ssmcheck/LICENSE",
		"644 usr/share/licenses/ssmcheck/THIRD-PARTY-LICENSES.txt",
		"644 usr/share/man/man1/ssmcheck.1.gz",
		"644 usr/share/zsh/site-functions/_ssmcheck",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// checkInstalled checks for exactly these files below /usr, no enabled unit, a program
// that runs, a readable man page, and completions that bash accepts.
func checkInstalled(t *testing.T, root string, want []string) {
	t.Helper()
	var got []string
	for _, name := range filesBelow(t, filepath.Join(root, "usr")) {
		got = append(got, "usr/"+name)
		info, err := os.Stat(filepath.Join(root, "usr", name))
		if err != nil {
			t.Fatal(err)
		}
		mode := fs.FileMode(0o644)
		if name == "bin/ssmcheck" {
			mode = 0o755
		}
		if info.Mode() != mode {
			t.Errorf("/usr/%s has mode %s, want %s", name, info.Mode(), mode)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// An enabled unit has a link below /etc.
	if enabled := entriesBelow(t, filepath.Join(root, "etc")); strings.Contains(strings.Join(enabled, " "), "ssmcheck") {
		t.Errorf("the package enables or configures something: %q", enabled)
	}
	tellsVersion(t, filepath.Join(root, "usr/bin/ssmcheck"))

	page := output(t, "mandoc", "-T", "ascii", "-W", "error", filepath.Join(root, "usr/share/man/man1/ssmcheck.1.gz"))
	if !strings.HasPrefix(page, "SSMCHECK(1)") || !strings.Contains(page, "--vpc-resolver") {
		t.Errorf("the man page reads\n%.400s", page)
	}
	completion := filepath.Join(root, "usr/share/bash-completion/completions/ssmcheck")
	if got := output(t, "bash", "-c", `. "$1"; complete -p ssmcheck`, "bash", completion); !strings.Contains(got, "-F ") {
		t.Errorf("bash completes ssmcheck with %q", got)
	}
}

// asRoot runs a command as root, if necessary in a user namespace.
func asRoot(t *testing.T, args ...string) {
	t.Helper()
	if os.Getuid() != 0 {
		if err := exec.Command("unshare", "--map-root-user", "true").Run(); err != nil {
			cannot(t, "neither root nor a user namespace: no package can be installed: "+err.Error())
		}
		args = append([]string{"unshare", "--map-root-user"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	// dpkg needs ldconfig and others in PATH.
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PATH="+os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin:/sbin")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// output returns a command's standard output, trimmed.
func output(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, &stderr)
	}
	return strings.TrimSpace(string(out))
}

func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	return slices.DeleteFunc(entriesBelow(t, dir), func(name string) bool {
		info, err := os.Lstat(filepath.Join(dir, name))
		return err == nil && info.IsDir()
	})
}

// entriesBelow returns the names below a directory, which may be missing.
func entriesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	if _, err := os.Lstat(dir); os.IsNotExist(err) {
		return nil
	}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, _ fs.DirEntry, err error) error {
		if path != "." {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
