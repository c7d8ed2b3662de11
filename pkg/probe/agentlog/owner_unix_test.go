//go:build !windows

package agentlog

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestRead_links(t *testing.T) {
	node := func(t *testing.T) string {
		dir := t.TempDir()
		for _, d := range []string{"var/log/amazon", "data"} {
			if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(dir+"/data/amazon-ssm-agent.log", []byte(day+"01:00:00"+denied+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../../../data", dir+"/var/log/amazon/ssm"); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	t.Run("of this user", func(t *testing.T) {
		if log := look(os.DirFS(node(t))); len(log.Lines) != 1 {
			t.Errorf("%+v, want one line", log)
		}
	})
	t.Run("of another user", func(t *testing.T) {
		log := look(ofAnother{os.DirFS(node(t)), "var/log/amazon/ssm"})
		if len(log.Files) == 0 || !log.Files[0].Failure.Of(observation.KindOther) || len(log.Lines) > 0 {
			t.Errorf("%+v, want a failure of kind other", log)
		}
	})
	t.Run("to itself", func(t *testing.T) {
		dir := node(t)
		if err := os.Remove(dir + "/data/amazon-ssm-agent.log"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("amazon-ssm-agent.log", dir+"/data/amazon-ssm-agent.log"); err != nil {
			t.Fatal(err)
		}
		if log := look(os.DirFS(dir)); len(log.Files) != 1 || !log.Files[0].Failure.Of(observation.KindUnreadable) {
			t.Errorf("%+v, want a failure of kind unreadable", log)
		}
	})
	t.Run("FIFO", func(t *testing.T) {
		dir := node(t)
		if err := syscall.Mkfifo(dir+"/data/errors.log", 0o600); err != nil {
			t.Fatal(err)
		}
		if log := look(os.DirFS(dir)); len(log.Lines) != 1 || len(log.Files) != 2 {
			t.Errorf("%+v, want the line of the main log and the failure of the other", log)
		}
	})
}

// ofAnother is a file system in which another user owns a link: on a real disk, only root could
// change the owner.
type ofAnother struct {
	fs.FS
	link string
}

func (o ofAnother) Lstat(name string) (fs.FileInfo, error) {
	info, err := fs.Lstat(o.FS, name)
	if err == nil && name == o.link {
		owner := *info.Sys().(*syscall.Stat_t)
		owner.Uid = uint32(os.Geteuid()) + 12345
		return ownedInfo{info, &owner}, nil
	}
	return info, err
}

func (o ofAnother) ReadLink(name string) (string, error) { return fs.ReadLink(o.FS, name) }

type ownedInfo struct {
	fs.FileInfo
	owner *syscall.Stat_t
}

func (i ownedInfo) Sys() any { return i.owner }
