package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
)

// redactedNote tells a reader of a report what is not as it was.
const redactedNote = "ids, host names and the addresses of the node's own network are stand-ins (--redact)"

// Redact gives a copy of d for a public ticket, with stand-ins for: account and
// instance ids and those of the VPC's parts; host names and domains that are not
// AWS's own; private addresses, the node's own, its nameservers' and its
// proxies'; names of roles, of buckets of one's own and of users. Region, AWS's
// own names and public addresses, names of certificate issuers and of makers of
// boxes stay: they are what a helper needs.
//
// A value has the same stand-in wherever it stands: in evidence, commands and
// observations. Stand-ins are numbered by the order in which the report names
// the values, node before network, and so are the same in each run of a node
// that sees the same. Nothing can be reckoned back from them. Addresses stay
// addresses of their kind, and blocks keep what lies in them, so that the copy
// is judged as the report is.
//
// The error says that no copy could be made; it holds nothing of the report.
func Redact(d *Document) (*Document, error) {
	doc, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	r := newRedactor(d)
	walkStrings(doc, func(path []string, value string) string {
		r.learn(path, value)
		return value
	})
	// Once more over what was seen, so that a finding more or less changes no
	// number.
	walkStrings(doc, func(path []string, value string) string {
		if len(path) > 0 && path[0] == "observations" {
			return r.member(path[len(path)-1], value)
		}
		return value
	})
	doc = walkStrings(doc, func(path []string, value string) string {
		member := ""
		if len(path) > 0 {
			member = path[len(path)-1]
		}
		return r.member(member, value)
	})
	var out Document
	if err := json.Unmarshal(doc, &out); err != nil {
		return nil, fmt.Errorf("the stand-ins do not fit: %T", err)
	}
	out.Notes = append(out.Notes, redactedNote)
	return &out, nil
}

// member gives the value of a member with stand-ins in it.
func (r *redactor) member(name, value string) string {
	switch {
	case verbatim(name):
		return value
	case name == "host" || name == "search" || name == "names" || name == "cnames":
		return r.wholeHost(value)
	case name == "role_name" && value != "":
		return r.roles.of(value)
	case name == "bucket" && value != "" && !r.awsBuckets[value]:
		return r.buckets.of(value)
	}
	return r.text(value)
}

// verbatim are members whose words are the program's own.
func verbatim(member string) bool {
	switch member {
	case "schema", "version", "verdict", "severity", "code", "kind", "op", "class", "role", "type", "rcode", "ending",
		"region", "partition", "service", "os", "os_version", "started_at", "request_id":
		return true
	}
	return false
}

// walkStrings gives the JSON document with each string replaced that is a
// value, or a member's name that is an address. f gets the names of the members
// that lead to the value.
func walkStrings(doc []byte, f func(path []string, value string) string) []byte {
	var out bytes.Buffer
	var path []string // the member that is open in each object
	var objects []bool
	for i := 0; i < len(doc); i++ {
		c := doc[i]
		switch c {
		case '{', '[':
			objects = append(objects, c == '{')
			if c == '{' {
				path = append(path, "")
			}
		case '}', ']':
			if c == '}' {
				path = path[:len(path)-1]
			}
			objects = objects[:len(objects)-1]
		case '"':
			end := stringEnd(doc, i)
			var s string
			// What json.Marshal wrote can be read.
			_ = json.Unmarshal(doc[i:end], &s)
			if end < len(doc) && doc[end] == ':' && len(objects) > 0 && objects[len(objects)-1] {
				path[len(path)-1] = s
				if _, err := netip.ParseAddr(s); err == nil {
					s = f(path[:len(path)-1], s)
				}
			} else {
				s = f(path, s)
			}
			b, _ := json.Marshal(s) // a string can be written
			out.Write(b)
			i = end - 1
			continue
		}
		out.WriteByte(c)
	}
	return out.Bytes()
}

// stringEnd is where the string that begins at i ends.
func stringEnd(doc []byte, i int) int {
	for i++; i < len(doc); i++ {
		switch doc[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(doc)
}

// standIns numbers the values of one kind in the order in which they come.
type standIns struct {
	known map[string]string
	// form writes the stand-in of the nth value.
	form func(n int, value string) string
}

func (s *standIns) of(value string) string {
	if stand, ok := s.known[value]; ok {
		return stand
	}
	if s.known == nil {
		s.known = map[string]string{}
	}
	stand := s.form(len(s.known)+1, value)
	s.known[value] = stand
	return stand
}

// padded is the number n in the width of value, so that an id keeps its form.
func padded(n int, value string) string {
	s := fmt.Sprint(n)
	return strings.Repeat("0", max(0, len(value)-len(s))) + s
}
