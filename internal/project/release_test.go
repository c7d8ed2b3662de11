package project

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/pe"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

const (
	releaseVersion = "9.8.7-rc1"
	packageVersion = "9.8.7~rc1-1"
)

// TestRelease builds the release of a tag as `make dist` does, for this machine's
// processor and for Windows, and uses it as a user would: it unpacks the archives, and
// installs and removes the packages.
func TestRelease(t *testing.T) {
	if runtime.GOOS != "linux" {
		cannot(t, "deb and rpm packages are installed on Linux only")
	}
	needCommands(t, "make", "git", "jq", "dpkg", "dpkg-deb", "rpm", "mandoc", "bash")
	source := taggedSources(t)
	dir := goreleaser(t, source, releasedTargets(t, "linux", "windows"))

	archive := one(t, dir, "ssmcheck_"+releaseVersion+"_linux_*.tar.gz")
	program := filepath.Join(t.TempDir(), "ssmcheck")
	t.Run("sums", func(t *testing.T) { checkSums(t, dir) })
	t.Run("archive", func(t *testing.T) { checkArchive(t, archive, program) })
	t.Run("windows", func(t *testing.T) { checkZip(t, one(t, dir, "ssmcheck_"+releaseVersion+"_windows_amd64.zip")) })
	t.Run("sbom", func(t *testing.T) { checkSBOM(t, one(t, dir, "*linux*.cdx.json"), program) })
	t.Run("sbom of windows", func(t *testing.T) {
		b, err := os.ReadFile(one(t, dir, "*windows*.cdx.json"))
		if err != nil || !bytes.Contains(b, []byte("goarch=amd64&goos=windows")) || bytes.Contains(b, []byte("goos=linux")) {
			t.Errorf("the SBOM does not say that it is of Windows: %v\n%.1500s", err, b)
		}
	})
	t.Run("deb", func(t *testing.T) { checkDeb(t, one(t, dir, "ssmcheck_"+packageVersion+"_*.deb")) })
	t.Run("rpm", func(t *testing.T) { checkRPM(t, one(t, dir, "ssmcheck-"+packageVersion+".*.rpm")) })
	t.Run("apk", func(t *testing.T) { checkAPK(t, one(t, dir, "ssmcheck_9.8.7_rc1-r1_*.apk")) })
	t.Run("manifests", func(t *testing.T) { checkManifests(t, dir) })
	t.Run("make build", func(t *testing.T) { checkMakeBuild(t, source, program) })
	t.Run("reproducible", func(t *testing.T) { checkReproducible(t, source, dir) })
}

