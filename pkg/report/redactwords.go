package report

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// What a text is searched for, beside the words that were learnt.
var (
	urlUser  = regexp.MustCompile(`(://)([^/@\s"':]+)(:[^/@\s"']*)?@`)
	curlUser = regexp.MustCompile(`( -U '?)([^\s':]+)`)
	mailName = regexp.MustCompile(`[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)`)
	homeOf   = regexp.MustCompile(`(/home/|/Users/|\\Users\\)([^/\\\s"':,]+)`)
	arnName  = regexp.MustCompile(`\b((?:assumed-role|role|user|group|instance-profile)/)([\w+=,.@/-]+)`)
	// instanceRole is how a report writes of a role, in an IAM name's letters.
	instanceRole = regexp.MustCompile(`(\binstance role )([\w+=,.@-]+)`)
	colonRun     = regexp.MustCompile(`[0-9A-Fa-f.]*(?::[0-9A-Fa-f.]*){2,}`)
	word         = regexp.MustCompile(`[A-Za-z0-9_.-]+`)
	resourceID   = regexp.MustCompile(`\b(?:i|mi|vpc|vpce|vpce-svc|subnet|sg|eni|acl|rtb|igw|nat|tgw|dopt|ami|vol|pcx|pl|rslvr-in|rslvr-out)-[0-9a-f]{8,17}\b(?:-[0-9a-z]{8}\b)?`)
	accountID    = regexp.MustCompile(`\b[0-9]{12}\b`)
	accessKey    = regexp.MustCompile(`\bA(?:KIA|SIA|ROA|IDA|NPA|GPA|IPA)[A-Z0-9]{12,}\b`)
	print256     = regexp.MustCompile(`\b[0-9a-fA-F]{64}\b`)
	uuid         = regexp.MustCompile(`^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	addressOf    = regexp.MustCompile(`^ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(\.|$)`)
	ownHost      = regexp.MustCompile(`\.(?:local|lan|corp|home|intranet|internal|arpa|localdomain)$`)
)

// text is a text with stand-ins in it.
func (r *redactor) text(s string) string {
	s = urlUser.ReplaceAllStringFunc(s, func(m string) string {
		x := urlUser.FindStringSubmatch(m)
		if x[3] == "" {
			return x[1] + r.users.of(x[2]) + "@"
		}
		return x[1] + r.users.of(x[2]) + ":***@"
	})
	s = curlUser.ReplaceAllStringFunc(s, func(m string) string {
		x := curlUser.FindStringSubmatch(m)
		return x[1] + r.users.of(x[2])
	})
	s = mailName.ReplaceAllString(s, "user@$1")
	s = homeOf.ReplaceAllStringFunc(s, func(m string) string {
		x := homeOf.FindStringSubmatch(m)
		return x[1] + r.users.of(x[2])
	})
	s = arnName.ReplaceAllStringFunc(s, func(m string) string {
		x := arnName.FindStringSubmatch(m)
		parts := strings.Split(x[2], "/")
		for i, p := range parts {
			if p != "" && !resourceID.MatchString(p) {
				parts[i] = r.roles.of(p)
			}
		}
		return x[1] + strings.Join(parts, "/")
	})
	s = instanceRole.ReplaceAllStringFunc(s, func(m string) string {
		x := instanceRole.FindStringSubmatch(m)
		// What ends a sentence may end a role's name too.
		for name := x[2]; name != ""; name = name[:len(name)-1] {
			if stand, known := r.roles.known[name]; known {
				return x[1] + stand + x[2][len(name):]
			}
			if !strings.ContainsAny(name[len(name)-1:], ",.") {
				break
			}
		}
		return m
	})
	s = r.windowsAccounts(s)
	s = replaceSpans(s, colonRun, r.colons)
	return replaceSpans(s, word, r.word)
}

// replaceSpans gives each match to f, with what stands before and after it.
func replaceSpans(s string, re *regexp.Regexp, f func(before, match, after string) string) string {
	spans := re.FindAllStringIndex(s, -1)
	if spans == nil {
		return s
	}
	var b strings.Builder
	last := 0
	for _, x := range spans {
		b.WriteString(s[last:x[0]])
		b.WriteString(f(s[:x[0]], s[x[0]:x[1]], s[x[1]:]))
		last = x[1]
	}
	b.WriteString(s[last:])
	return b.String()
}

// colons replaces an IPv6 address. Letters and digits with colons between them
// may be much else: a port and an address, a time.
func (r *redactor) colons(before, match, after string) string {
	if before != "" && isWord(before[len(before)-1]) || after != "" && isWord(after[0]) {
		return match
	}
	for _, cut := range []struct{ left, right string }{{"", ""}, {"", ":"}, {"", "."}, {"", ":."}, {":", ""}, {":", ":"}} {
		core, tail := match, ""
		if strings.HasSuffix(core, cut.right) {
			core, tail = core[:len(core)-len(cut.right)], cut.right
		}
		core = strings.TrimPrefix(core, cut.left)
		a, err := netip.ParseAddr(core)
		if err != nil {
			continue
		}
		return match[:len(match)-len(core)-len(tail)] + r.address(a, tail+after) + tail
	}
	return match
}

// address is the stand-in of an address; where the length of a block follows,
// that of the block.
func (r *redactor) address(a netip.Addr, after string) string {
	if strings.HasPrefix(after, "/") {
		digits := after[1:]
		digits = digits[:len(digits)-len(strings.TrimLeft(digits, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if p := netip.PrefixFrom(a, n); err == nil && p.IsValid() && p.Masked().Addr() == a {
			return r.addresses.ofPrefix(p).String()
		}
	}
	return r.addresses.of(a).String()
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// word replaces a word without spaces and colons: an IPv4 address, a host, an
// id, a name.
func (r *redactor) word(before, match, after string) string {
	core := strings.Trim(match, ".-")
	if core == "" {
		return match
	}
	i := strings.Index(match, core)
	head, tail := match[:i], match[i+len(core):]
	if a, err := netip.ParseAddr(core); err == nil {
		return head + r.address(a, tail+after) + tail
	}
	if stand, own := r.buckets.known[core]; own && bucketsPlace(before+head) {
		return head + stand + tail
	}
	return head + r.plainWord(core, before+head) + tail
}

func (r *redactor) plainWord(s, before string) string {
	if stand, ok := r.names[s]; ok {
		return stand
	}
	if uuid.MatchString(s) {
		return s
	}
	if x := addressOf.FindStringSubmatch(s); x != nil {
		if a, err := netip.ParseAddr(strings.Join(x[1:5], ".")); err == nil {
			return "ip-" + strings.ReplaceAll(r.addresses.of(a).String(), ".", "-") + s[len(x[0])-len(x[5]):]
		}
	}
	if host := strings.ToLower(s); r.secretHost(host, before) {
		return r.hosts.of(host)
	}
	if stand, rest, ok := r.bucketHost(s); ok {
		return stand + ".s3" + rest
	}
	s = resourceID.ReplaceAllStringFunc(s, func(id string) string {
		if strings.HasPrefix(id, "vpce-") {
			if x := strings.Split(id, "-"); len(x) == 3 && x[1] != "svc" {
				return r.id("vpce-"+x[1]) + "-" + r.suffix(x[2])
			}
		}
		if x := strings.Split(id, "-"); len(x[len(x)-1]) == 8 && len(x) > 2 && len(x[len(x)-2]) >= 8 {
			return r.id(strings.Join(x[:len(x)-1], "-")) + "-" + x[len(x)-1]
		}
		return r.id(id)
	})
	s = accessKey.ReplaceAllStringFunc(s, r.keys.of)
	s = print256.ReplaceAllStringFunc(s, r.prints.of)
	return accountID.ReplaceAllStringFunc(s, r.accounts.of)
}

// suffix is the stand-in of what AWS puts behind a VPC endpoint's id in a host
// name.
func (r *redactor) suffix(s string) string {
	_, stand, _ := cutLast(r.id("vpce-name-"+s), "-")
	return stand
}

// wholeHost is the stand-in of a value that is a host's name and nothing else.
func (r *redactor) wholeHost(s string) string {
	if stand, known := r.hosts.known[strings.ToLower(s)]; known {
		return stand
	}
	return r.text(s)
}

// secretHost reports whether a word is a host that must not be told. A name of
// one label may as well be a word: it counts only within a URL.
func (r *redactor) secretHost(host, before string) bool {
	if !strings.Contains(host, ".") {
		_, known := r.hosts.known[host]
		return known && (strings.HasSuffix(before, "://") || strings.HasSuffix(before, "@"))
	}
	if told(host) {
		return false
	}
	if _, known := r.hosts.known[host]; known || ownHost.MatchString(host) {
		return true
	}
	for _, d := range r.domains {
		if strings.HasSuffix(host, "."+d) {
			return true
		}
	}
	return false
}

// bucketHost takes a bucket's own host apart. Of two names that it may begin
// with the longer one is the bucket's.
func (r *redactor) bucketHost(s string) (stand, rest string, ok bool) {
	longest := 0
	for name, of := range r.buckets.known {
		if after, is := strings.CutPrefix(s, name+".s3"); is && len(name) > longest {
			longest, stand, rest, ok = len(name), of, after, true
		}
	}
	return stand, rest, ok
}
