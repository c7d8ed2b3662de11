package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	// workDir is a file system in memory, for the files of the programs that act
	// as servers of the world.
	workDir = "/run"
	newRoot = workDir + "/root"
)

// prepareMounts separates the world's mounts from the machine's.
func prepareMounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	// Some containers do not allow mounting /proc. Then the old one shows the
	// machine's processes, and only squid cannot start.
	_ = mountProc("/proc")
	if err := mountTmpfs(workDir, "mode=0755"); err != nil {
		return err
	}
	// squid's shared memory has a fixed name.
	if err := mountTmpfs("/dev/shm", "mode=1777"); err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	if err := worldResolver(); err != nil {
		return err
	}
	return os.Mkdir(newRoot, 0o755)
}

// worldResolver makes the world's programs use the world's internet DNS. It changes
// only the mounts of this process.
func worldResolver() error {
	const file = "/etc/resolv.conf"
	text := []byte("nameserver " + lab.InternetDNS.String() + "\n")
	to, err := filepath.EvalSymlinks(file)
	if err != nil {
		return nil //nolint:nilerr // there is none, or its target in /run is now hidden
	}
	if err := os.WriteFile(workDir+"/resolv.conf", text, 0o644); err != nil {
		return err
	}
	if err := unix.Mount(workDir+"/resolv.conf", to, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount %s: %w", file, err)
	}
	return nil
}

// hidden are paths of the machine that the node does not see: their contents come
// only from the scenario.
var hidden = []string{
	"sys", "run", "proc", ".dockerenv", "etc/resolv.conf", "etc/hosts", "etc/nsswitch.conf", "etc/ssl/certs", "etc/ssl/cert.pem", "etc/pki",
	"etc/amazon", "var/lib/amazon", "snap/amazon-ssm-agent", "var/snap/amazon-ssm-agent",
	"etc/systemd/system/amazon-ssm-agent.service.d", "etc/NetworkManager",
}

// makeRoot builds the node's file system, the machine's with the scenario's files,
// and enters it.
func makeRoot(t tree) error {
	if err := mountTmpfs(newRoot, "mode=0755"); err != nil {
		return err
	}
	for _, d := range []string{"/proc", "/run"} {
		if err := os.Mkdir(newRoot+d, 0o755); err != nil {
			return err
		}
	}
	if err := mountTmpfs(newRoot+"/run", "mode=0755"); err != nil {
		return err
	}
	if err := t.build(""); err != nil {
		return err
	}
	if mountProc(newRoot+"/proc") != nil {
		if err := unix.Mount("/proc", newRoot+"/proc", "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("mount /proc: %w", err)
		}
	}
	if err := os.Chdir(newRoot); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the machine's root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return os.NewSyscallError("mount", unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, ""))
}

// maskCommands replaces commands with a file that cannot be executed.
func maskCommands(commands []observation.Command) error {
	for _, c := range commands {
		for _, d := range []string{"/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/", "/usr/local/sbin/"} {
			at := d + string(c)
			if err := unix.Mount("/dev/null", at, "", unix.MS_BIND, ""); err != nil && !errors.Is(err, unix.ENOENT) {
				return fmt.Errorf("mask %s: %w", at, err)
			}
		}
	}
	return nil
}

// mountTmpfs mounts a file system in memory.
func mountTmpfs(at, options string) error {
	if err := unix.Mount("tmpfs", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount %s: %w", at, err)
	}
	return nil
}

// mountProc mounts the process file system of this process's namespace.
func mountProc(at string) error {
	return unix.Mount("proc", at, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}

// A tree has the scenario's files.
type tree struct {
	files   map[string]string
	special map[string]lab.SpecialFile
}

// build makes a directory of the node and everything below it: the machine's
// entries, unless they are hidden, and the scenario's. The path has no leading slash;
// "" is the root.
func (t tree) build(path string) error {
	if err := os.MkdirAll(filepath.Join(newRoot, path), 0o755); err != nil {
		return err
	}
	machine := map[string]fs.DirEntry{}
	names := t.children(path)
	if !isHidden(path) {
		entries, err := os.ReadDir("/" + path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) {
			return err
		}
		for _, e := range entries {
			machine[e.Name()] = e
			if !slices.Contains(names, e.Name()) {
				names = append(names, e.Name())
			}
		}
	}
	for _, name := range names {
		if err := t.entry(filepath.Join(path, name), machine[name]); err != nil {
			return err
		}
	}
	return nil
}

// entry makes one entry of a directory. machine is nil if the machine has none.
func (t tree) entry(path string, machine fs.DirEntry) error {
	text, isFile := t.files[path]
	special, isSpecial := t.special[path]
	switch {
	case isSpecial:
		return makeSpecial(filepath.Join(newRoot, path), special)
	case isFile:
		return os.WriteFile(filepath.Join(newRoot, path), []byte(text), 0o644)
	case len(t.children(path)) > 0, !isHidden(path) && hides(path) && machine.IsDir():
		return t.build(path)
	case isHidden(path):
		return nil
	}
	return bind(path, machine)
}

// makeSpecial makes a special file.
func makeSpecial(at string, f lab.SpecialFile) error {
	switch f.Kind {
	case lab.FIFO:
		return unix.Mkfifo(at, 0o644)
	case lab.Directory:
		return os.Mkdir(at, 0o755)
	case lab.Link:
		return os.Symlink(f.To, at)
	}
	if err := os.WriteFile(at, f.Content(), 0o644); err != nil || f.Age == 0 {
		return err
	}
	written := time.Now().Add(-f.Age)
	return os.Chtimes(at, written, written)
}

// bind makes a file or directory of the machine visible on the node.
func bind(path string, e fs.DirEntry) error {
	at := filepath.Join(newRoot, path)
	var err error
	switch {
	case e.Type()&fs.ModeSymlink != 0:
		var to string
		if to, err = os.Readlink("/" + path); err == nil {
			err = os.Symlink(to, at)
		}
		return err
	case e.IsDir():
		err = os.Mkdir(at, 0o755)
	case e.Type().IsRegular():
		err = os.WriteFile(at, nil, 0o644)
	default:
		return nil // sockets and the like
	}
	if err != nil {
		return err
	}
	if err := unix.Mount("/"+path, at, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind /%s: %w", path, err)
	}
	return nil
}

// isHidden reports whether a path is hidden, or is in a hidden directory.
func isHidden(path string) bool {
	return slices.ContainsFunc(hidden, func(h string) bool { return path == h || strings.HasPrefix(path, h+"/") })
}

// hides reports whether something below a path is hidden.
func hides(path string) bool {
	return slices.ContainsFunc(hidden, func(h string) bool { return strings.HasPrefix(h, path+"/") })
}

// children returns the names of the scenario's entries in a directory.
func (t tree) children(path string) []string {
	var names []string
	for f := range t.files {
		rest, ok := f, path == ""
		if !ok {
			rest, ok = strings.CutPrefix(f, path+"/")
		}
		if !ok {
			continue
		}
		if name, _, _ := strings.Cut(rest, "/"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