// taggedSources returns a repository with the sources in one tagged commit.
func taggedSources(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "source")
	copySources(t, dir)
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} {
		t.Setenv(name, "")
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_AUTHOR_DATE", "2026-01-02T15:04:05Z")
	t.Setenv("GIT_COMMITTER_DATE", "2026-01-02T15:04:05Z")
	output(t, "git", "-C", dir, "init", "-q", "-b", "main")
	// The following must never affect the repository of the sources.
	if got := output(t, "git", "-C", dir, "rev-parse", "--absolute-git-dir"); got != filepath.Join(dir, ".git") {
		t.Fatalf("the copy's repository is %s", got)
	}
	for _, args := range [][]string{
		{"remote", "add", "origin", "https://github.com/ssmcheck/ssmcheck.git"},
		{"add", "."},
		{"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "t"},
		{"tag", "v" + releaseVersion},
	} {
		output(t, append([]string{"git", "-C", dir}, args...)...)
	}
	return dir
}

// releasedTargets returns GoReleaser's configuration, reduced to this machine's processor
// on Linux and amd64 elsewhere. It must have all eight targets.
func releasedTargets(t *testing.T, systems ...string) string {
	t.Helper()
	config := read(t, ".goreleaser.yaml")
	lists := regexp.MustCompile(`(?m)^    targets: \[(.*)\]$`)
	var all []string
	for _, m := range lists.FindAllStringSubmatch(config, -1) {
		all = append(all, strings.Split(m[1], ", ")...)
	}
	want := []string{
		"linux_amd64_v1", "linux_arm64_v8.0", "linux_arm_6", "linux_386_sse2",
		"windows_amd64_v1", "windows_arm64_v8.0", "darwin_amd64_v1", "darwin_arm64_v8.0",
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Fatalf("the systems of a release:\n%s", diff)
	}
	return lists.ReplaceAllStringFunc(config, func(list string) string {
		var chosen []string
		for _, target := range want {
			system, rest, _ := strings.Cut(target, "_")
			arch := "amd64"
			if system == "linux" {
				arch = runtime.GOARCH
			}
			if strings.Contains(list, target) && slices.Contains(systems, system) && strings.HasPrefix(rest, arch+"_") {
				chosen = append(chosen, target)
			}
		}
		if len(chosen) == 0 {
			return list + "\n    skip: true"
		}
		return "    targets: [" + strings.Join(chosen, ", ") + "]"
	})
}

// goreleaser builds a release without publishing it, and returns its directory. It uses
// no network: `make tools` has put the sources of the pinned tools into Go's cache.
func goreleaser(t *testing.T, source, config string, env ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "goreleaser.yaml") // among the sources it would count as a change
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	env = append(toolEnv(t), env...)
	// The programs need not be linked again.
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(top, "bin", "tools"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(source, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(top, "bin", "tools"), filepath.Join(source, "bin", "tools")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("tools/run.sh", "goreleaser", "goreleaser", "release", "--clean", "--skip=publish,announce", "-f", file)
	cmd.Dir = source
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(source, "dist")
}

// toolEnv returns an environment in which Go uses no network.
func toolEnv(t *testing.T) []string {
	t.Helper()
	cache := output(t, "go", "env", "GOMODCACHE")
	return append(os.Environ(), "GOPROXY=file://"+cache+"/cache/download", "GOFLAGS=", "GO=go")
}

// checkMakeBuild checks that a release's program has the same bytes as that of `make
// build`, and so that both use the same flags.
func checkMakeBuild(t *testing.T, source, released string) {
	bin := t.TempDir()
	cmd := exec.Command("make", "build", "BIN="+bin, "VERSION="+releaseVersion)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "MAKEFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := os.ReadFile(filepath.Join(bin, "ssmcheck"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(released)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("make build gives %d bytes, and the release has %d others", len(want), len(got))
	}
}

// checkReproducible builds the release for Linux again, in another directory, at another
// time and with another language, and compares the checksums.
func checkReproducible(t *testing.T, source, dir string) {
	again := filepath.Join(t.TempDir(), "another", "and", "longer", "source")
	output(t, "git", "clone", "-q", source, again)
	libraries := libraryCache(t, again)
	config := releasedTargets(t, "linux")
	const env = "env: &env ["
	if !strings.Contains(config, env) {
		t.Fatalf("the builds have no %q", env)
	}
	config = strings.Replace(config, env, env+"GOCACHE="+libraries.dir+", ", 1)
	// Without an archive for Windows there are no manifests.
	config, _, _ = strings.Cut(config, "\nhomebrew_casks:")
	second := goreleaser(t, again, config, "TZ=Asia/Kathmandu", "LC_ALL=tr_TR.UTF-8")
	libraries.wantAllOfOursCompiled(t)

	sums := func(dir string) []string {
		b, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(strings.Split(string(b), "\n"), func(line string) bool {
			return line == "" || strings.Contains(line, "windows")
		})
	}
	if diff := cmp.Diff(sums(dir), sums(second)); diff != "" || len(sums(second)) != 5 {
		t.Errorf("two releases of the same tag, and %d files, want 5:\n%s", len(sums(second)), diff)
	}
}

// checkSums checks that SHA256SUMS has every published file, with its checksum.
func checkSums(t *testing.T, dir string) {
	entries, err := filepath.Glob(filepath.Join(dir, "ssmcheck?9*"))
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, path := range entries {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256(b), filepath.Base(path))
	}
	got, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" || len(entries) != 7 {
		t.Errorf("%d files, want two archives, two SBOMs and three packages\n%s", len(entries), diff)
	}
}

// checkArchive checks the files of an archive, which are in one directory, and writes the
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
		if h.Uname != "root" || h.Gname != "root" || h.ModTime.UTC().Format(time.DateTime) != "2026-01-02 15:04:05" {
			t.Errorf("%s is of %s:%s and %s", h.Name, h.Uname, h.Gname, h.ModTime)
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
				// This repository's own module has its licence in its directory.
				if module+"/" != "github.com/ssmcheck/ssmcheck/" && !bytes.Contains(b, []byte("\n"+module+" v")) {
					t.Errorf("%s says nothing of %s, which is linked", name, module)
				}
			}
		}
	}
	want := []string{
		"644 CHANGELOG.md", "644 LICENSE", "644 README.md", "644 THIRD-PARTY-LICENSES.txt", "644 completions/_ssmcheck",
		"644 completions/ssmcheck.bash", "644 completions/ssmcheck.fish", "644 completions/ssmcheck.ps1", "644 ssmcheck.1",
		"755 ssmcheck",
	}
	slices.Sort(names)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	tellsVersion(t, program)
}

// checkSBOM checks for exactly the modules in the program's build information, and Go's
// library.
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

