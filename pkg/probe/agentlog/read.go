package agentlog

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Read reads the end of the agent's logs below root, the root directory of a node that
// runs the given system (a GOOS). shown converts a name in root to the path that people
// know. A log that does not exist is left out. One that could not be read has a Failure,
// and its content is unknown.
func Read(root fs.FS, system string, shown func(name string) string) observation.AgentLog {
	var log observation.AgentLog
	r := logReader{disk: newDisk(root, shown), shown: shown, log: &log}
	p := r.settings(system)
	log.Level = p.level
	var main [][]record
	for i, name := range p.main {
		main = append(main, r.main(name, i))
	}
	errors := r.small(p.errors, fromErrors)
	hibernation := r.small(p.hibernation, fromHibernation)
	r.finish(main, errors, hibernation)
	return log
}

// Unread is a system's log that could not be read in time. The zero value would say that
// there is no log.
func Unread(system string, shown func(name string) string, failure *observation.Failure) observation.AgentLog {
	return observation.AgentLog{Files: []observation.AgentLogFile{{Path: shown(systemPaths(system).main[0]), Failure: failure}}}
}

type logReader struct {
	disk
	shown func(string) string
	log   *observation.AgentLog
	// start is the record of the last start, if it precedes what was read of a main log.
	start *record
	// worker: the worker wrote a line between start and what was read.
	worker observation.Known
}

// main reads the end of a main log, preceded by the end of its newest rotated file if
// there is room.
func (r *logReader) main(name string, index int) []record {
	from := fromMain
	if index > 0 {
		from = fromWorker
	}
	t, file := r.open(name)
	if t == nil {
		return nil
	}
	defer func() { _ = t.Close() }() // nothing was written to it
	window, at, err := t.end(t.size, mainWindow)
	if !r.note(file, err, t) {
		return nil
	}
	before := t // the file with the last start, if that is not in the window
	if at == 0 {
		if old := r.newestOld(name); old != "" {
			if o, oldFile := r.open(old); o != nil {
				defer func() { _ = o.Close() }() // nothing was written to it
				more, from, err := o.end(o.size, mainWindow-int64(len(window)))
				if err == nil {
					window, before, at = append(more, window...), o, from
				} else {
					r.note(oldFile, err, o)
				}
			}
		}
	}
	if from == fromMain && at > 0 && !bytes.Contains(window, []byte(startMark)) {
		line, worker := before.lastStart(at)
		if found := records(line, file, fromMain); len(found) > 0 {
			r.start, r.worker = &found[0], worker
		}
	}
	return records(text(window, at == 0), file, from)
}

func (r *logReader) small(name string, from source) []record {
	if name == "" {
		return nil
	}
	t, file := r.open(name)
	if t == nil {
		return nil
	}
	defer func() { _ = t.Close() }() // nothing was written to it
	b, begin, err := t.end(t.size, smallWindow)
	if !r.note(file, err, t) {
		return nil
	}
	return records(text(b, begin == 0), file, from)
}

// open opens a log. nil: it does not exist, or it cannot be opened, which is recorded.
func (r *logReader) open(name string) (*tail, *observation.AgentLogFile) {
	t, err := r.openTail(name)
	file := &observation.AgentLogFile{Path: r.shown(name)}
	switch {
	case err == nil:
		return t, file
	case !files.IsAbsent(err):
		r.note(file, err, nil)
	}
	return nil, nil
}

// note adds a log to the list of those that exist, and reports whether it was read.
func (r *logReader) note(file *observation.AgentLogFile, err error, t *tail) (read bool) {
	if err != nil {
		file.Failure = failure(file.Path, err)
	} else if t.changed.After(r.log.Written) {
		r.log.Written = t.changed.UTC()
	}
	r.log.Files = append(r.log.Files, *file)
	return err == nil
}

func failure(path string, err error) *observation.Failure {
	kind := files.Kind(err)
	for _, known := range []error{errNotRegular, errLink, errNoReader, errElsewhere} {
		if errors.Is(err, known) {
			kind = observation.KindOther
		}
	}
	switch {
	case errors.Is(err, errSyntax):
		kind = observation.KindSyntax
	case errors.Is(err, errTooBig):
		kind = observation.KindTooLarge
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &observation.Failure{Op: observation.OpRead, Kind: kind, Text: path + ": " + err.Error()}
}

// finish evaluates what was read. Lines before the last start do not count. A failure
// counts only if a later success would have been seen: errors.log contains none, so it is
// used only if no main log can be read, and hibernate.log counts only as far back as the
// main log was read.
func (r *logReader) finish(main [][]record, errorLog, hibernation []record) {
	logs := slices.DeleteFunc(main, func(log []record) bool { return len(log) == 0 })
	if len(logs) == 0 {
		logs = [][]record{errorLog}
		r.log.Level = observation.LogError // the level of errors.log
	} else if oldest := logs[0][0].at; r.start == nil || r.start.at < oldest {
		hibernation = slices.DeleteFunc(hibernation, func(rec record) bool { return rec.at < oldest })
	}
	all := merge(append(logs, hibernation))
	if len(all) == 0 {
		r.log.Level = observation.LogInfo // the zero value: there is no log
		return
	}
	newest := all[len(all)-1].at
	r.log.First, r.log.Newest = stamp(all[0].at), stamp(newest)
	start := r.start
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].source == fromMain && strings.Contains(all[i].text, startMark) {
			start, r.worker = &all[i], ""
			all = all[i:]
			break
		}
	}
	if start != nil {
		r.log.LastStart, r.log.Version, r.log.Worker = stamp(start.at), version(start.text), r.worker
	}
	hidden := r.log.Level != observation.LogInfo
	rd := reader{log: r.log, signatures: signatures(), newest: newest, hidden: hidden}
	rd.read(all)
	if start != nil && r.log.Worker == "" && !hidden { // the worker logs at level info that it works
		r.log.Worker = observation.No
	}
}

// version returns the agent's version in the line of a start. Empty: it has none.
func version(text string) string {
	_, version, _ := strings.Cut(text, startMark)
	version, _, _ = strings.Cut(version, " ")
	if _, ok := observation.VersionNumbers(version); !ok || len(version) > 32 {
		return ""
	}
	return version
}
