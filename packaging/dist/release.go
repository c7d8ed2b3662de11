package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A release is what all files of a build have in common.
type release struct {
	version string    // as `ssmcheck version` says it: 1.2.3
	time    time.Time // the commit's, and that of every file in an archive
}

// thisRelease takes the version and the time from VERSION and
// SOURCE_DATE_EPOCH, else from git: the tag, the commit. Nothing here is taken
// from the clock.
func thisRelease(ctx context.Context) (release, error) {
	var r release
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		var err error
		if epoch, err = git(ctx, "log", "-1", "--format=%ct"); err != nil {
			return r, fmt.Errorf("set SOURCE_DATE_EPOCH, the time of the sources: %w", err)
		}
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	// A zip knows no time before 1980, and an rpm none after 2106.
	if err != nil || seconds < 315532800 || seconds > 1<<32-1 {
		return r, fmt.Errorf("SOURCE_DATE_EPOCH: %q is not a number of seconds since 1970, after 1980 and before 2106", epoch)
	}
	r.time = time.Unix(seconds, 0).UTC()

	r.version = strings.TrimPrefix(os.Getenv("VERSION"), "v")
	if r.version == "" {
		if r.version, err = r.pseudoVersion(ctx); err != nil {
			return r, fmt.Errorf("set VERSION: %w", err)
		}
	}
	// It goes through make and a shell to the linker, and into file names.
	if !regexp.MustCompile(`^[0-9][0-9A-Za-z.+-]*$`).MatchString(r.version) {
		return r, fmt.Errorf("VERSION: %q does not look like 1.2.3 or 1.2.3-rc.1", r.version)
	}
	return r, nil
}

// pseudoVersion is the version of a commit before the first tag, in the form
// that Go gives it.
func (r release) pseudoVersion(ctx context.Context) (string, error) {
	revision, err := git(ctx, "rev-parse", "--short=12", "HEAD")
	if err != nil {
		return "", err
	}
	changes, err := git(ctx, "status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return "", err
	}
	dirty := ""
	if changes != "" {
		dirty = "+dirty"
	}
	return "0.0.0-" + r.time.Format("20060102150405") + "-" + revision + dirty, nil
}

// described is a version as git describes it: the tag, what came after it,
// and whether the sources were changed.
var described = regexp.MustCompile(`^(.+?)(?:-([0-9]+-g[0-9a-f]+))?(?:[-+](dirty))?$`)

// packageVersion is the version as packages sort it: a hyphen would end it
// there. What comes before a release has a tilde (1.2.3~rc.1), which sorts
// before everything; what came after it has a plus (1.2.3+5.g0123abc).
func (r release) packageVersion() string {
	m := described.FindStringSubmatch(r.version)
	version := strings.ReplaceAll(strings.Replace(m[1], "-", "~", 1), "-", ".")
	for _, after := range m[2:] {
		if after != "" {
			version += "+" + strings.ReplaceAll(after, "-", ".")
		}
	}
	return version
}

// git gives what a git command prints, without the line's end.
func git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", args...).Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}
