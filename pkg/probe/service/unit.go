package service

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// AgentUnits are the agent's services: that of the packages, and snap's.
var AgentUnits = []string{"amazon-ssm-agent.service", "snap.amazon-ssm-agent.amazon-ssm-agent.service"}

// unitRoots are where systemd looks for a unit; the first that has it counts
// (systemd.unit(5)).
var unitRoots = []string{
	"etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system", "lib/systemd/system",
}

const (
	// maxDropIns bounds the drop-ins of one directory, and maxEnvironmentFiles
	// the environment files of one unit.
	maxDropIns          = 64
	maxEnvironmentFiles = 32
	// maxEntries bounds the entries that are listed of a directory.
	maxEntries = 1024
	// maxEnvironment bounds what an environment is read from, in bytes: a unit
	// with its drop-ins and its environment files, of which there may be two
	// thousand, or a process. A mebibyte of short assignments takes 70.
	maxEnvironment = 256 << 10
)

// A unitEnvironment is what the service's configuration gives it.
type unitEnvironment struct {
	Environment
	// path is the unit's, empty where there is none.
	path string
	// unread is why a part of it could not be read. nil: all was.
	unread *observation.Failure
}

// unitEnvironment reads the agent's unit with its drop-ins and environment
// files.
func (p Reader) unitEnvironment() unitEnvironment {
	unit, name := p.findUnit()
	if unit == "" {
		return unitEnvironment{}
	}
	r := unitReader{p: p, base: newEnvironment(), own: newEnvironment(), room: maxEnvironment, opened: map[string]string{}}
	r.specifiers = specifiers{unit: unit, lenient: p.lenientSystemd()}
	r.defaults()
	r.file(name)
	for _, dropIn := range r.dropIns(unit) {
		r.file(dropIn)
	}
	e := r.finish()
	e.Unused = r.leftOut(e)
	return unitEnvironment{Environment: e, path: p.Shown(name), unread: r.unread}
}

// findUnit gives the agent's unit and its file. Empty: there is none.
func (p Reader) findUnit() (unit, name string) {
	for _, unit := range AgentUnits {
		for _, root := range unitRoots {
			if there, _ := p.Exists(root + "/" + unit); there != observation.No {
				return unit, root + "/" + unit
			}
		}
	}
	return "", ""
}

// dropIns lists the drop-ins of a unit in the order in which they apply: by
// name, whatever the directory. Of two with one name the first found counts.
func (r *unitReader) dropIns(unit string) []string {
	paths := map[string]string{}
	for _, directory := range dropInDirectories(unit) {
		for _, root := range unitRoots {
			at := root + "/" + directory
			for _, e := range r.first(at, r.list(at)) {
				if _, have := paths[e.Name()]; !have && strings.HasSuffix(e.Name(), ".conf") {
					paths[e.Name()] = at + "/" + e.Name()
				}
			}
		}
	}
	sorted := make([]string, 0, len(paths))
	for _, at := range paths {
		sorted = append(sorted, at)
	}
	slices.SortFunc(sorted, func(a, b string) int { return strings.Compare(path.Base(a), path.Base(b)) })
	return sorted
}

// dropInDirectories are the unit's own directory, those of its prefixes
// (amazon-ssm-.service.d) and that of all services, the most special first.
func dropInDirectories(unit string) []string {
	all := []string{unit + ".d"}
	prefix := strings.TrimSuffix(unit, ".service")
	for {
		i := strings.LastIndexByte(strings.TrimSuffix(prefix, "-"), '-')
		if i < 0 {
			return append(all, "service.d")
		}
		prefix = prefix[:i+1]
		all = append(all, prefix+".service.d")
	}
}

// A unitReader gathers the environment of a unit while its files are read.
type unitReader struct {
	p Reader
	// base is the service manager's, and own what Environment= gives.
	base, own  Environment
	specifiers specifiers
	// dropped are the assignments that systemd leaves out, and opened says, by
	// the variable, where it has a specifier that is not worked out.
	dropped []UnusedProxy
	opened  map[string]string
	files   []string
	remove  []string
	// passed are the variables that the service manager hands on from its own
	// environment, which cannot be seen.
	passed []string
	unread *observation.Failure
	// room is how many bytes may still be read.
	room int
}

// read gives a file, or nothing where it is not there, could not be read, or
// has more than there is room for.
func (r *unitReader) read(name string) []byte {
	if r.room == 0 {
		return nil
	}
	b, failure := r.p.ReadFile(name)
	switch {
	case failure.Of(observation.KindTooLarge) || len(b) > r.room:
		r.tooMuch(name, "more than 256 KiB, with the rest of the unit")
		r.room = 0
		return nil
	case failure.Of(observation.KindAbsent), failure.Of(observation.KindOther) && !r.p.IsFIFO(name):
		// To systemd a unit that is /dev/null is empty, and a directory none.
	case failure != nil && r.unread == nil:
		r.unread = failure
	}
	r.room -= len(b)
	return b
}

// first gives the first entries of a directory of drop-ins.
func (r *unitReader) first(at string, entries []fs.DirEntry) []fs.DirEntry {
	if len(entries) <= maxDropIns {
		return entries
	}
	r.tooMuch(at, "more than 64 files")
	return entries[:maxDropIns]
}

