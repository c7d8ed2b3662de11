package node

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxPath limits how many directories of PATH are searched.
const maxPath = 32

// usual are program directories that may be missing from this process's PATH but not from
// that of the person who pastes a command: those of a user, root, sudo and a service differ.
var usual = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin"}

// missingCommands returns the commands that are neither in PATH nor in a usual directory.
// If a directory could not be searched, none counts as missing. nil also if no directory
// exists, if PATH has too many, and on Windows, where the checks use only what is built in.
func (p Reader) missingCommands() []observation.Command {
	if p.System() == "windows" {
		return nil
	}
	path := strings.SplitN(p.Env("PATH"), ":", maxPath+1)
	if len(path) > maxPath {
		return nil
	}
	var directories []string
	for _, d := range append(path, usual...) {
		if !strings.HasPrefix(d, "/") {
			continue // relative to the working directory
		}
		name, ok := p.NameOf(d)
		if !ok {
			continue
		}
		if info, err := fs.Stat(p.FS(), name); err == nil && info.IsDir() {
			directories = append(directories, name)
		} else if err != nil && !files.IsAbsent(err) {
			return nil
		}
	}
	if len(directories) == 0 {
		return nil
	}
	var missing []observation.Command
	for _, c := range observation.Commands() {
		if !slices.ContainsFunc(directories, func(d string) bool { return p.mayRun(d + "/" + string(c)) }) {
			missing = append(missing, c)
		}
	}
	return missing
}

// mayRun reports whether a file is a program, or could not be inspected.
func (p Reader) mayRun(name string) bool {
	info, err := fs.Stat(p.FS(), name)
	if err != nil {
		return !files.IsAbsent(err)
	}
	return info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