// tellsVersion checks that a program prints its version.
func tellsVersion(t *testing.T, program string) {
	t.Helper()
	out, err := exec.Command(program, "version").CombinedOutput()
	if want := "ssmcheck version " + releaseVersion + "\n"; err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("%s version: %q, %v, want %q", program, out, err, want)
	}
}

// checkZip checks the archive for Windows: also the man page as text, and the version
// resource of the program.
func checkZip(t *testing.T, path string) {
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content := map[string][]byte{}
	var names []string
	dir := strings.TrimSuffix(filepath.Base(path), ".zip") + "/"
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		name, ok := strings.CutPrefix(f.Name, dir)
		if !ok || len(b) == 0 {
			t.Errorf("%s has %d bytes, or is outside %s", f.Name, len(b), dir)
		}
		content[name] = b
		names = append(names, fmt.Sprintf("%o %s", f.Mode().Perm(), name))
	}
	want := []string{
		"644 CHANGELOG.md", "644 LICENSE", "644 README.md", "644 THIRD-PARTY-LICENSES.txt", "644 completions/_ssmcheck",
		"644 completions/ssmcheck.bash", "644 completions/ssmcheck.fish", "644 completions/ssmcheck.ps1",
		"644 ssmcheck.txt", "755 ssmcheck.exe",
	}
	slices.Sort(names)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	page := string(content["ssmcheck.txt"])
	if !strings.HasPrefix(page, "SSMCHECK(1)") || !strings.Contains(page, "--vpc-resolver") || strings.ContainsAny(page, "\b\x1b") {
		t.Errorf("the man page reads\n%.400q", page)
	}

	exe, err := pe.NewFile(bytes.NewReader(content["ssmcheck.exe"]))
	if err != nil {
		t.Fatal(err)
	}
	section := exe.Section(".rsrc")
	if section == nil {
		t.Fatal("ssmcheck.exe has no resources")
	}
	resources, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"VS_VERSION_INFO", "ProductVersion", releaseVersion, "OriginalFilename", "ssmcheck.exe"} {
		var wide []byte
		for _, c := range utf16.Encode([]rune(text)) {
			wide = binary.LittleEndian.AppendUint16(wide, c)
		}
		if !bytes.Contains(resources, wide) {
			t.Errorf("the resources of ssmcheck.exe have no %q", text)
		}
	}
	if !bytes.Contains(resources, []byte("\x89PNG\r\n")) {
		t.Error("ssmcheck.exe has no icon")
	}
}

// checkManifests checks the manifests for package managers: the URL and the checksum of
// each archive.
func checkManifests(t *testing.T, dir string) {
	for _, m := range []struct {
		path, archive string
		more          []string
	}{
		{"homebrew/Casks/ssmcheck.rb", "ssmcheck_*_linux_*.tar.gz", []string{
			`binary "ssmcheck"`, `manpage "ssmcheck_` + releaseVersion + `_#{os}_#{arch}/ssmcheck.1"`,
			"v#{version}/ssmcheck_#{version}_linux_",
		}},
		{"scoop/ssmcheck.json", "ssmcheck_*_windows_amd64.zip", []string{
			`_windows_amd64/ssmcheck.exe"`, "/v" + releaseVersion + "/ssmcheck_" + releaseVersion + "_windows_amd64.zip",
		}},
		{"winget/manifests/s/ssmcheck/ssmcheck/" + releaseVersion + "/ssmcheck.ssmcheck.installer.yaml", "ssmcheck_*_windows_amd64.zip", []string{
			"PackageIdentifier: ssmcheck.ssmcheck", `_windows_amd64\ssmcheck.exe`,
			"/v" + releaseVersion + "/ssmcheck_" + releaseVersion + "_windows_amd64.zip",
		}},
	} {
		text, err := os.ReadFile(filepath.Join(dir, m.path))
		if err != nil {
			t.Error(err)
			continue
		}
		archive, err := os.ReadFile(one(t, dir, m.archive))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range append(m.more, fmt.Sprintf("%x", sha256.Sum256(archive)), "https://github.com/ssmcheck/ssmcheck/releases/download/") {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s says nothing of %s:\n%s", m.path, want, text)
			}
		}
	}
}

// one returns the only file of a directory that matches.
func one(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		all, _ := fs.Glob(os.DirFS(dir), "*")
		t.Fatalf("%d files match %s among %q, want one (%v)", len(found), pattern, all, err)
	}
	return found[0]
}

// needCommands skips a test if a command is missing, or fails it under CI.
func needCommands(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			cannot(t, name+" is missing; make tools installs it with apt")
		}
	}
}

// cannot skips a test that cannot run here, or fails it under CI.
func cannot(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip("SKIP: " + why)
}
