package report

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// A redactor knows what must not be told, and what stands for it.
type redactor struct {
	addresses *addressBook
	hosts     standIns
	// domains are those whose hosts are not told either.
	domains []string
	// names are words by themselves: roles, buckets, users.
	names map[string]string
	// windows are accounts of the form DOMAIN\user.
	windows map[string]bool
	// users, roles, buckets, accounts, keys and prints number their kind.
	users, roles, buckets, accounts, keys, prints standIns
	ids                                           map[string]*standIns
	awsBuckets                                    map[string]bool
}

func newRedactor(d *Document) *redactor {
	r := &redactor{
		addresses: newAddressBook(d.Observations),
		names:     map[string]string{},
		windows:   map[string]bool{},
		ids:       map[string]*standIns{},
	}
	named := func(word string) standIns {
		return standIns{form: func(n int, _ string) string { return word + "-" + padded(n, "") }}
	}
	r.hosts = standIns{form: r.hostForm}
	r.users, r.roles, r.buckets = named("user"), named("role"), named("bucket")
	r.accounts = standIns{form: padded}
	r.prints = standIns{form: padded}
	r.keys = standIns{form: func(n int, value string) string { return value[:4] + padded(n, value[4:]) }}
	r.awsBuckets = awsBuckets(d.Node.Region)
	r.id(d.Node.InstanceID)
	return r
}

// awsBuckets are the buckets of AWS's own that a node of the Region may read.
func awsBuckets(region string) map[string]bool {
	out := map[string]bool{}
	g, err := endpoint.LookupRegion(region)
	if err != nil {
		return out // then none is told
	}
	for _, o := range []endpoint.Options{{}, {Windows: true}} {
		all := endpoint.Require(g, endpoint.Capabilities(), o)
		for _, t := range append(all.Targets, endpoint.Beside(g, endpoint.Requirements{}, o)...) {
			out[t.Bucket] = true
		}
	}
	return out
}

// hostForm is under the stand-in of the domain that the host is under.
func (r *redactor) hostForm(n int, host string) string {
	for _, d := range r.domains {
		if strings.HasSuffix(host, "."+d) {
			return "host-" + padded(n, "") + "." + r.hosts.of(d)
		}
	}
	if slices.Contains(r.domains, host) {
		return "domain-" + padded(n, "") + ".example"
	}
	return "host-" + padded(n, "") + ".example"
}

// learn takes a value of the document, and what it tells of what must not be
// told. Values come in the order of the document.
func (r *redactor) learn(path []string, value string) {
	if len(path) == 0 || path[0] != "observations" {
		return // all else is made of these
	}
	member := path[len(path)-1]
	if !verbatim(member) {
		r.learnAccounts(value)
	}
	switch {
	case slices.Contains(path, "endpoints") && slices.Contains(path, "config"):
		r.learnHost(value)
	}
	switch member {
	case "search", "service_domain":
		r.learnDomain(value)
	case "host", "names", "cnames", "server_name":
		r.learnHost(value)
	case "no", "shell_no":
		for _, one := range strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == ' ' }) {
			if strings.HasPrefix(one, ".") || strings.HasPrefix(one, "*.") {
				r.learnDomain(one)
			} else {
				r.learnHost(one)
			}
		}
	case "https", "http", "shell_https", "metadata", "url", "proxy", "location":
		r.learnURL(value)
	case "address", "local":
		if a, err := netip.ParseAddrPort(value); err == nil { // a proxy's
			r.addresses.ownAddress(a.Addr())
		} else if a, err := netip.ParseAddr(value); err == nil && member == "local" {
			r.addresses.ownAddress(a)
		}
	case "bucket":
		if !r.awsBuckets[value] {
			r.name(value, &r.buckets)
		}
	case "role_name":
		r.name(value, &r.roles)
	case "key_end":
		r.names[value] = "****"
	case "body", "foreign", "first_bytes", "error_message", "subject", "issuer", "text", "verify_text",
		"discarded", "extended_errors", "server", "not_tried", "not_made":
		for _, span := range foreignHost.FindAllStringIndex(value, -1) {
			if host := value[span[0]:span[1]]; !inPath(value, span[0]) && !fileName(host) {
				r.learnHost(host)
			}
		}
	}
}

