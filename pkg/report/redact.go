package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// redactedNote tells a reader of a report what is not as it was.
const redactedNote = "ids, host names, the addresses of the node's own network and every word from outside that is not a common one are stand-ins (--redact)"

// Redact gives a copy of d for a public ticket, with stand-ins for: account and
// instance ids and those of the VPC's parts; host names and domains that are not
// AWS's own; private addresses, the node's own, its nameservers' and its
// proxies'; MAC addresses; names of roles, of buckets of one's own and of users.
// In the facts, and in what the judgement quotes, every word that is not in the
// vocabulary is replaced too: nobody knows what a page, a certificate or a file
// tells. Region, AWS's own names and public addresses, and makers of boxes stay:
// they are what a helper needs.
//
// A value has the same stand-in wherever it stands: in evidence, commands and
// observations. Stand-ins are numbered by the order in which the observations
// name the values, and so are the same in each run of a node that sees the same.
// Nothing can be reckoned back from them. Addresses stay addresses of their
// kind, and blocks keep what lies in them, so that the copy is judged as the
// report is.
//
// The error says that no copy could be made; it holds nothing of the report.
func Redact(d *Document) (*Document, error) { return NewRedactor().Redact(d) }

// A Redactor makes copies for a public ticket of several reports of one node: a
// value has the same stand-in in all of them.
type Redactor struct {
	addresses *addressBook
	// hosts are the names of hosts, and of the domains that they are under.
	hosts   standIns
	domains map[string]bool
	// users, roles and buckets number their kind; words are all others.
	users, roles, buckets standIns
	words                 int
	// names are the stand-ins of all of these but hosts with a dot, by the
	// name in small letters; the longest is of maxParts parts.
	names    map[string]string
	maxParts int
	// accounts to uuids number ids of a fixed form.
	accounts, keys, prints, macs, uuids standIns
	ids                                 map[string]*standIns
	// requests are the ids of requests that AWS answered: they stay.
	requests map[string]bool
	// answered are the public addresses that nameservers gave for AWS's names.
	answered map[netip.Addr]bool
	public   *vocabulary
}

// NewRedactor makes a redactor that knows nothing yet.
func NewRedactor() *Redactor {
	r := &Redactor{
		addresses: newAddressBook(),
		domains:   map[string]bool{},
		names:     map[string]string{},
		ids:       map[string]*standIns{},
		requests:  map[string]bool{},
		answered:  map[netip.Addr]bool{},
		public:    newVocabulary(),
	}
	r.hosts.form = r.hostForm
	r.users.form, r.roles.form = numbered("user"), numbered("role")
	r.buckets.form = numbered("bucket")
	r.accounts.form, r.prints.form = padded, padded
	r.keys.form = func(n int, value string) string { return value[:4] + padded(n, value[4:]) }
	r.macs.form = func(n int, _ string) string {
		return fmt.Sprintf("02:00:00:%02x:%02x:%02x", n>>16&0xff, n>>8&0xff, n&0xff)
	}
	r.uuids.form = func(n int, _ string) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }
	return r
}

// Redact is Redact with the stand-ins of the reports before.
func (r *Redactor) Redact(d *Document) (*Document, error) {
	var out Document
	if d.Observations != nil {
		facts, err := json.Marshal(d.Observations)
		if err != nil {
			return nil, fmt.Errorf("encode the report: %w", err)
		}
		r.learnAll(d.Observations, facts)
		facts = walkStrings(facts, func(path []string, value string) string { return r.member(path, value, true) })
		if err := json.Unmarshal(facts, &out.Observations); err != nil {
			return nil, fmt.Errorf("the stand-ins do not fit: %T", err)
		}
	}
	// The facts come first, as they number the stand-ins, and as all of their
	// words are known then wherever else they stand.
	rest := *d
	rest.Observations = nil
	doc, err := json.Marshal(&rest)
	if err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	doc = walkStrings(doc, func(path []string, value string) string { return r.member(path, value, false) })
	facts := out.Observations
	if err := json.Unmarshal(doc, &out); err != nil {
		return nil, fmt.Errorf("the stand-ins do not fit: %T", err)
	}
	out.Observations = facts
	out.Notes = append(out.Notes, redactedNote)
	return &out, nil
}

