package redact

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// learn takes what must not be shown from the members whose kind is known, in
// the order of the observations, so that a value gets the pseudonym of its kind
// and the same number in each run.
func (r *Redactor) learn(kind place, s *string) {
	switch value := *s; kind {
	case domain:
		r.learnDomain(value)
	case host:
		r.learnHost(value)
	case hostname:
		r.learnHostname(value)
	case question:
		if strings.Contains(bareHost(value), ".") {
			r.learnHost(value)
		}
	case noProxy:
		for _, one := range strings.FieldsFunc(value, isListSpace) {
			if strings.HasPrefix(one, ".") || strings.HasPrefix(one, "*.") {
				r.learnDomain(one)
			} else {
				r.learnHost(one)
			}
		}
	case proxy:
		r.learnURL(value)
	case bucket:
		r.bucket(value)
	case role:
		r.call(value, &r.roles)
	case keyEnd:
		r.call(value, &pseudonyms{form: func(int, string) string { return "****" }})
	case version:
		if a, err := netip.ParseAddr(value); err == nil { // as a version may look
			r.answered[a] = true
		}
	case requestID:
		if hasForm(kind, value) {
			r.requests[strings.ToLower(value)] = true
		}
	}
}

func (r *Redactor) learnAddress(kind place, a *netip.Addr) {
	switch {
	case !a.IsValid() || kind == anybodys:
	case kind == answered:
		r.answered[*a] = true
	default:
		r.addresses.ownAddress(*a)
	}
}

// learnHostname adds the node's own name, even if AWS derived it from the
// address (ip-10-0-0-1.ec2.internal), and its first label. A label that is a
// Region's name is replaced only in its own member: elsewhere it means the
// Region.
func (r *Redactor) learnHostname(name string) {
	if isLocalhost(name) {
		return
	}
	short, _, dotted := strings.Cut(name, ".")
	if dotted {
		r.hosts.of(strings.ToLower(name))
	}
	if g, err := endpoint.LookupRegion(short); err == nil && g.Known {
		r.hosts.of(strings.ToLower(short))
		return
	}
	r.call(short, &r.hosts)
}

// isLocalhost reports whether every node has this name.
func isLocalhost(name string) bool {
	return name == "localhost" || strings.HasPrefix(name, "localhost.")
}

func isListSpace(c rune) bool { return c == ',' || c == ' ' || c == '\t' }

// call gives a name its pseudonym, and records that the name is replaced
// wherever it occurs.
func (r *Redactor) call(name string, kind *pseudonyms) string {
	if name == "" {
		return ""
	}
	lower := strings.ToLower(name)
	if pseudonym, known := r.names[lower]; known {
		kind.set(lower, pseudonym)
		return pseudonym
	}
	pseudonym := kind.of(lower)
	r.note(lower, pseudonym)
	return pseudonym
}

// word gives a word of unknown kind its pseudonym.
func (r *Redactor) word(lower string) string {
	pseudonym, known := r.names[lower]
	if !known {
		r.words++
		pseudonym = "word-" + strconv.Itoa(r.words)
		r.note(lower, pseudonym)
	}
	return pseudonym
}

// note records that a name is replaced wherever it occurs.
func (r *Redactor) note(lower, pseudonym string) {
	r.names[lower] = pseudonym
	r.maxParts = max(r.maxParts, min(maxSpan, 1+len(separatorsOf(lower))))
}

// byRole begins a text that says that credentials are a role's.
const byRole = "the instance role "

// credentials replaces where credentials come from, or why they were not used.
// A role's name may be one of our own words.
func (r *Redactor) credentials(s string) string {
	rest, ok := strings.CutPrefix(s, byRole)
	if !ok {
		return r.text(s, false)
	}
	name, why, more := strings.Cut(rest, ": ")
	out := byRole + r.call(name, &r.roles)
	if more {
		out += ": " + r.text(why, false)
	}
	return out
}

// bucket is the pseudonym of a bucket that does not belong to AWS.
func (r *Redactor) bucket(name string) string {
	if name == "" || r.public.buckets[name] {
		return name
	}
	return r.call(name, &r.buckets)
}

// name is the name of a target, the host of a DNS question, or the key of a
// map.
func (r *Redactor) name(s string) string {
	if bucket, ok := strings.CutPrefix(s, "s3:"); ok {
		return "s3:" + r.bucket(bucket)
	}
	if pseudonym, known := r.hosts.known[bareHost(s)]; known && strings.Contains(s, ".") {
		return pseudonym
	}
	return r.text(s, false)
}

func (r *Redactor) learnDomain(s string) {
	if s = bareHost(s); s == "" || isPublicHost(s) || len(s) > maxHost || r.domains[s] {
		return
	}
	r.domains[s] = true
	r.learnHost(s)
}

