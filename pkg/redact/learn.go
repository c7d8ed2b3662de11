package redact

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// learn takes what must not be shown from the members whose kind is known, in the
// order of the observations, so that a value has the stand-in of its kind and the
// same number in each run.
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
		r.call(value, &standIns{form: func(int, string) string { return "****" }})
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

func (r *Redactor) learnAddress(whose owner, a *netip.Addr) {
	switch {
	case !a.IsValid():
	case whose == ours:
		r.addresses.ownAddress(*a)
	case whose == answered:
		r.answered[*a] = true
	}
}

// learnHostname takes the node's own name, even if AWS made it of the address
// (ip-10-0-0-1.ec2.internal), and its first label. That of a Region is replaced
// in its own place alone: elsewhere it is the Region.
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

// isLocalhost reports whether a name is that of every node.
func isLocalhost(name string) bool {
	return name == "localhost" || strings.HasPrefix(name, "localhost.")
}

func isListSpace(c rune) bool { return c == ',' || c == ' ' || c == '\t' }

// call gives a name its stand-in, and notes that it is to be replaced wherever
// it stands.
func (r *Redactor) call(name string, kind *standIns) string {
	if name == "" {
		return ""
	}
	lower := strings.ToLower(name)
	if stand, known := r.names[lower]; known {
		kind.known = with(kind.known, lower, stand)
		return stand
	}
	stand := kind.of(lower)
	r.note(lower, stand)
	return stand
}

// word gives a word of no known kind its stand-in.
func (r *Redactor) word(lower string) string {
	stand, known := r.names[lower]
	if !known {
		r.words++
		stand = "word-" + strconv.Itoa(r.words)
		r.note(lower, stand)
	}
	return stand
}

// note has a name replaced wherever it stands.
func (r *Redactor) note(lower, stand string) {
	r.names[lower] = stand
	r.maxParts = max(r.maxParts, min(maxSpan, 1+len(separatorsOf(lower))))
}

func with(m map[string]string, key, value string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[key] = value
	return m
}

// byRole begins what says that credentials are a role's.
const byRole = "the instance role "

// credentials is where credentials are from, or why they were passed over. A role
// may have a name that is a word of ours.
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

// bucket is the stand-in of a bucket that is not AWS's own.
func (r *Redactor) bucket(name string) string {
	if name == "" || r.public.buckets[name] {
		return name
	}
	return r.call(name, &r.buckets)
}

// name is that of a target, or the host of a question, or a key of a map.
func (r *Redactor) name(s string) string {
	if bucket, ok := strings.CutPrefix(s, "s3:"); ok {
		return "s3:" + r.bucket(bucket)
	}
	if stand, known := r.hosts.known[bareHost(s)]; known && strings.Contains(s, ".") {
		return stand
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

// learnURL takes the host and the user of a URL, or of what was meant as one.
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

// maxHost is how long the name of a host can be.
const maxHost = 253

// hostForm is under the stand-in of the domain that the host is under. A name of
// one label stays one.
func (r *Redactor) hostForm(n int, host string) string {
	word := "host"
	if r.domains[host] {
		word = "domain"
	}
	stand := numbered(word)(n, host)
	if !strings.Contains(host, ".") {
		return stand
	}
	if d, ok := r.domainOf(host); ok {
		return stand + "." + r.hosts.of(d)
	}
	return stand + ".example"
}

// domainOf is the nearest known domain that a host is under.
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

// bareHost is a name without what may stand around it.
func bareHost(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if host, port, ok := strings.Cut(s, ":"); ok && !strings.Contains(port, ":") {
		s = host
	}
	return strings.Trim(strings.TrimPrefix(s, "*"), ".[]")
}

// wholeHost is the stand-in of a value that is a host's name and nothing else,
// but for a port, a star and a dot at its end.
func (r *Redactor) wholeHost(s string) string {
	host := bareHost(s)
	if stand, known := r.hosts.known[host]; known {
		i := strings.Index(strings.ToLower(s), host)
		if i >= 0 && strings.Trim(s[:i]+s[i+len(host):], "*.[]:0123456789 ") == "" {
			return s[:i] + stand + s[i+len(host):]
		}
	}
	return r.text(s, false)
}

// noProxy gives the stand-ins of a list of hosts, addresses and blocks.
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

// isPublicHost reports whether a name, in small letters, says nothing of whose
// node it is. Of a load balancer's or a database's a customer chose the
// beginning.
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

// id gives an id of the form prefix-hexadecimal its stand-in.
func (r *Redactor) id(prefix, rest string) string {
	if r.ids[prefix] == nil {
		r.ids[prefix] = &standIns{form: padded}
	}
	return r.ids[prefix].of(rest)
}

// ownHost ends the names of networks that are nobody else's.
var ownHost = pattern(`\.(?:local|lan|corp|home|intranet|internal|arpa|localdomain)$`)

// fileName reports whether a name with a dot in it is rather a file's.
func fileName(s string) bool {
	return isOneOf(strings.ToLower(s[strings.LastIndexByte(s, '.')+1:]), "json conf cfg ini xml html htm php asp aspx js css png jpg gif svg ico "+
		"txt log pem crt key service so dll exe yaml yml")
}