// Targets gives the names of a plan's targets as the report of its run will
// have them.
func (r *Redactor) Targets(plan observation.Plan) map[string]string {
	r.public.addBuckets(plan.Region)
	out := map[string]string{}
	for _, t := range plan.Targets {
		out[t.Name] = r.name(t.Name)
	}
	return out
}

// member gives the value of a member with stand-ins in it. Facts come from
// outside, or quote what does; all else is in the program's own words.
func (r *Redactor) member(path []string, value string, fact bool) string {
	name := last(path)
	switch {
	case value == "" || verbatim[name] && !(fact && isForeign(path)) || hasForm(name, value):
		return value
	case name == "no" || name == "shell_no" || name == "no_proxy":
		return r.noProxy(value)
	case hostMember(path):
		return r.wholeHost(value)
	case name == "name" || name == "target" || name == "targets" || slices.Contains(path, "needs"):
		return r.name(value)
	case name == "role_name":
		return r.call(value, &r.roles)
	case name == "key_end":
		return "****"
	case name == "bucket":
		return r.bucket(value)
	}
	return r.text(value, fact, fromOutside[name])
}

// verbatim are members whose words are the program's own, AWS's, or a number or
// a time.
var verbatim = set("schema", "version", "verdict", "severity", "code", "because", "kind", "op", "class", "role", "type", "rcode", "ending",
	"expect", "capabilities", "region", "partition", "service", "os", "arch", "started_at", "not_before", "not_after", "date",
	"at", "expires", "cipher", "transport", "source", "found", "installed", "running")

// isForeign reports whether a fact that is verbatim elsewhere is what a file or
// an answer gives, and so may be anything.
func isForeign(path []string) bool {
	switch last(path) {
	case "region":
		return path[0] != "plan"
	case "version":
		return true
	}
	return false
}

// Forms of AWS's: the id of a request, the version of the agent and of Amazon
// Linux, and the file of address blocks' own version and date. No name has one.
var (
	requestForm = pattern(`^(?:[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|[0-9A-Z]{16})$`)
	agentForm   = pattern(`^[0-9]\.[0-9]{1,3}\.[0-9]{1,5}\.[0-9]{1,3}$`)
	syncForm    = pattern(`^[0-9]{10}$`)
	amazonForm  = pattern(`^Amazon Linux 20[0-9]{2}\.[0-9]{1,2}\.20[0-9]{6}$`)
	createdForm = pattern(`^20[0-9]{2}(?:-[0-9]{2}){5}$`)
)

// hasForm reports whether the value of a member that another machine or a file
// can fill is what only AWS puts there.
func hasForm(name, value string) bool {
	switch name {
	case "request_id":
		return requestForm().MatchString(value)
	case "version":
		return agentForm().MatchString(value)
	case "os_version":
		return amazonForm().MatchString(value)
	case "sync_token":
		return syncForm().MatchString(value)
	case "created":
		return createdForm().MatchString(value)
	}
	return false
}

// fromOutside are members that another machine wrote: an address in them that
// no nameserver gave is the node's own, as that machine sees it.
var fromOutside = set("body", "foreign", "first_bytes", "error_message", "location", "server", "socks", "extended_errors", "discarded",
	"subject", "issuer", "issuer_organizations", "request_id")

// hostMember reports whether a member is the name of a host and nothing else.
func hostMember(path []string) bool {
	switch last(path) {
	case "host", "plain_host", "search", "names", "cnames", "server_name", "service_domain", "lookups":
		return true
	}
	return len(path) > 1 && path[len(path)-2] == "endpoints" && last(path) != "name"
}

func set(words ...string) map[string]bool {
	out := make(map[string]bool, len(words))
	for _, w := range words {
		out[w] = true
	}
	return out
}

func last(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1]
}

// keyed are members whose own members have names of targets or addresses.
var keyed = set("endpoints", "unusable", "hostless", "needs", "known")

// walkStrings gives the JSON document with each string replaced that is a
// value, or the key of a map. f gets the names of the members that lead to the
// value; to a key, with "name" as the last.
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
				if keyed[last(path[:len(path)-1])] {
					path[len(path)-1] = "name"
					key := s
					s = f(path, s)
					path[len(path)-1] = key
				} else {
					path[len(path)-1] = s
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

func numbered(word string) func(int, string) string {
	return func(n int, _ string) string { return word + "-" + strconv.Itoa(n) }
}

// padded is the number n in the width of value, so that an id keeps its form.
func padded(n int, value string) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, len(value)-len(s))) + s
}
