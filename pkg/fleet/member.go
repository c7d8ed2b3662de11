package fleet

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bounds of what is kept of one report, so that no hostile one fills the memory.
const (
	maxName     = 512
	maxObject   = 4096
	maxLabels   = 16 << 10
	maxAdvice   = 16 << 10
	maxFindings = 1000
)

// schema is the one that this version reads.
const (
	schemaFamily  = "ssmcheck.report/v"
	schemaVersion = 1
)

var (
	errNoSchema   = errors.New("not a report of ssmcheck: it names no schema")
	errNoTime     = errors.New("it does not say when the run began")
	errYear       = errors.New("the run began in an impossible year")
	errNoFindings = errors.New("it has no findings")
	errNoCode     = errors.New("it has a finding without a code")
)

// A document is what the roll-up needs of one report. Its texts share memory with
// the bytes that were scanned.
type document struct {
	schema, started, verdict         []byte
	undecided, interrupted, redacted bool
	hostname, address                []byte
	instance, registration           []byte
	region, vpc, subnet              []byte
	labels                           []byte // JSON
	findings                         []finding
	listed                           bool      // it has the member findings
	bad                              error     // the first member that is not of the contract's type
	at                               time.Time // started, once checked
}

// A finding is what the roll-up needs of one.
type finding struct {
	code, severity []byte
	kind, object   []byte
	title          []byte // between the quotes
	fix            []byte // JSON
	ignored        bool
}

// parse scans the document that begins at b and returns its length. d is
// overwritten; its findings' memory is used again.
func (d *document) parse(b []byte) (int, error) {
	*d = document{findings: d.findings[:0]}
	s := &scanner{b: b}
	err := s.each(0, func(name []byte) error {
		switch string(plain(name)) {
		case "schema":
			return d.text(s, "schema", &d.schema)
		case "started_at":
			return d.text(s, "started_at", &d.started)
		case "verdict":
			return d.text(s, "verdict", &d.verdict)
		case "undecided":
			return d.truth(s, "undecided", &d.undecided)
		case "interrupted":
			return d.truth(s, "interrupted", &d.interrupted)
		case "redacted":
			return d.truth(s, "redacted", &d.redacted)
		case "labels":
			return d.raw(s, "labels", '{', maxLabels, &d.labels)
		case "node":
			return d.node(s)
		case "findings":
			return d.list(s)
		}
		_, err := s.skip(1)
		return err
	})
	return s.i, err
}

// plain is a member's name without escapes.
func plain(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	return unquote(name)
}

// wrong records a member of a type other than the contract's. The document is still
// scanned to its end: the next one must be found, and the schema may be newer.
func (d *document) wrong(member string) {
	if d.bad == nil {
		d.bad = fmt.Errorf("its member %q is not valid in a report", member)
	}
}

// text reads a member that is a text.
func (d *document) text(s *scanner, member string, into *[]byte) error {
	*into = nil // the last one of several counts, as everywhere
	if s.b[s.i] != '"' {
		return d.other(s, member)
	}
	raw, err := s.str()
	if err == nil {
		*into = unquote(raw)
		if len(*into) > maxObject {
			*into = nil
			d.wrong(member)
		}
	}
	return err
}

func (d *document) truth(s *scanner, member string, into *bool) error {
	*into = false
	switch s.b[s.i] {
	case 't':
		*into = true
		return s.word("true")
	case 'f':
		return s.word("false")
	}
	return d.other(s, member)
}

// raw reads a member of the type that begins with this byte, as JSON.
func (d *document) raw(s *scanner, member string, first byte, most int, into *[]byte) error {
	*into = nil
	if s.b[s.i] != first {
		return d.other(s, member)
	}
	raw, err := s.skip(1)
	if len(raw) > most {
		d.wrong(member)
	} else {
		*into = raw
	}
	return err
}

// other skips a value that is not of the member's type. null is an absent member.
func (d *document) other(s *scanner, member string) error {
	if s.b[s.i] != 'n' {
		d.wrong(member)
	}
	_, err := s.skip(1)
	return err
}

func (d *document) node(s *scanner) error {
	if s.b[s.i] != '{' {
		return d.other(s, "node")
	}
	d.hostname, d.address, d.instance, d.registration = nil, nil, nil, nil
	d.region, d.vpc, d.subnet = nil, nil, nil
	return s.each(1, func(name []byte) error {
		var into *[]byte
		switch string(plain(name)) {
		case "hostname":
			into = &d.hostname
		case "address":
			into = &d.address
		case "instance_id":
			into = &d.instance
		case "registration_id":
			into = &d.registration
		case "region":
			into = &d.region
		case "vpc_id":
			into = &d.vpc
		case "subnet_id":
			into = &d.subnet
		default:
			_, err := s.skip(2)
			return err
		}
		err := d.text(s, "node."+string(name), into)
		if len(*into) > maxName {
			*into = nil
			d.wrong("node." + string(name))
		}
		return err
	})
}

func (d *document) list(s *scanner) error {
	d.findings = d.findings[:0]
	if s.b[s.i] != '[' {
		return d.other(s, "findings")
	}
	d.listed = true
	return s.list(1, func() error {
		if s.b[s.i] != '{' {
			d.wrong("findings")
			_, err := s.skip(2)
			return err
		}
		var f finding
		err := s.each(2, func(name []byte) error {
			switch string(plain(name)) {
			case "code":
				return d.text(s, "code", &f.code)
			case "severity":
				return d.text(s, "severity", &f.severity)
			case "title":
				return d.text(s, "title", &f.title)
			case "ignored":
				return d.truth(s, "ignored", &f.ignored)
			case "fix":
				return d.raw(s, "fix", '[', 1<<20, &f.fix)
			case "object":
				if s.b[s.i] != '{' {
					return d.other(s, "object")
				}
				return s.each(3, func(name []byte) error {
					switch string(plain(name)) {
					case "kind":
						return d.text(s, "object", &f.kind)
					case "id":
						return d.text(s, "object", &f.object)
					}
					_, err := s.skip(4)
					return err
				})
			}
			_, err := s.skip(3)
			return err
		})
		if len(d.findings) >= maxFindings {
			d.wrong("findings")
		} else {
			d.findings = append(d.findings, f)
		}
		return err
	})
}

// check says why a JSON document cannot be used. The Kind is "" if it can.
func (d *document) check() (Kind, error) {
	rest, ours := strings.CutPrefix(string(d.schema), schemaFamily)
	version, err := strconv.Atoi(rest)
	switch {
	case len(d.schema) == 0:
		return Foreign, errNoSchema
	case !ours || err != nil || version < 1:
		return Foreign, fmt.Errorf("not a report of ssmcheck: its schema is %q", d.schema)
	case version > schemaVersion:
		return Newer, fmt.Errorf("its schema is %q: use the version of ssmcheck that wrote it, or a newer one", d.schema)
	case d.bad != nil:
		return Damaged, d.bad
	}
	if d.at, err = time.Parse(time.RFC3339Nano, string(d.started)); err != nil {
		return Damaged, errNoTime
	}
	if year := d.at.UTC().Year(); year < 1970 || year > 9999 {
		return Damaged, errYear
	}
	switch Verdict(d.verdict) {
	case Pass, Warn, Fail, Skip, "":
	default:
		return Damaged, fmt.Errorf("its verdict is %q", d.verdict)
	}
	if !d.listed {
		return Damaged, errNoFindings
	}
	for _, f := range d.findings {
		if len(f.code) == 0 || len(f.code) > maxName {
			return Damaged, errNoCode
		}
	}
	return "", nil
}