// tooMuch notes that there is more than is read.
func (r *unitReader) tooMuch(name, what string) {
	if !r.unread.Of(observation.KindTooLarge) {
		r.unread = &observation.Failure{Op: observation.OpRead, Kind: observation.KindTooLarge, Text: r.p.Shown(name) + ": " + what}
	}
}

// file reads the unit or one drop-in.
func (r *unitReader) file(name string) {
	unitLines(r.read(name), "Service", func(line int, key, value string) {
		switch key {
		case "Environment":
			if value == "" {
				r.own, r.dropped, r.opened = newEnvironment(), nil, map[string]string{}
			}
			for _, a := range unitAssignments(value, r.specifiers) {
				r.assign(r.own, a, name, line)
			}
		case "EnvironmentFile":
			if value == "" {
				r.files = nil
			} else {
				r.addFile(value, name)
			}
		case "PassEnvironment":
			if value == "" {
				r.passed = nil
			}
			r.passed = append(r.passed, strings.Fields(value)...)
		case "UnsetEnvironment":
			if value == "" {
				r.remove = nil
			}
			r.remove = append(r.remove, unitWords(value, r.specifiers)...)
		}
	})
}

// defaults reads DefaultEnvironment= of the service manager, which is under
// every unit's own.
func (r *unitReader) defaults() {
	names := []string{"etc/systemd/system.conf"}
	const at = "etc/systemd/system.conf.d"
	for _, e := range r.first(at, r.list(at)) {
		if strings.HasSuffix(e.Name(), ".conf") {
			names = append(names, at+"/"+e.Name())
		}
	}
	for _, name := range names {
		unitLines(r.read(name), "Manager", func(line int, key, value string) {
			if key != "DefaultEnvironment" {
				return
			}
			for _, a := range unitAssignments(value, specifiers{}) {
				r.assign(r.base, a, name, line)
			}
		})
	}
}

// finish puts the layers over each other: the manager's, the unit's own, the
// environment files'. Then it applies UnsetEnvironment=.
func (r *unitReader) finish() Environment {
	e := r.base
	passed := map[string]bool{}
	for _, name := range r.passed {
		passed[name] = slices.Contains(slices.Concat(httpsNames, httpNames, noNames), name)
	}
	for name, value := range r.own.Values {
		e.set(assignment{name, value}, r.own.From[name])
		passed[name] = false
	}
	for i, file := range r.files {
		if i == maxEnvironmentFiles {
			r.tooMuch(strings.TrimLeft(file, "-/"), "more than 32 environment files")
			break
		}
		for _, name := range r.environmentFiles(file) {
			environmentLines(string(r.read(name)), func(line int, key, value string) {
				if a, ok := exported(key, value); ok {
					r.assign(e, unitAssignment{assignment: a, dropped: observation.UnusedExport}, name, line)
				} else if a, ok := parseAssignment(key + "=" + value); ok {
					e.set(a, r.p.Shown(name))
					passed[a.name] = false
					delete(r.opened, a.name)
				}
			})
		}
	}
	for _, name := range r.remove {
		passed[name] = false
		a, ok := parseAssignment(name)
		switch {
		case !ok:
			e.unset(name)
		case e.Values[a.name] == a.value:
			e.unset(a.name)
		}
	}
	r.noteOpened(e)
	for _, name := range r.passed {
		if _, set := e.Values[name]; !set && !slices.Contains(r.remove, name) {
			e.Passed = append(e.Passed, name)
		}
		if passed[name] {
			r.unread = &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: "the agent's unit takes " + name + " from the service manager's own environment (PassEnvironment=), which cannot be seen"}
		}
	}
	return e
}

// environmentFiles gives the files that one EnvironmentFile= names: an
// absolute path, perhaps with a pattern in its last part, perhaps with a "-"
// before it for a file that may be absent.
func (r *unitReader) environmentFiles(value string) []string {
	name, ok := strings.CutPrefix(strings.TrimPrefix(value, "-"), "/")
	if !ok {
		return nil
	}
	name = path.Clean(name)
	if !strings.ContainsAny(name, "*?[") {
		return []string{name}
	}
	at, pattern := path.Split(name)
	at = path.Clean(at)
	if strings.ContainsAny(at, `*?[\`) {
		// It may name files all over the disk.
		r.tooMuch(name, "a pattern in a directory's name is not followed")
		return nil
	}
	var names []string
	for _, e := range r.list(at) {
		if ok, err := path.Match(pattern, e.Name()); ok && err == nil { // a pattern that is none names no file
			names = append(names, path.Join(at, e.Name()))
		}
	}
	if len(names) > maxDropIns {
		r.tooMuch(name, "more than 64 files")
		names = names[:maxDropIns]
	}
	return names
}

// list gives the entries of a directory by their names. What is not there, or
// is none, holds no file.
func (r *unitReader) list(at string) []fs.DirEntry {
	entries, err := files.ListDirectory(r.p.FS(), at, maxEntries+1)
	switch {
	case files.IsAbsent(err):
		return nil
	case err != nil:
		r.unread = r.p.ReadFailure(at, err)
		return nil
	case len(entries) > maxEntries:
		r.tooMuch(at, "more than 1024 files")
		return nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}
