package probe

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// agentUnits are the agent's services: that of the packages, and snap's.
var agentUnits = []string{"amazon-ssm-agent.service", "snap.amazon-ssm-agent.amazon-ssm-agent.service"}

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
)

// A unitEnvironment is what the service's configuration gives it.
type unitEnvironment struct {
	environment
	// path is the unit's, empty where there is none.
	path string
	// unread is why a part of it could not be read. nil: all was.
	unread *Failure
}

// unitEnvironment reads the agent's unit with its drop-ins and environment
// files.
func (p *Prober) unitEnvironment() unitEnvironment {
	for _, unit := range agentUnits {
		for _, root := range unitRoots {
			name := root + "/" + unit
			b, failure := p.readFile(name)
			if failure.Of(KindAbsent) {
				continue
			}
			r := unitReader{p: p, base: newEnvironment(), own: newEnvironment()}
			r.defaults()
			r.file(name, b, failure)
			for _, dropIn := range p.dropIns(unit) {
				b, failure := p.readFile(dropIn)
				r.file(dropIn, b, failure)
			}
			return unitEnvironment{environment: r.finish(), path: p.shown(name), unread: r.unread}
		}
	}
	return unitEnvironment{}
}

// dropIns lists the drop-ins of a unit in the order in which they apply: by
// name, whatever the directory. Of two with one name the first found counts.
func (p *Prober) dropIns(unit string) []string {
	paths := map[string]string{}
	for _, directory := range dropInDirectories(unit) {
		for _, root := range unitRoots {
			at := root + "/" + directory
			entries, err := fs.ReadDir(p.files(), at)
			if err != nil {
				continue // there is none, in nearly every case
			}
			for _, e := range entries[:min(len(entries), maxDropIns)] {
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
	p *Prober
	// base is the service manager's, and own what Environment= gives.
	base, own environment
	files     []string
	remove    []string
	unread    *Failure
}

// file reads the unit or one drop-in.
func (r *unitReader) file(name string, b []byte, failure *Failure) {
	if failure.Of(KindDenied) {
		r.unread = failure
	}
	unitLines(b, "Service", func(key, value string) {
		switch key {
		case "Environment":
			if value == "" {
				r.own = newEnvironment()
			}
			for _, a := range unitAssignments(value) {
				r.own.set(a, r.p.shown(name))
			}
		case "EnvironmentFile":
			if value == "" {
				r.files = nil
			} else {
				r.files = append(r.files, value)
			}
		case "UnsetEnvironment":
			r.remove = append(r.remove, strings.Fields(value)...)
		}
	})
}

// defaults reads DefaultEnvironment= of the service manager, which is under
// every unit's own.
func (r *unitReader) defaults() {
	names := []string{"etc/systemd/system.conf"}
	entries, err := fs.ReadDir(r.p.files(), "etc/systemd/system.conf.d")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.unread = r.p.readFailure("etc/systemd/system.conf.d", err)
	}
	for _, e := range entries[:min(len(entries), maxDropIns)] {
		if strings.HasSuffix(e.Name(), ".conf") {
			names = append(names, "etc/systemd/system.conf.d/"+e.Name())
		}
	}
	for _, name := range names {
		b, failure := r.p.readFile(name)
		if failure.Of(KindDenied) {
			r.unread = failure
		}
		unitLines(b, "Manager", func(key, value string) {
			if key != "DefaultEnvironment" {
				return
			}
			for _, a := range unitAssignments(value) {
				r.base.set(a, r.p.shown(name))
			}
		})
	}
}

// finish puts the layers over each other: the manager's, the unit's own, the
// environment files'. Then it applies UnsetEnvironment=.
func (r *unitReader) finish() environment {
	e := r.base
	for name, value := range r.own.values {
		e.set(assignment{name, value}, r.own.from[name])
	}
	for _, file := range r.files[:min(len(r.files), maxEnvironmentFiles)] {
		for _, name := range r.p.environmentFiles(file) {
			b, failure := r.p.readFile(name)
			if failure.Of(KindDenied) {
				r.unread = failure
			}
			for _, a := range parseEnvironmentFile(string(b)) {
				e.set(a, r.p.shown(name))
			}
		}
	}
	for _, name := range r.remove {
		a, ok := parseAssignment(name)
		switch {
		case !ok:
			e.unset(name)
		case e.values[a.name] == a.value:
			e.unset(a.name)
		}
	}
	return e
}

// environmentFiles gives the files that one EnvironmentFile= names: an
// absolute path, perhaps a pattern, perhaps with a "-" before it for a file
// that may be absent.
func (p *Prober) environmentFiles(value string) []string {
	name, ok := strings.CutPrefix(strings.TrimPrefix(value, "-"), "/")
	if !ok {
		return nil
	}
	name = path.Clean(name)
	if !strings.ContainsAny(name, "*?[") {
		return []string{name}
	}
	names, err := fs.Glob(p.files(), name)
	if err != nil {
		return nil // a pattern that is none names no file
	}
	return names[:min(len(names), maxDropIns)]
}
