// Package files reads this machine's files with limits: at most a mebibyte of a file, no
// FIFOs or devices, and at most the requested number of entries of a directory. It writes
// nothing.
package files

import (
	"cmp"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/winapi"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Machine is the machine whose files and environment are read.
type Machine struct {
	// Files is its root directory. nil: the real one.
	Files fs.FS
	// OS is the operating system of Files, "" for "linux". It is ignored without Files.
	OS string
	// Windows answers what is in no file, if OS is "windows".
	Windows winapi.System
	// Getenv reads the environment. nil: os.Getenv.
	Getenv func(string) string
}

func (p Machine) FS() fs.FS {
	if p.Files != nil {
		return p.Files
	}
	return os.DirFS(rootDirectory())
}

// System is the operating system whose files and paths are read, as in runtime.GOOS. A
// given root counts as that of OS, wherever this program runs; calls that only a real
// system answers are then not made.
func (p Machine) System() string {
	if p.Files != nil {
		return cmp.Or(p.OS, "linux")
	}
	return runtime.GOOS
}

// API answers what is in no file on Windows. nil on other systems.
func (p Machine) API() winapi.System {
	if p.Files != nil {
		return p.Windows
	}
	return winapi.This()
}

// Shown converts a name in Files to the path that people know, without what may be
// secret: some names come from a setting.
func (p Machine) Shown(name string) string {
	if p.Files != nil && p.OS == "windows" {
		return observation.HidePath(`C:\` + strings.ReplaceAll(name, "/", `\`))
	}
	if p.Files != nil {
		return observation.HidePath("/" + name)
	}
	return observation.HidePath(SystemPath(name))
}

func (p Machine) Env(name string) string {
	if p.Getenv != nil {
		return p.Getenv(name)
	}
	return os.Getenv(name)
}

// HostsPath is the hosts file that Go's resolver and the system read.
func (p Machine) HostsPath() string {
	if p.System() == "windows" {
		return "Windows/System32/drivers/etc/hosts"
	}
	return "etc/hosts"
}

// NameOf converts a path from a person or a variable to a name in Files. It reports false
// if the path is outside.
func (p Machine) NameOf(file string) (string, bool) {
	top := "/"
	if p.Files == nil {
		abs, err := filepath.Abs(file)
		if err != nil {
			return "", false
		}
		file, top = abs, rootDirectory()
	}
	if len(file) <= len(top) || !strings.EqualFold(file[:len(top)], top) {
		return "", false
	}
	name := path.Clean(strings.TrimLeft(filepath.ToSlash(file[len(top):]), "/"))
	return name, name != "." && fs.ValidPath(name)
}
