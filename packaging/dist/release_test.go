package main

import (
	"os/exec"
	"testing"
	"time"
)

func TestPackageVersion(t *testing.T) {
	for _, tt := range []struct{ version, want string }{
		{"1.2.3", "1.2.3"},
		{"1.2.3-rc.1", "1.2.3~rc.1"},
		{"1.2.3-rc-1", "1.2.3~rc.1"},
		{"1.2.3-dirty", "1.2.3+dirty"},
		{"1.2.3-5-g0123abc", "1.2.3+5.g0123abc"},
		{"1.2.3-5-g0123abc-dirty", "1.2.3+5.g0123abc+dirty"},
		{"1.2.3-rc.1-5-g0123abc", "1.2.3~rc.1+5.g0123abc"},
		{"0.0.0-20260102150405-0123456789ab", "0.0.0~20260102150405.0123456789ab"},
		{"0.0.0-20260102150405-0123456789ab+dirty", "0.0.0~20260102150405.0123456789ab+dirty"},
	} {
		if got := (release{version: tt.version}).packageVersion(); got != tt.want {
			t.Errorf("package version of %s: %s, want %s", tt.version, got, tt.want)
		}
	}
}

// TestPackageVersionsSort asks dpkg, as it decides what an upgrade is.
func TestPackageVersionsSort(t *testing.T) {
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		skip(t, "dpkg is missing; the order of versions was not compared")
	}
	inOrder := []string{
		"0.0.0-20260102150405-ffffffffffff", "0.0.0-20260102150406-000000000000", "0.1.0",
		"1.2.3-rc.1", "1.2.3-rc.1-2-gffffffff", "1.2.3-rc.2", "1.2.3", "1.2.3-9-gffffffff", "1.2.3-10-g00000000", "1.2.4-rc.1",
	}
	for i, next := range inOrder[1:] {
		a := release{version: inOrder[i]}.packageVersion()
		b := release{version: next}.packageVersion()
		if err := exec.Command(dpkg, "--compare-versions", a, "lt", b).Run(); err != nil {
			t.Errorf("dpkg does not take %s for older than %s: %v", a, b, err)
		}
	}
}

func TestThisRelease(t *testing.T) {
	for _, tt := range []struct{ version, epoch, want string }{
		{"v1.2.3-rc.1", "1767366245", "1.2.3-rc.1"},
		{"1.2.3", "0", ""},
		{"1.2.3", "tomorrow", ""},
		{"1.2.3", "99999999999", ""},
		{"$(id)", "1767366245", ""},
		{"1.2.3'", "1767366245", ""},
		{"1.2.3 4", "1767366245", ""},
		{"../1", "1767366245", ""},
	} {
		t.Setenv("VERSION", tt.version)
		t.Setenv("SOURCE_DATE_EPOCH", tt.epoch)
		r, err := thisRelease(t.Context())
		if err == nil != (tt.want != "") || err == nil && r.version != tt.want {
			t.Errorf("VERSION=%s SOURCE_DATE_EPOCH=%s: %q, %v, want %q", tt.version, tt.epoch, r.version, err, tt.want)
		}
		if want := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC); err == nil && !r.time.Equal(want) {
			t.Errorf("the time is %s, want %s", r.time, want)
		}
	}
}

// TestVersionFromGit makes a repository with one commit, then a change.
func TestVersionFromGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		skip(t, "git is missing; the version of a commit was not tried")
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"VERSION", "SOURCE_DATE_EPOCH", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} {
		t.Setenv(name, "")
		unset(t, name)
	}
	if _, err := thisRelease(t.Context()); err == nil {
		t.Error("outside a repository, without VERSION, a version was found")
	}
	t.Setenv("GIT_COMMITTER_DATE", "2026-01-02T15:04:05Z")
	write(t, "file", "1")
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "file"},
		{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "t"},
	} {
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	revision, err := git(t.Context(), "rev-parse", "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	want := "0.0.0-20260102150405-" + revision[:12]
	if r, err := thisRelease(t.Context()); err != nil || r.version != want {
		t.Errorf("version %q, %v, want %q", r.version, err, want)
	}
	write(t, "other", "git does not know it, and so no release holds it")
	if names, err := sources(t.Context(), "."); err != nil || len(names) != 1 || names[0] != "file" {
		t.Errorf("the sources are %q, %v, want only what git knows", names, err)
	}
	write(t, "file", "2")
	if r, err := thisRelease(t.Context()); err != nil || r.version != want+"+dirty" {
		t.Errorf("version of a changed checkout %q, %v, want %q", r.version, err, want+"+dirty")
	}
}
