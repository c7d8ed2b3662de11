package diagnose

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// The words of commands and of configuration lines that come from outside: a
// saved report, a file, a nameserver. Each is of a checked form and is quoted
// here; nothing changes a finished command. In the place of what cannot be
// pasted safely stands a name in capitals, and the finding says so.

// arg is a word of a command for the shell of this node's system. placeholder
// takes its place where it is empty, could be read as an option, or is not
// printable ASCII: every locale and every format shows that unchanged.
func (f *facts) arg(s, placeholder string) string {
	switch {
	case s == "" || s[0] == '-' || !quote.Printable(s),
		f.windows() && !quote.PowerShellPasses(s):
		s = f.inPlaceOf(s, placeholder)
	}
	if f.windows() {
		return quote.PowerShellWord(s)
	}
	return quote.ShellWord(s)
}

// inCode is a word of a command that stands between backticks in a sentence:
// none with a backtick, which would end it there.
func (f *facts) inCode(s, placeholder string) string {
	if strings.Contains(s, "`") {
		return f.inPlaceOf(s, placeholder)
	}
	return s
}

// inPlaceOf is the placeholder of a value, and notes that it was used.
func (f *facts) inPlaceOf(s, placeholder string) string {
	note := placeholder + " stands for " + quoted(s) + ", which cannot be pasted safely"
	if s == "" {
		note = placeholder + " is to be filled in: it is not known"
	}
	if !slices.Contains(f.placeholders, note) {
		f.placeholders = append(f.placeholders, note)
	}
	return placeholder
}

// placeholderLines says which placeholders were used since it was last asked.
func (f *facts) placeholderLines() []string {
	var lines []string
	for _, note := range f.placeholders {
		lines = append(lines, "in what is to be pasted, "+note)
	}
	f.placeholders = nil
	return lines
}

const maxHost = 254 // with the final dot

// hostForm reports whether s is what a host's name in a command is made of: as
// DNS has them, and the underscore that some have all the same.
func hostForm(s string) bool {
	return s != "" && len(s) <= maxHost && s[0] != '-' && s[0] != '.' && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_')
	})
}

// host is a host's name.
func (f *facts) host(s string) string {
	if !hostForm(s) {
		return f.inPlaceOf(s, "HOST")
	}
	return s
}

// address is an address, with its zone where that is one.
func (f *facts) address(a netip.Addr) string {
	if !a.IsValid() {
		return f.inPlaceOf("", "ADDRESS")
	}
	return observation.ProvenZone(a).String()
}

func (f *facts) hostArg(s string) string { return f.arg(f.host(s), "HOST") }

func (f *facts) addressArg(a netip.Addr) string { return f.arg(f.address(a), "ADDRESS") }

func (f *facts) fileArg(path string) string { return f.arg(path, "FILE") }

func (f *facts) urlArg(host, path string) string { return f.arg("https://"+f.host(host)+path, "URL") }

func (f *facts) addressPortArg(to netip.AddrPort) string {
	if !to.IsValid() {
		return f.arg(f.inPlaceOf("", "ADDRESS:PORT"), "")
	}
	return f.arg(netip.AddrPortFrom(observation.ProvenZone(to.Addr()), to.Port()).String(), "ADDRESS:PORT")
}

func (f *facts) portArg(to netip.AddrPort) string { return strconv.Itoa(int(to.Port())) }

// regionArg is the Region that was tested.
func (f *facts) regionArg() string {
	r := f.o.Plan.Region
	if _, err := endpoint.LookupRegion(r); err != nil {
		r = f.inPlaceOf(r, "REGION")
	}
	return f.arg(r, "REGION")
}

// bucketArg is the name of a bucket.
func (f *facts) bucketArg(s string) string {
	if _, err := endpoint.ParseBucket(s); err != nil {
		s = f.inPlaceOf(s, "BUCKET")
	}
	return f.arg(s, "BUCKET")
}

// instanceForm is that of an instance's id.
var instanceForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^m?i-[0-9a-f]+$`) })

// instanceArg is this instance's id.
func (f *facts) instanceArg() string { return f.arg(f.instanceID(), "INSTANCE") }

// instanceID is this instance's id, as a part of a word.
func (f *facts) instanceID() string {
	id := f.o.Node.InstanceID
	if id != "" && !instanceForm().MatchString(id) {
		id = f.inPlaceOf(id, "INSTANCE")
	}
	if id == "" {
		id = "INSTANCE"
	}
	return id
}

// proxyForm is a proxy's address without its user, of which a command or a line
// of configuration is made.
var proxyForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z][a-z0-9]*://(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+(?:%25[0-9A-Za-z._-]+)?\])(?::[0-9]{1,5})?$`)
})

// proxy splits a proxy's address. user is "" for none; "user:" has no password.
func (f *facts) proxy(proxy string) (address, user string) {
	address, user = withoutUser(proxy)
	address = strings.TrimSuffix(address, "/")
	if !proxyForm().MatchString(address) {
		address = f.inPlaceOf(proxy, "http://HOST:PORT")
	}
	return address, user
}

// proxySetting is a proxy's address as a setting has it, and the names in it that
// stand for what is not known here: the password is in no report.
func (f *facts) proxySetting(proxy string) (setting string, unknown []string) {
	address, _ := f.proxy(proxy)
	scheme, rest, _ := strings.Cut(address, "://")
	user, password := userOf(proxy)
	switch {
	case user == "" && !password:
		return address, nil
	case user == "" || user == hidden || !quote.Printable(user):
		user, unknown = "USER", []string{"USER"}
	default:
		user = escapedUser(user)
	}
	if password {
		user, unknown = user+":PASSWORD", append(unknown, "PASSWORD")
	}
	return scheme + "://" + user + "@" + rest, unknown
}
