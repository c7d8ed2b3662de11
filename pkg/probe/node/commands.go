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

// sbin are directories that a user's PATH often lacks and root's has.
var sbin = []string{"/usr/local/sbin", "/usr/sbin", "/sbin"}

// missingCommands are those that are in no directory of PATH or of sbin. A
// command counts as there if one directory could not be searched. nil where no
// directory exists at all, and on Windows, whose checks use what it comes with.
func (p Reader) missingCommands() []observation.Command {
	if p.System() == "windows" {
		return nil
	}
	var directories []string
	for _, d := range append(strings.SplitN(p.Env("PATH"), ":", maxPath+1), sbin...) {
		if !strings.HasPrefix(d, "/") || strings.Contains(d, ":") {
			continue // relative to a working directory, or the rest
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