func (r *Redactor) learnHost(s string) {
	if strings.ContainsAny(s, "/\\@,;\"'") {
		return // more than a host, or nothing like it
	}
	s = bareHost(s)
	if a, err := netip.ParseAddr(s); err == nil {
		r.addresses.ownAddress(a)
		return
	}
	if s == "" || isPublicHost(s) || len(s) > maxHost || strings.Contains(s, " ") {
		return
	}
	if strings.Contains(s, ".") {
		r.hosts.of(s)
	} else {
		r.call(s, &r.hosts)
	}
}

// learnURL adds the host and the user of a URL, or of what was meant as one.
func (r *Redactor) learnURL(s string) {
	if u, err := url.Parse(s); err == nil && u.Hostname() != "" {
		r.learnUser(u.User.Username())
		r.learnHost(u.Hostname())
		return
	}
	_, s, _ = strings.Cut(s, "://")
	s, _, _ = strings.Cut(s[strings.LastIndexByte(s, '@')+1:], "/")
	r.learnHost(s)
}

func (r *Redactor) learnUser(name string) {
	if strings.Trim(name, "*") != "" {
		r.call(name, &r.users)
	}
}

// maxHost is how long a host name can be.
const maxHost = 253

// hostForm puts a host's pseudonym under the pseudonym of its domain. A name of
// one label stays one.
func (r *Redactor) hostForm(n int, host string) string {
	word := "host"
	if r.domains[host] {
		word = "domain"
	}
	pseudonym := numbered(word)(n, host)
	if !strings.Contains(host, ".") {
		return pseudonym
	}
	if d, ok := r.domainOf(host); ok {
		return pseudonym + "." + r.hosts.of(d)
	}
	return pseudonym + ".example"
}

// domainOf is the closest known domain that contains a host.
func (r *Redactor) domainOf(host string) (string, bool) {
	if len(host) > maxHost {
		return "", false
	}
	for i := 0; i < len(host); i++ {
		if host[i] == '.' && r.domains[host[i+1:]] {
			return host[i+1:], true
		}
	}
	return "", false
}

// bareHost removes what may surround a host name.
func bareHost(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if host, port, ok := strings.Cut(s, ":"); ok && !strings.Contains(port, ":") {
		s = host
	}
	return strings.Trim(strings.TrimPrefix(s, "*"), ".[]")
}

// wholeHost is the pseudonym of a value that is only a host name, apart from a
// port, a star and a final dot.
func (r *Redactor) wholeHost(s string) string {
	host := bareHost(s)
	if pseudonym, known := r.hosts.known[host]; known {
		i := strings.Index(strings.ToLower(s), host)
		if i >= 0 && strings.Trim(s[:i]+s[i+len(host):], "*.[]:0123456789 ") == "" {
			return s[:i] + pseudonym + s[i+len(host):]
		}
	}
	return r.text(s, false)
}

// noProxy replaces the elements of a list of hosts, addresses and blocks.
func (r *Redactor) noProxy(s string) string {
	var b strings.Builder
	for s != "" {
		n := strings.IndexFunc(s, isListSpace)
		if n < 0 {
			n = len(s)
		}
		if short, ok := r.shortBlock(s[:n]); ok {
			b.WriteString(short)
		} else {
			b.WriteString(r.wholeHost(s[:n]))
		}
		if s = s[n:]; s != "" {
			b.WriteByte(s[0])
			s = s[1:]
		}
	}
	return b.String()
}

// isPublicHost reports whether a name in lower case does not say whose node it
// is. The beginning of a load balancer's or a database's name was chosen by a
// customer.
func isPublicHost(host string) bool {
	switch {
	case strings.Contains(host, ".elb."), strings.Contains(host, ".rds."):
		return false
	case host == "localhost", host == "amazonaws.com", host == "aws.amazon.com", host == "docs.aws.amazon.com", host == "ec2.internal",
		strings.HasSuffix(host, ".compute.internal"), strings.HasSuffix(host, ".ec2.internal"),
		host == "www.w3.org", host == "w3.org":
		return true
	}
	return endpoint.IsAWSName("." + host)
}

// id gives an id of the form prefix-hexadecimal its pseudonym.
func (r *Redactor) id(prefix, rest string) string {
	if r.ids[prefix] == nil {
		r.ids[prefix] = &pseudonyms{form: padded}
	}
	return r.ids[prefix].of(rest)
}

// ownHost ends the names used only inside private networks.
var ownHost = pattern(`\.(?:local|lan|corp|home|intranet|internal|arpa|localdomain)$`)

// fileName reports whether a name with a dot is more likely a file's.
func fileName(s string) bool {
	return isOneOf(strings.ToLower(s[strings.LastIndexByte(s, '.')+1:]), "json conf cfg ini xml html htm php asp aspx js css png jpg gif svg ico "+
		"txt log pem crt key service so dll exe yaml yml")
}
