package agentlog

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Read reads the end of the agent's logs below files, the root directory of a node that
// runs the given system (runtime.GOOS). shown gives a name within files as a person
// knows it. A log that is not there is left out; one that could not be read has its
// Failure, and then nothing is known of what it says.
func Read(files fs.FS, system string, shown func(name string) string) observation.AgentLog {
	var log observation.AgentLog
	r := logReader{files: files, shown: shown, log: &log}
	p := pathsOf(files, system)
	var main [][]record
	for i, name := range p.main {
		main = append(main, r.main(name, i))
	}
	errors := r.small(p.errors, fromErrors)
	hibernation := r.small(p.hibernation, fromHibernation)
	r.finish(main, errors, hibernation)
	return log
}

type logReader struct {
	files fs.FS
	shown func(string) string
	log   *observation.AgentLog
	// start is the record of the last start, in a main log and before what was read
	// of it.
	start *record
	// worker: the worker wrote a line after it, before what was read.
	worker observation.Known
}

// main reads the newest of a main log. The end of the newest old one stands before it.
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
	window, at := t.end(t.size, mainWindow)
	before := t // where the last start stands, if not in the window
	if at == 0 {
		if old := newestOld(r.files, name); old != "" {
			if o, err := openTail(r.files, old); err == nil {
				defer func() { _ = o.Close() }() // nothing was written to it
				more, from := o.end(o.size, mainWindow-int64(len(window)))
				window, before, at = append(more, window...), o, from
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
	t, file := r.open(name)
	if t == nil {
		return nil
	}
	defer func() { _ = t.Close() }() // nothing was written to it
	b, begin := t.end(t.size, smallWindow)
	return records(text(b, begin == 0), file, from)
}

// open opens a log and notes it. nil: there is none, or it cannot be read.
func (r *logReader) open(name string) (*tail, *observation.AgentLogFile) {
	t, err := openTail(r.files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	file := observation.AgentLogFile{Path: r.shown(name)}
	if err != nil {
		file.Failure = failure(file.Path, err)
	}
	r.log.Files = append(r.log.Files, file)
	return t, &file
}

func failure(path string, err error) *observation.Failure {
	kind := observation.KindUnreadable
	switch {
	case errors.Is(err, fs.ErrPermission):
		kind = observation.KindDenied
	case errors.Is(err, errNotRegular), errors.Is(err, errLink), errors.Is(err, errNoReader):
		kind = observation.KindOther
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &observation.Failure{Op: observation.OpRead, Kind: kind, Text: path + ": " + err.Error()}
}

// finish goes through what was read. Lines before the last start do not count. A failure
// counts only where a success would have been seen: errors.log has none, so that it stands
// in for a main log that cannot be read, and hibernate.log counts as far back as the main
// log was read.
func (r *logReader) finish(main [][]record, errorLog, hibernation []record) {
	logs := slices.DeleteFunc(main, func(log []record) bool { return len(log) == 0 })
	alone := len(logs) == 0
	if alone {
		logs = [][]record{errorLog}
	} else if oldest := logs[0][0].at; r.start == nil || r.start.at < oldest {
		hibernation = slices.DeleteFunc(hibernation, func(rec record) bool { return rec.at < oldest })
	}
	all := merge(append(logs, hibernation))
	if len(all) == 0 {
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
	rd := reader{log: r.log, signatures: signatures(), newest: newest, alone: alone}
	rd.read(all)
	if start != nil && r.log.Worker == "" {
		r.log.Worker = observation.No
	}
}

// version is the agent's in the line of a start. Empty: it is none.
func version(text string) string {
	_, version, _ := strings.Cut(text, startMark)
	version, _, _ = strings.Cut(version, " ")
	if _, ok := observation.VersionNumbers(version); !ok || len(version) > 32 {
		return ""
	}
	return version
}

// paths are where the logs are.
type paths struct {
	// main has the core process's log first; on Windows the worker has its own.
	main                []string
	errors, hibernation string
}

// pathsOf gives the logs of a system, which seelog.xml may move.
//
// Source: amazon-ssm-agent commit 1c217c89, agent/log/logger/log_unix.go, log_darwin.go,
// log_windows.go.
func pathsOf(files fs.FS, system string) paths {
	folder, config := "var/log/amazon/ssm/", "etc/amazon/ssm/seelog.xml"
	names := []string{"amazon-ssm-agent.log"}
	switch system {
	case "windows":
		folder, config = "ProgramData/Amazon/SSM/Logs/", "Program Files/Amazon/SSM/seelog.xml"
		names = append(names, "ssm-agent-worker.log")
	case "darwin":
		config = "opt/aws/ssm/seelog.xml"
	}
	p := paths{errors: folder + "errors.log", hibernation: folder + "hibernate.log"}
	for _, name := range names {
		p.main = append(p.main, folder+name)
	}
	moved := false
	for _, name := range configured(files, config) {
		switch {
		case strings.Contains(strings.ToLower(path.Base(name)), "error"):
			p.errors = name
		case !moved:
			p.main, moved = []string{name}, true
		}
	}
	return p
}

// configured gives the files that a seelog.xml names, as names of files. A name that the
// agent fills in itself, or that is not whole, is left out.
func configured(files fs.FS, config string) []string {
	t, err := openTail(files, config)
	if err != nil {
		return nil
	}
	defer func() { _ = t.Close() }() // nothing was written to it
	b, _ := t.end(min(t.size, smallWindow), smallWindow)
	xml := text(b, true)
	var plain strings.Builder
	for xml != "" {
		before, comment, _ := strings.Cut(xml, "<!--")
		plain.WriteString(before)
		_, xml, _ = strings.Cut(comment, "-->")
	}
	var names []string
	for _, element := range []struct{ tag, attribute string }{{"<rollingfile", ` filename="`}, {"<file ", ` path="`}} {
		for part := range strings.SplitSeq(plain.String(), element.tag) {
			tag, _, _ := strings.Cut(part, ">")
			_, name, ok := strings.Cut(tag, element.attribute)
			name, _, closed := strings.Cut(name, `"`)
			name = strings.ReplaceAll(name, `\`, "/")
			if i := strings.Index(name, ":/"); i == 1 {
				name = name[2:] // a drive: the one that files is the root of, or there is no such file
			}
			if ok && closed && path.IsAbs(name) && !strings.Contains(name, "{{") && len(names) < 4 {
				names = append(names, strings.TrimPrefix(path.Clean(name), "/"))
			}
		}
	}
	return names
}
