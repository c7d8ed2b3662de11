package node

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxPath bounds the directories of PATH that are searched.
const maxPath = 32

// usual are directories of programs that the PATH of this process may lack, and that of
// whoever pastes a command has: a user's, root's, sudo's and a service's differ.
var usual = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin"}

// missingCommands are those that are in no directory of PATH or of the usual ones. A
// command counts as there if one directory could not be searched. nil where no
// directory exists at all or PATH has more than are searched, and on Windows, whose
// checks use what it comes with.
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
			continue // relative to a working directory
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
