// Package files reads this machine's files with bounds: no more than a mebibyte of
// a file, no FIFO and no device, and of a directory no more entries than asked for.
// It writes nothing.
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
	// OS is the operating system of Files, "" for "linux". It counts with Files alone.
	OS string
	// Windows is what Files has no file of, where OS is "windows".
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

// System names the operating system whose files and paths are looked for. A
// Prober that was given a root reads it as that of a Linux node, or of the system
// that it was given too, wherever it runs itself: the calls that only a real system
// answers are then not made.
func (p Machine) System() string {
	if p.Files != nil {
		return cmp.Or(p.OS, "linux")
	}
	return runtime.GOOS
}

// API is what Windows says that stands in no file. nil on other systems.
func (p Machine) API() winapi.System {
	if p.Files != nil {
		return p.Windows
	}
	return winapi.This()
}

// Shown gives a name within Files as a person knows it, and as it may be shown:
// some names come from a setting.
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

// NameOf gives a file that a person or a variable names as a name of Files. It
// reports false for one outside.
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
