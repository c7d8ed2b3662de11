package agentlog

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A disk is the file system with the logs.
type disk struct {
	fs.FS
	// drive is the Windows drive that names are relative to, "C:". Empty: not Windows.
	drive string
}

// newDisk takes the drive from how a file's name is shown.
func newDisk(files fs.FS, shown func(string) string) disk {
	if name := shown("x"); len(name) > 2 && name[1] == ':' {
		return disk{files, name[:2]}
	}
	return disk{files, ""}
}

// within converts an absolute path of the system to a name in d. Another drive or a
// network share is an error: the same path on this drive is another file, and a share may
// hang.
func (d disk) within(file string) (string, error) {
	if d.drive != "" {
		file = strings.ReplaceAll(file, `\`, "/")
		for _, prefix := range []string{"//?/", "/??/"} { // links on Windows may begin like this
			file = strings.TrimPrefix(file, prefix)
		}
		if len(file) > 1 && file[1] == ':' {
			if !strings.EqualFold(file[:2], d.drive) {
				return "", errElsewhere
			}
			file = file[2:]
		}
		if strings.HasPrefix(file, "//") {
			return "", errElsewhere
		}
	}
	if !path.IsAbs(file) {
		return "", errElsewhere
	}
	return strings.TrimPrefix(path.Clean(file), "/"), nil
}

// absolute reports whether a link's target is an absolute path, rather than relative to
// the link's directory.
func (d disk) absolute(file string) bool {
	return path.IsAbs(file) || d.drive != "" && (strings.HasPrefix(file, `\`) || len(file) > 1 && file[1] == ':')
}

// resolve returns the name of a regular file with all symbolic links followed.
func (d disk) resolve(name string) (string, error) {
	const maxLinks = 16
	done, links := ".", 0
	for rest := name; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		at := path.Join(done, part)
		info, err := fs.Lstat(d.FS, at)
		if err != nil {
			return "", err
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if links++; links > maxLinks {
				return "", syscall.ELOOP
			}
			if !trusted(info) {
				return "", errLink
			}
			to, err := fs.ReadLink(d.FS, at)
			if err != nil {
				return "", err
			}
			if !d.absolute(to) {
				if d.drive != "" {
					to = strings.ReplaceAll(to, `\`, "/")
				}
				to = path.Join("/", done, to)
			}
			if to, err = d.within(to); err != nil {
				return "", err
			}
			done, rest = ".", path.Join(to, rest)
		case rest == "" && !info.Mode().IsRegular():
			return "", errNotRegular
		default:
			done = at
		}
	}
	return done, nil
}

// newestOld returns the newest of a log's rotated files: the one with the highest number.
// Empty: none.
func (d disk) newestOld(name string) string {
	const most = 256
	folder, err := d.Open(path.Dir(name))
	if err != nil {
		return ""
	}
	defer func() { _ = folder.Close() }() // nothing was written to it
	dir, ok := folder.(fs.ReadDirFile)
	if !ok {
		return ""
	}
	entries, _ := dir.ReadDir(most) // what was read before an error counts
	var numbers []int
	for _, e := range entries {
		if s, ok := strings.CutPrefix(e.Name(), path.Base(name)+"."); ok {
			if n, err := strconv.Atoi(s); err == nil {
				numbers = append(numbers, n)
			}
		}
	}
	if len(numbers) == 0 {
		return ""
	}
	return name + "." + strconv.Itoa(slices.Max(numbers))
}
