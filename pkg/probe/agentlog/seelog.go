package agentlog

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// paths are where the logs are.
type paths struct {
	// main has the core process's log first; on Windows the worker has one of its own.
	main                []string
	errors, hibernation string
	config              string
	level               observation.AgentLogLevel
}

// systemPaths returns the default paths on a system.
//
// Source: amazon-ssm-agent commit 1c217c89, agent/log/logger/log_unix.go, log_darwin.go,
// log_windows.go.
func systemPaths(system string) paths {
	folder, config := "var/log/amazon/ssm/", "etc/amazon/ssm/seelog.xml"
	main := []string{folder + "amazon-ssm-agent.log"}
	switch system {
	case "windows":
		folder, config = "ProgramData/Amazon/SSM/Logs/", "Program Files/Amazon/SSM/seelog.xml"
		main = []string{folder + "amazon-ssm-agent.log", folder + "ssm-agent-worker.log"}
	case "darwin":
		config = "opt/aws/ssm/seelog.xml"
	}
	return paths{main: main, errors: folder + "errors.log", hibernation: folder + "hibernate.log", config: config}
}

var (
	errSyntax = errors.New("it does not parse")
	errTooBig = errors.New("more than 64 KiB")
)

// settings returns the logs' paths and level as configured in seelog.xml, which may move
// the logs and leave out successes. It does not affect hibernate.log.
func (r *logReader) settings(system string) paths {
	p := systemPaths(system)
	outputs, err := r.outputs(p.config)
	switch {
	case files.IsAbsent(err):
		return p
	case err != nil:
		r.note(&observation.AgentLogFile{Path: r.shown(p.config)}, err, nil)
		p.level = observation.LogLevelUnknown
		return p
	}
	p.level = observation.LogOff // unless a main log is among them
	main := false
	for _, o := range outputs {
		failures := strings.Contains(strings.ToLower(path.Base(strings.ReplaceAll(o.file, `\`, "/"))), "error")
		if !failures {
			if main {
				continue
			}
			main, p.level = true, o.level
		}
		if strings.Contains(o.file, "{{") {
			continue // a placeholder, for which the agent puts its own folder
		}
		name, err := r.within(o.file)
		if err != nil {
			r.note(&observation.AgentLogFile{Path: observation.HidePath(observation.Excerpt(o.file))}, err, nil)
		}
		switch {
		case failures:
			p.errors = name
		case err != nil:
			p.main = nil // a log at the default path is outdated
		default:
			p.main = []string{name}
		}
	}
	return p
}

// An output is a file named in seelog.xml, and the lowest level that it receives.
type output struct {
	file  string
	level observation.AgentLogLevel
}

// outputs parses a seelog.xml of at most 64 KiB.
//
// Source: vendor/github.com/cihub/seelog/cfg_parser.go in amazon-ssm-agent 1c217c89.
func (r *logReader) outputs(config string) ([]output, error) {
	b, err := r.whole(config)
	if err != nil {
		return nil, err
	}
	const most = 16 // files: the agent's own template has two
	var all []output
	var open []xml.StartElement
	seen := false // there is an element
	for d := xml.NewDecoder(strings.NewReader(text(b, true))); len(all) < most; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && seen {
			return all, nil
		}
		if err != nil {
			line, _ := d.InputPos()
			return nil, fmt.Errorf("%w in line %d", errSyntax, line)
		}
		switch e := token.(type) {
		case xml.StartElement:
			open, seen = append(open, e.Copy()), true
			file := attribute(e, "filename")
			if e.Name.Local == "file" {
				file = attribute(e, "path")
			}
			if file != "" && (e.Name.Local == "file" || e.Name.Local == "rollingfile") {
				all = append(all, output{file, levelOf(open)})
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	return all, nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// levels are seelog's, in order.
var levels = []string{"trace", "debug", "info", "warn", "error", "critical", "off"}

// levelOf returns the lowest level, from info up, that all elements around a file pass:
// the root has a minimum or a list, a filter has a list.
func levelOf(open []xml.StartElement) observation.AgentLogLevel {
	const info = 2
	for i, level := range levels[info:] {
		if !slices.ContainsFunc(open, func(e xml.StartElement) bool { return !lets(e, info+i) }) {
			if i == 0 {
				return observation.LogInfo
			}
			return observation.AgentLogLevel(level)
		}
	}
	return observation.LogOff
}

// lets reports whether an element passes a level.
func lets(e xml.StartElement, level int) bool {
	if e.Name.Local != "seelog" && e.Name.Local != "filter" {
		return true
	}
	if list := attribute(e, "levels"); list != "" {
		return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.TrimSpace(s) == levels[level] })
	}
	if i := slices.Index(levels, attribute(e, "minlevel")); i > level {
		return false
	}
	i := slices.Index(levels, attribute(e, "maxlevel"))
	return i < 0 || i >= level
}
