package service

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// AgentUnits are the agent's services: the packages' and snap's.
var AgentUnits = []string{"amazon-ssm-agent.service", "snap.amazon-ssm-agent.amazon-ssm-agent.service"}

// unitRoots are where systemd looks for a unit; the first one that has it counts
// (systemd.unit(5)).
var unitRoots = []string{
	"etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system", "lib/systemd/system",
}

const (
	// maxDropIns limits the drop-ins in one directory, and maxEnvironmentFiles the
	// environment files of one unit.
	maxDropIns          = 64
	maxEnvironmentFiles = 32
	// maxEntries limits how many entries of a directory are listed.
	maxEntries = 1024
	// maxEnvironment limits what an environment is read from, in bytes: a process, or
	// a unit with its drop-ins and up to two thousand environment files. A mebibyte of
	// short assignments takes 70 MiB of memory.
	maxEnvironment = 256 << 10
)

// A unitEnvironment is the environment that the service's configuration sets.
type unitEnvironment struct {
	Environment
	// path is the unit's. Empty: there is none.
	path string
	// unread is why part of it could not be read. nil: all was.
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

// findUnit returns the agent's unit and its file. Empty: there is none.
func (p Reader) findUnit() (unit, name string) {
	for _, unit := range AgentUnits {
		if name := p.unitFile(unit); name != "" {
			return unit, name
		}
	}
	return "", ""
}

// unitFile returns a unit's file, even if whether it exists is not known. Empty: there is
// none.
func (p Reader) unitFile(unit string) string {
	for _, root := range unitRoots {
		if there, _ := p.Exists(root + "/" + unit); there != observation.No {
			return root + "/" + unit
		}
	}
	return ""
}

// dropIns lists the drop-ins of a unit in the order in which they apply: by name,
// whatever the directory. If two have the same name, the first one found counts.
func (r *unitReader) dropIns(unit string) []string {
	paths := map[string]string{}
	for _, directory := range dropInDirectories(unit) {
		for _, root := range unitRoots {
			for _, name := range r.confFiles(root + "/" + directory) {
				if base := path.Base(name); paths[base] == "" {
					paths[base] = name
				}
			}
		}
	}
	return slices.SortedFunc(maps.Values(paths), func(a, b string) int { return strings.Compare(path.Base(a), path.Base(b)) })
}

// dropInDirectories returns the unit's own directory, those of its prefixes
// (amazon-ssm-.service.d) and that of all services, the most specific first.
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

// A unitReader collects a unit's environment while its files are read.
type unitReader struct {
	p Reader
	// base is the service manager's environment, and own what Environment= sets.
	base, own  Environment
	specifiers specifiers
	// dropped are the assignments that systemd ignores. opened says, by variable, which
	// file sets it with a specifier that is not resolved here.
	dropped []UnusedProxy
	opened  map[string]string
	files   []string
	remove  []string
	// passed are the variables that the service manager passes on from its own
	// environment, which is not visible.
	passed []string
	unread *observation.Failure
	// room is how many bytes may still be read.
	room int
}

// read returns a file, or nothing if it does not exist, could not be read or exceeds
// the room that is left.
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
		// To systemd, a unit that is /dev/null is empty, and a directory is not a unit.
	case failure != nil && r.unread == nil:
		r.unread = failure
	}
	r.room -= len(b)
	return b
}

// confFiles lists the drop-ins in a directory, sorted by name.
func (r *unitReader) confFiles(at string) (names []string) {
	entries := r.list(at)
	if len(entries) > maxDropIns {
		r.tooMuch(at, "more than 64 files")
		entries = entries[:maxDropIns]
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".conf") {
			names = append(names, at+"/"+e.Name())
		}
	}
	return names
}

// tooMuch records that there is more than is read.
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

// defaults reads the service manager's DefaultEnvironment=, which every unit inherits.
func (r *unitReader) defaults() {
	for _, name := range append([]string{"etc/systemd/system.conf"}, r.confFiles("etc/systemd/system.conf.d")...) {
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

// finish combines the layers, each overriding the one before: the manager's, the unit's
// own, the environment files'. Then it applies UnsetEnvironment=.
func (r *unitReader) finish() Environment {
	e := r.base
	passed := map[string]bool{}
	for _, name := range r.passed {
		passed[name] = slices.Contains(proxyNames, name)
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

// environmentFiles returns the files that one EnvironmentFile= names: an absolute path
// whose last part may be a pattern, after an optional "-" for files that may be absent.
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
		// It might match files all over the disk.
		r.tooMuch(name, "a pattern in a directory's name is not followed")
		return nil
	}
	var names []string
	for _, e := range r.list(at) {
		if ok, err := path.Match(pattern, e.Name()); ok && err == nil { // a malformed pattern matches no file
			names = append(names, path.Join(at, e.Name()))
		}
	}
	if len(names) > maxDropIns {
		r.tooMuch(name, "more than 64 files")
		names = names[:maxDropIns]
	}
	return names
}

// list returns the entries of a directory, sorted by name, or none if it does not exist.
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
