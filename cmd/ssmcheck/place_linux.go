package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A directory is held open by what needs no permission but to search it
// (O_PATH). os.Root opens each directory of a path for reading, which in a
// home directory of another user or a drop box nobody may.
type directory struct{ file *handle }

// A handle is an open file of which nothing is read and nothing is written.
type handle struct {
	fd int
	// name is for a person.
	name string
}

// openHandle opens the name in the directory itself, not what a link there
// leads to.
func openHandle(at int, name, shown string) (*handle, error) {
	fd, err := retried(func() (int, error) {
		return unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: shown, Err: err}
	}
	return &handle{fd, shown}, nil
}

// retried calls f again where a signal broke it off.
func retried(f func() (int, error)) (n int, err error) {
	for {
		if n, err = f(); err != syscall.EINTR {
			return n, err
		}
	}
}

func (h *handle) close() error { return syscall.Close(h.fd) }

// stat gives the information of the open file. os.File alone makes a
// FileInfo; it gets a descriptor of its own to close.
func (h *handle) stat() (fs.FileInfo, error) {
	fd, err := unix.FcntlInt(uintptr(h.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: h.name, Err: err}
	}
	f := os.NewFile(uintptr(fd), h.name)
	defer f.Close()
	return f.Stat()
}

// isKernels reports whether the directory is of procfs, whose links are the
// kernel's own.
func (h *handle) isKernels() bool {
	var st unix.Statfs_t
	return unix.Fstatfs(h.fd, &st) == nil && st.Type == unix.PROC_SUPER_MAGIC
}

// readlink reads the link that is open.
func (h *handle) readlink() (string, error) {
	b := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(h.fd, "", b)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: h.name, Err: err}
	}
	return string(b[:n]), nil
}

// locate follows a path one name after the other, each from the directory that
// was opened before, so that nobody can change what is behind. A link of
// another user is not followed.
func locate(path string) (place, error) {
	path = ownDescriptor(path)
	w := walk{todo: strings.Split(path, "/")}
	if err := w.begin(path); err != nil {
		return place{}, err
	}
	p, err := w.follow()
	if err != nil {
		w.dir.close()
	}
	return p, err
}

// ownDescriptor gives the kernel's own name for a descriptor of this process.
// /dev has links to them that may be of a user whom a user namespace does not
// know.
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

// A walk is one along a path.
type walk struct {
	dir *handle
	// todo are the names that are left.
	todo  []string
	links int
}

// begin opens the directory in which the path begins.
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

// follow goes to the last directory of the path. The last name need not be
// there.
func (w *walk) follow() (place, error) {
	for {
		name := w.todo[0]
		w.todo = w.todo[1:]
		last := len(w.todo) == 0
		if name == "" || name == "." {
			if last {
				return place{}, syscall.EISDIR
			}
			continue
		}
		next, err := openHandle(w.dir.fd, name, strings.TrimSuffix(w.dir.name, "/")+"/"+name)
		if last && errors.Is(err, fs.ErrNotExist) {
			return w.place(name), nil
		}
		if err != nil {
			return place{}, err
		}
		info, err := next.stat()
		if err != nil {
			next.close()
			return place{}, err
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if last && w.dir.isKernels() {
				next.close()
				return w.descriptor(name, info)
			}
			err = w.link(next, info)
			next.close()
			if err != nil {
				return place{}, err
			}
		case last:
			next.close()
			return w.place(name), nil
		case !info.IsDir():
			next.close()
			return place{}, syscall.ENOTDIR
		default:
			w.dir.close()
			w.dir = next
		}
	}
}

func (w *walk) place(name string) place { return place{dir: &directory{w.dir}, base: name} }

// descriptor is where a link of procfs leads: to a file that a process has
// open. It belongs to the process's user.
func (w *walk) descriptor(name string, info fs.FileInfo) (place, error) {
	p := w.place(name)
	p.descriptor = true
	return p, refuseLink(w.dir.name+"/"+name, info)
}

// link puts what a link leads to before the names that are left.
func (w *walk) link(h *handle, info fs.FileInfo) error {
	if w.links++; w.links > maxLinks {
		return errTooManyLinks
	}
	if !w.dir.isKernels() {
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

// open opens a file of the directory, for this user alone where it makes one.
// No terminal becomes this process's own by it.
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
