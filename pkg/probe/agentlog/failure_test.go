package agentlog

import (
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

var fixed = time.Date(2026, 9, 14, 6, 0, 0, 0, time.UTC)

// failing returns an error for reads between two offsets of a file.
type failing struct {
	fstest.MapFS
	name         string
	from, before int64
	err          error
}

func (f failing) Open(name string) (fs.File, error) {
	file, err := f.MapFS.Open(name)
	if err != nil || name != f.name {
		return file, err
	}
	return failingFile{file, f}, nil
}

type failingFile struct {
	fs.File
	of failing
}

func (f failingFile) ReadAt(b []byte, at int64) (int, error) {
	if at >= f.of.from && at < f.of.before {
		return 0, &fs.PathError{Op: "read", Path: f.of.name, Err: f.of.err}
	}
	return f.File.(interface {
		ReadAt([]byte, int64) (int, error)
	}).ReadAt(b, at)
}

// A log that could not be read has a failure of the right kind, and does not pass for one without errors.
func TestRead_failures(t *testing.T) {
	for _, err := range append(probetest.Unreadable, fs.ErrPermission) {
		want := observation.KindUnreadable
		switch err {
		case syscall.EACCES, syscall.EPERM, fs.ErrPermission:
			want = observation.KindDenied
		case syscall.ETIMEDOUT:
			want = observation.KindTimeout
		}
		if e, ok := err.(syscall.Errno); ok && slices.Contains(syserr.Exhausted, e) {
			want = observation.KindNoResources
		}
		logs := func() fstest.MapFS {
			files := written(day + "05:00:00" + denied)
			files[mainLog+".7"] = &fstest.MapFile{Data: []byte(day + "04:00:00" + started + "\n")}
			files[errorLog] = &fstest.MapFile{Data: []byte(day + "04:30:00" + refused + "\n")}
			files[asleep] = &fstest.MapFile{Data: []byte(day + "05:20:00 INFO Agent is in hibernate mode\n")}
			files[config] = &fstest.MapFile{Data: []byte(seelog("<seelog>"))}
			return files
		}
		for _, name := range []string{mainLog, errorLog, asleep, config, mainLog + ".7"} {
			files := logs()
			if name != config {
				delete(files, config)
			}
			for step, root := range map[string]fs.FS{
				"stat": probetest.FailingFS{MapFS: files, Name: name, Step: "stat", Err: err},
				"open": probetest.FailingFS{MapFS: files, Name: name, Step: "open", Err: err},
				"read": failing{files, name, 0, 1, err},
			} {
				kind := observation.Kind("")
				for _, f := range look(root).Files {
					if f.Failure != nil && f.Path == "/"+name {
						kind = f.Failure.Kind
					}
				}
				if kind != want {
					t.Errorf("%s of %s: %v: kind %q, want %q", step, name, err, kind, want)
				}
			}
		}
	}
}

// If the main log cannot be read, nothing in it counts, and errors.log is used instead.
func TestRead_mainLogFails(t *testing.T) {
	files := written(day+"01:00:00"+started, day+"01:00:01"+role)
	files[errorLog] = &fstest.MapFile{Data: []byte(day + "05:00:00" + refused + "\n")}
	log := look(failing{files, mainLog, 0, 1, syscall.EIO})
	if len(log.Lines) != 1 || log.CredentialsGood != "" || log.LastStart != "" || log.Level != observation.LogError {
		t.Errorf("%+v, want the line of errors.log, which has no successes", log)
	}
}

// A part before the end cannot be read: a start may be in it, so that an older one says
// nothing. The end counts.
func TestRead_startFails(t *testing.T) {
	files := written(append([]string{day + "01:00:00" + started}, lines(day+"02:00:00"+denied, 4000)...)...)
	log := look(failing{files, mainLog, 1, 600 << 10, syscall.EIO})
	if log.LastStart != "" || log.Worker != observation.Unknown || len(log.Lines) != 1 {
		t.Errorf("start %q, worker %q, %d lines; want none, not known, and 1", log.LastStart, log.Worker, len(log.Lines))
	}
}

func lines(line string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = line
	}
	return all
}

// A log that is not read in time does not pass for one without errors.
func TestUnread(t *testing.T) {
	late := &observation.Failure{Kind: observation.KindTimeout}
	for system, want := range map[string]string{"linux": "/" + mainLog, "windows": "/ProgramData/Amazon/SSM/Logs/amazon-ssm-agent.log"} {
		log := Unread(system, func(name string) string { return "/" + name }, late)
		if len(log.Files) != 1 || log.Files[0].Path != want || log.Files[0].Failure != late {
			t.Errorf("%+v, want the failure at %s", log.Files, want)
		}
	}
}
