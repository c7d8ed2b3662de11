package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A directory is held open with O_PATH, which needs only search permission.
// os.Root would open every directory of a path for reading, which fails in
// another user's home directory or a drop box.
type directory struct{ file *handle }

// A handle refers to a file that is not open for reading or writing (O_PATH).
type handle struct {
	fd   int
	name string // for messages
}

// openHandle opens a name in a directory without following a symbolic link.
func openHandle(at int, name, shown string) (*handle, error) {
	fd, err := retried(func() (int, error) {
		return unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: shown, Err: err}
	}
	return &handle{fd, shown}, nil
}

// retried calls f again if a signal interrupts it.
func retried(f func() (int, error)) (n int, err error) {
	for {
		if n, err = f(); !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

func (h *handle) close() error { return syscall.Close(h.fd) }

// stat returns the file's FileInfo. Only os.File can make one, so it gets a
// duplicate of the descriptor, which it closes.
func (h *handle) stat() (fs.FileInfo, error) {
	fd, err := unix.FcntlInt(uintptr(h.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: h.name, Err: err}
	}
	f := os.NewFile(uintptr(fd), h.name)
	defer f.Close()
	return f.Stat()
}

// onProcfs reports whether the directory is on procfs, whose links the kernel
// makes.
func (h *handle) onProcfs() bool {
	var st unix.Statfs_t
	return unix.Fstatfs(h.fd, &st) == nil && st.Type == unix.PROC_SUPER_MAGIC
}

// readlink reads the open symbolic link.
func (h *handle) readlink() (string, error) {
	b := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(h.fd, "", b)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: h.name, Err: err}
	}
	return string(b[:n]), nil
}

// locate follows a path name by name, opening each in the directory opened
// before, so that nobody can swap a part already checked. It does not follow
// another user's symbolic links.
func locate(path string) (location, error) {
	path = ownDescriptor(path)
	w := walk{todo: strings.Split(path, "/")}
	if err := w.begin(path); err != nil {
		return location{}, err
	}
	p, err := w.follow()
	if err != nil {
		w.dir.close()
	}
	return p, err
}

// ownDescriptor translates a name in /dev to the procfs name of the same
// descriptor: in a user namespace, the links in /dev may belong to an unmapped
// user.
func ownDescriptor(path string) string {
	const descriptors = "/proc/self/fd/"
	switch n, ok := strings.CutPrefix(path, "/dev/fd/"); {
	case ok:
		return descriptors + n
	case path == "/dev/stderr":
		return descriptors + "2"
	}
	return path
}

// A walk follows a path.
type walk struct {
	dir   *handle
	todo  []string // the remaining names
	links int
}

// begin opens the directory that the path starts from.
func (w *walk) begin(path string) error {
	start := "."
	if strings.HasPrefix(path, "/") {
		start = "/"
	}
	dir, err := openHandle(unix.AT_FDCWD, start, start)
	if err != nil {
		return err
	}
	if w.dir != nil {
		w.dir.close()
	}
	w.dir = dir
	return nil
}

// follow opens the last directory of the path. The last name need not exist.
func (w *walk) follow() (location, error) {
	for {
		name := w.todo[0]
		w.todo = w.todo[1:]
		last := len(w.todo) == 0
		if name == "" || name == "." {
			if last {
				return location{}, syscall.EISDIR
			}
			continue
		}
		next, err := openHandle(w.dir.fd, name, strings.TrimSuffix(w.dir.name, "/")+"/"+name)
		if last && errors.Is(err, fs.ErrNotExist) {
			return w.location(name), nil
		}
		if err != nil {
			return location{}, err
		}
		info, err := next.stat()
		if err != nil {
			next.close()
			return location{}, err
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if last && w.dir.onProcfs() {
				next.close()
				return w.descriptor(name, info)
			}
			err = w.link(next, info)
			next.close()
			if err != nil {
				return location{}, err
			}
		case last:
			next.close()
			return w.location(name), nil
		case !info.IsDir():
			next.close()
			return location{}, syscall.ENOTDIR
		default:
			w.dir.close()
			w.dir = next
		}
	}
}

func (w *walk) location(name string) location { return location{dir: &directory{w.dir}, base: name} }

// descriptor is the location of a procfs link to a file that a process has open.
// The link belongs to the process's user.
func (w *walk) descriptor(name string, info fs.FileInfo) (location, error) {
	p := w.location(name)
	p.descriptor = true
	return p, refuseLink(w.dir.name+"/"+name, info)
}

// link puts a link's target in front of the remaining names.
func (w *walk) link(h *handle, info fs.FileInfo) error {
	if w.links++; w.links > maxLinks {
		return errTooManyLinks
	}
	if !w.dir.onProcfs() {
		if err := refuseLink(h.name, info); err != nil {
			return err
		}
	}
	to, err := h.readlink()
	if err != nil {
		return err
	}
	w.todo = append(strings.Split(to, "/"), w.todo...)
	if strings.HasPrefix(to, "/") {
		return w.begin(to)
	}
	return nil
}

func (d *directory) close() error {
	if d == nil || d.file == nil {
		return nil
	}
	h := d.file
	d.file = nil
	return h.close()
}

func (d *directory) stat() (fs.FileInfo, error) { return d.file.stat() }

func (d *directory) lstat(base string) (fs.FileInfo, error) {
	h, err := openHandle(d.file.fd, base, base)
	if err != nil {
		return nil, err
	}
	defer h.close()
	return h.stat()
}

func (d *directory) readlink(base string) (string, error) {
	h, err := openHandle(d.file.fd, base, base)
	if err != nil {
		return "", err
	}
	defer h.close()
	return h.readlink()
}

// open opens a file in the directory. A new file is readable only by this user,
// and a terminal does not become the controlling one.
func (d *directory) open(base string, flags int, follow bool) (*os.File, error) {
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := retried(func() (int, error) {
		return unix.Openat(d.file.fd, base, flags|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_LARGEFILE, 0o600)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: base, Err: err}
	}
	return os.NewFile(uintptr(fd), base), nil
}

func (d *directory) rename(from, to string) error {
	_, err := retried(func() (int, error) { return 0, unix.Renameat(d.file.fd, from, d.file.fd, to) })
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

func (d *directory) remove(base string) error {
	_, err := retried(func() (int, error) { return 0, unix.Unlinkat(d.file.fd, base, 0) })
	if err != nil {
		return &fs.PathError{Op: "remove", Path: base, Err: err}
	}
	return nil
}
