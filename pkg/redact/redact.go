// Package redact copies a run's observations for a public ticket. It replaces
// by pseudonyms what could identify the node: account and instance ids and
// those of the VPC's parts; host names and domains that are not AWS's own;
// private addresses, and those of the node, its nameservers and its proxies;
// MAC addresses; names of roles, users and the user's own buckets. In a text it
// also replaces every word that is not in the vocabulary: a page, a certificate
// or a file may contain anything. The Region, AWS's own names, public addresses
// and the makers of middleboxes stay: whoever helps needs them.
//
// The copy is judged instead of the original, so that the diagnosis contains
// nothing that had to go. So this package knows neither diagnoses nor formats,
// and replaces nothing in them. Nor does it hide secrets: passwords and tokens
// are never in the observations (pkg/observation, RedactProxy). It does not
// change times, durations, sizes or counts, by which somebody who has the
// original report may recognise the run.
package redact

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Redactor copies the observations of several runs of one node. A value has
// the same pseudonym wherever it occurs, in all of them.
//
// Pseudonyms are numbered in the order in which the observations name the
// values, so they are the same in each run of a node that observes the same.
// The values cannot be derived from them. Addresses keep their class, and
// blocks still contain the same addresses, so that the copy is judged like the
// original.
type Redactor struct {
	addresses *addressMap
	// hosts are host names and the domains that contain them.
	hosts   pseudonyms
	domains map[string]bool
	// users, roles and buckets number their kind; words are all other names.
	users, roles, buckets pseudonyms
	labels, labelValues   pseudonyms
	words                 int
	// names are the pseudonyms of all of these except hosts with a dot, by the
	// name in lower case; the longest has maxParts parts.
	names    map[string]string
	maxParts int
	// accounts to uuids number ids of a fixed form.
	accounts, keys, prints, macs, uuids pseudonyms
	ids                                 map[string]*pseudonyms
	// requests are the ids of requests that AWS answered: they are kept.
	requests map[string]bool
	// answered are the public addresses that nameservers gave for AWS's names.
	answered map[netip.Addr]bool
	public   *vocabulary
}

// New returns a Redactor that knows no values yet.
func New() *Redactor {
	r := &Redactor{
		addresses: newAddressMap(),
		domains:   map[string]bool{},
		names:     map[string]string{},
		ids:       map[string]*pseudonyms{},
		requests:  map[string]bool{},
		answered:  map[netip.Addr]bool{},
		public:    newVocabulary(),
	}
	r.hosts.form = r.hostForm
	r.users.form, r.roles.form = numbered("user"), numbered("role")
	r.buckets.form = numbered("bucket")
	r.labels.form = func(n int, _ string) string { return "label_" + strconv.Itoa(n) } // a key has no hyphen
	r.labelValues.form = numbered("value")
	r.accounts.form, r.prints.form = padded, padded
	r.keys.form = func(n int, value string) string { return value[:4] + padded(n, value[4:]) }
	r.macs.form = func(n int, _ string) string {
		return fmt.Sprintf("02:00:00:%02x:%02x:%02x", n>>16&0xff, n>>8&0xff, n&0xff)
	}
	r.uuids.form = func(n int, _ string) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }
	return r
}

// Observations returns a copy with pseudonyms. The error says that no copy
// could be made; it contains nothing from the observations.
func (r *Redactor) Observations(o *observation.Observations) (*observation.Observations, error) {
	// The copy is what a saved report would give, so that it's judged alike then.
	facts, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encode the observations: %T", err)
	}
	var out observation.Observations
	if err := json.Unmarshal(facts, &out); err != nil {
		return nil, fmt.Errorf("the observations cannot be read again: %T", err)
	}
	r.addresses.learn(&out)
	r.public.addBuckets(out.Plan.Region)
	// Every value of a known kind is known before the first text is read.
	(&walk{text: r.learn, address: r.learnAddress}).observations(&out)
	(&walk{text: r.replace, address: r.replaceAddress}).observations(&out)
	return &out, nil
}

// Targets returns the names of a plan's targets as the report of its run will
// show them.
func (r *Redactor) Targets(plan observation.Plan) map[string]string {
	r.public.addBuckets(plan.Region)
	out := map[string]string{}
	for _, t := range plan.Targets {
		out[t.Name] = r.name(t.Name)
	}
	return out
}

// replace returns the pseudonym of a value.
func (r *Redactor) replace(kind place, s *string) {
	if *s == "" || hasForm(kind, *s) {
		return
	}
	switch kind {
	case hostname:
		if !isLocalhost(*s) {
			*s = r.hosts.of(strings.ToLower(*s))
		}
	case label:
		*s = r.labels.of(*s)
	case labelValue:
		*s = r.labelValues.of(*s)
	case host, domain:
		*s = r.wholeHost(*s)
	case noProxy:
		*s = r.noProxy(*s)
	case target, question:
		*s = r.name(*s)
	case role:
		*s = r.call(*s, &r.roles)
	case credentials:
		*s = r.credentials(*s)
	case keyEnd:
		*s = "****"
	case bucket:
		*s = r.bucket(*s)
	default:
		*s = r.text(*s, kind == outside || kind == requestID)
	}
}

func (r *Redactor) replaceAddress(_ place, a *netip.Addr) { *a = r.addresses.of(*a) }

// Forms that AWS uses: a request id, the version of the agent and of Amazon
// Linux, the version and date of the file of address blocks, and what is kept
// of the agent's log. No name has one of them.
var forms = map[place]func() *regexp.Regexp{
	requestID: pattern(`^(?:[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|[0-9A-Z]{16})$`),
	version:   pattern(`^[0-9]\.[0-9]{1,3}\.[0-9]{1,5}\.[0-9]{1,3}$`),
	osVersion: pattern(`^Amazon Linux 20[0-9]{2}\.[0-9]{1,2}\.20[0-9]{6}$`),
	syncToken: pattern(`^[0-9]{10}$`),
	created:   createdForm,
	signature: pattern(`^(?:` + strings.ReplaceAll(observation.AgentLogIDs, " ", "|") + `)$`),
	logTime:   pattern(`^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$`),
}

var createdForm = pattern(`^20[0-9]{2}(?:-[0-9]{2}){5}$`)

// hasForm reports whether a value that another machine or a file can fill has
// the form that AWS uses there.
func hasForm(kind place, value string) bool {
	form := forms[kind]
	return form != nil && form().MatchString(value)
}

// pseudonyms numbers the values of one kind in the order in which they come.
type pseudonyms struct {
	known map[string]string
	// form writes the pseudonym of the nth value.
	form func(n int, value string) string
}

func (s *pseudonyms) of(value string) string {
	pseudonym, ok := s.known[value]
	if !ok {
		pseudonym = s.form(len(s.known)+1, value)
		s.set(value, pseudonym)
	}
	return pseudonym
}

func (s *pseudonyms) set(value, pseudonym string) {
	if s.known == nil {
		s.known = map[string]string{}
	}
	s.known[value] = pseudonym
}

func numbered(word string) func(int, string) string {
	return func(n int, _ string) string { return word + "-" + strconv.Itoa(n) }
}

// padded is the number n in the width of value, so that an id keeps its form.
func padded(n int, value string) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, len(value)-len(s))) + s
}
