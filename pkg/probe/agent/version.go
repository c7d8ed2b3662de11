package agent

import (
	"bufio"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/ssmcheck/ssmcheck/internal/files"
)

// version matches a version of the agent: "3.3.1142.0".
var version = pattern(`^[0-9]{1,6}(\.[0-9]{1,6}){3}$`)

// agentVersion returns the installed agent's version and the file that has it: the
// agent's program, otherwise what the package manager recorded. It runs no program.
// Empty: not known.
func (p Reader) agentVersion(b agentBinary) (number, from string) {
	if b.version != "" {
		return b.version, b.path
	}
	if w := p.API(); w != nil {
		name := p.Shown(p.AgentPaths().binaries[0])
		if v := w.FileVersion(name); version().MatchString(v) {
			return v, name
		}
	}
	if p.System() != "linux" {
		return "", ""
	}
	for _, source := range []struct {
		name string
		read func(r io.Reader) string
	}{
		{snapDirectory + "/meta/snap.yaml", snapVersion},
		{"var/lib/dpkg/status", dpkgVersion},
		{"etc/amazon/ssm/RELEASENOTES.md", notesVersion},
	} {
		f, failure := p.OpenFile(source.name)
		if failure != nil {
			continue
		}
		v := source.read(io.LimitReader(f, maxDpkgStatus))
		_ = f.Close() // nothing was written to it
		if version().MatchString(v) {
			return v, p.Shown(source.name)
		}
	}
	return "", ""
}

// maxDpkgStatus limits what is read of the list of packages, which has a few
// megabytes on a large machine.
const maxDpkgStatus = 32 << 20

// snapVersion reads the version from a snap's meta/snap.yaml.
func snapVersion(r io.Reader) string {
	lines := boundedLines(io.LimitReader(r, files.MaxFile))
	for lines.Scan() {
		if v, ok := strings.CutPrefix(lines.Text(), "version:"); ok {
			return strings.Trim(v, " \t\"'")
		}
	}
	return ""
}

// dpkgVersion reads the version of the installed package from dpkg's list,
// without the revision of the package.
func dpkgVersion(r io.Reader) string {
	var named, installed bool
	number := ""
	lines := boundedLines(r)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Package":
			named = value == "amazon-ssm-agent"
		case "Status":
			installed = strings.HasSuffix(value, " installed")
		case "Version":
			number, _, _ = strings.Cut(value, "-")
		case "":
			if named && installed {
				return number
			}
			named, installed, number = false, false, ""
		}
	}
	if named && installed {
		return number
	}
	return ""
}

// notesVersion reads the version from the release notes in the rpm package: the
// first line, which the agent's build replaces with the version
// (agent/version/versiongenerator/version-gen.go). If the first line is not a
// version, the package was built without that step, and the first version in a
// heading is the previous release.
func notesVersion(r io.Reader) string {
	lines := boundedLines(io.LimitReader(r, files.MaxFile))
	if !lines.Scan() {
		return ""
	}
	if line := strings.TrimSpace(lines.Text()); version().MatchString(line) {
		return line
	}
	return ""
}

// boundedLines reads line by line and stops at a line longer than a mebibyte.
func boundedLines(r io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), files.MaxFile)
	return lines
}

// pattern returns a regular expression that is compiled on first use: no run needs
// all of them, and a subcommand needs none.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
