package agent

import (
	"bufio"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
)

// version is as the agent counts: "3.3.1142.0".
var version = pattern(`^[0-9]{1,6}(\.[0-9]{1,6}){3}$`)

// agentVersion gives the version of the installed agent, and the file that
// says so: the agent's program itself, else what the system's packages say. No
// program is run for it. Empty: it is not known.
func (p Reader) agentVersion(b agentBinary) (number, from string) {
	if b.version != "" {
		return b.version, b.path
	}
	switch p.System() {
	case "windows":
		name := p.Shown(p.AgentPaths().binaries[0])
		if w := p.API(); w != nil {
			if v := w.FileVersion(name); version().MatchString(v) {
				return v, name
			}
		}
		return "", ""
	case "linux":
	default:
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

// maxDpkgStatus bounds what is read of the list of packages. It has some
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

// notesVersion reads the version from the release notes that the rpm package
// ships: the first line, which the agent's build replaces by the version
// (agent/version/versiongenerator/version-gen.go). If another line comes first,
// the package was built without that, and the first heading that is a version
// is the release before.
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

// boundedLines reads line by line. It ends at a line that is longer than a
// megabyte.
func boundedLines(r io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), files.MaxFile)
	return lines
}