// foreignHost is what looks like a host's name in a text that is not ours.
var foreignHost = regexp.MustCompile(`(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}\b`)

// inPath reports whether what begins at i is a piece of a path: a slash stands
// before it, and not the two of a URL.
func inPath(s string, i int) bool {
	return i > 0 && (s[i-1] == '\\' || s[i-1] == '/' && !strings.HasSuffix(s[:i], "//"))
}

// fileName reports whether a name with a dot in it is rather a file's.
func fileName(s string) bool {
	switch strings.ToLower(s[strings.LastIndexByte(s, '.')+1:]) {
	case "json", "conf", "cfg", "ini", "xml", "html", "htm", "php", "asp", "aspx", "js", "css", "png", "jpg", "gif", "svg", "ico",
		"txt", "log", "pem", "crt", "key", "service", "so", "dll", "exe", "yaml", "yml":
		return true
	}
	return false
}

func (r *redactor) learnDomain(s string) {
	s = bareHost(s)
	if strings.Contains(s, ".") && !told(s) && !slices.Contains(r.domains, s) {
		r.domains = append(r.domains, s)
		r.hosts.of(s)
	}
}

func (r *redactor) learnHost(s string) {
	s = bareHost(s)
	if a, err := netip.ParseAddr(s); err == nil {
		r.addresses.ownAddress(a)
		return
	}
	if s == "" || told(s) || strings.ContainsAny(s, " /") {
		return
	}
	r.hosts.of(s)
	if !strings.Contains(s, ".") {
		r.name(s, &r.hosts)
	}
}

// learnURL takes the host of a URL, or of what was meant as one.
func (r *redactor) learnURL(s string) {
	if u, err := url.Parse(s); err == nil && u.Hostname() != "" {
		r.learnHost(u.Hostname())
		return
	}
	_, s, _ = strings.Cut(s, "://")
	s, _, _ = strings.Cut(s[strings.LastIndexByte(s, '@')+1:], "/")
	r.learnHost(s)
}

// bareHost is a name without what may stand around it.
func bareHost(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if host, port, ok := strings.Cut(s, ":"); ok && !strings.Contains(port, ":") {
		s = host
	}
	return strings.Trim(strings.TrimPrefix(s, "*"), ".")
}

// told reports whether a name says nothing of whose node it is.
func told(host string) bool {
	switch {
	case strings.Contains(host, ".elb."), strings.Contains(host, ".rds."):
		return false // a customer chose its beginning
	case host == "localhost", host == "amazonaws.com", host == "aws.amazon.com", host == "docs.aws.amazon.com",
		strings.HasSuffix(host, ".compute.internal"), host == "ec2.internal", strings.HasSuffix(host, ".ec2.internal"):
		return true
	}
	return endpoint.IsAWSName("." + host)
}

// name notes a word that somebody chose. One that may as well be a word of our
// own is replaced only where its place tells what it is.
func (r *redactor) name(s string, kind *standIns) {
	if s == "" {
		return
	}
	kind.of(s)
	if len(s) >= 4 && strings.ContainsAny(s, "0123456789-_.ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		r.names[s] = kind.of(s)
	}
}

// id gives an id of the form prefix-hexadecimal its stand-in.
func (r *redactor) id(s string) string {
	prefix, rest, ok := cutLast(s, "-")
	if !ok {
		return s
	}
	if r.ids[prefix] == nil {
		r.ids[prefix] = &standIns{form: padded}
	}
	return prefix + "-" + r.ids[prefix].of(rest)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
