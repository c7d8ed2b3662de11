package agentlog

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A disk is where the logs are looked for.
type disk struct {
	fs.FS
	// drive is the letter of the Windows drive whose root the names begin at, with its
	// colon. Empty: it is no Windows disk.
	drive string
}

// newDisk learns the drive from how a person names a file of it.
func newDisk(files fs.FS, shown func(string) string) disk {
	if name := shown("x"); len(name) > 2 && name[1] == ':' {
		return disk{files, name[:2]}
	}
	return disk{files, ""}
}

// within gives the name in d of an absolute path of the system. Another drive or a network
// share is not in d: to look for its path on this drive would read some other file, and a
// share may hang.
func (d disk) within(file string) (string, error) {
	if d.drive != "" {
		file = strings.ReplaceAll(file, `\`, "/")
		for _, prefix := range []string{"//?/", "/??/"} { // as links of Windows may begin
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

// absolute reports whether a link's target is a path of its own, not one from the link's
// directory on.
func (d disk) absolute(file string) bool {
	return path.IsAbs(file) || d.drive != "" && (strings.HasPrefix(file, `\`) || len(file) > 1 && file[1] == ':')
}

// resolve gives the name of a regular file without a link in it.
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

// newestOld is the newest of a log's old files: that of the highest number. Empty: none.
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
	slices.SortFunc(numbers, func(a, b int) int { return cmp.Compare(b, a) })
	return name + "." + strconv.Itoa(numbers[0])
}
