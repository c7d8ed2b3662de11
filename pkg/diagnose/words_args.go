package diagnose

import (
	"cmp"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// Words of commands and configuration lines that come from outside: from a saved
// report, a file, a nameserver. Each is checked and quoted here; nothing changes a
// finished command. What cannot be pasted safely is replaced with a placeholder in
// capitals, and the finding says so.

// arg is a word of a command for the shell of this node's system. placeholder replaces
// it if it is empty, could be taken for an option, or is not printable ASCII, which
// every locale and every format shows unchanged.
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

// inCode is a word of a command between backticks in a sentence: a backtick in it would
// end the command.
func (f *facts) inCode(s, placeholder string) string {
	if strings.Contains(s, "`") {
		return f.inPlaceOf(s, placeholder)
	}
	return s
}

// inPlaceOf returns the placeholder for a value, and notes that it was used.
func (f *facts) inPlaceOf(s, placeholder string) string {
	note := placeholder + " stands for " + quoted(s) + ", which cannot be pasted safely"
	if s == "" {
		note = placeholder + " has to be filled in: it is not known"
	}
	f.placeholders = appendNew(f.placeholders, note)
	return placeholder
}

// placeholderLines says which placeholders were used since the last call.
func (f *facts) placeholderLines() []string {
	lines := mapTo(f.placeholders, func(note string) string { return "in the commands and lines to paste, " + note })
	f.placeholders = nil
	return lines
}

const maxHost = 254 // with the final dot

// hostForm reports whether s has the form of a host name in a command: as in DNS, and
// with the underscores that some names have.
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

// address is an address, with its zone if that is a real one.
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

// instanceForm matches an instance's id.
var instanceForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^m?i-[0-9a-f]+$`) })

// instanceArg is this instance's id.
func (f *facts) instanceArg() string { return f.arg(f.instanceID(), "INSTANCE") }

// instanceID is this instance's id, as part of a word.
func (f *facts) instanceID() string {
	id := f.o.Node.InstanceID
	if id != "" && !instanceForm().MatchString(id) {
		return f.inPlaceOf(id, "INSTANCE")
	}
	return cmp.Or(id, "INSTANCE")
}

// proxyForm matches a proxy's address without its user, from which a command or a
// configuration line is made.
var proxyForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z][a-z0-9]*://(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+(?:%25[0-9A-Za-z._-]+)?\])(?::[0-9]{1,5})?$`)
})

// proxy splits a proxy's address. user is "" if there is none; "user:" has no password.
func (f *facts) proxy(proxy string) (address, user string) {
	address, user = withoutUser(proxy)
	address = strings.TrimSuffix(address, "/")
	if !proxyForm().MatchString(address) {
		address = f.inPlaceOf(proxy, "http://HOST:PORT")
	}
	return address, user
}

// proxySetting is a proxy's address as a setting has it, and the placeholders in it for
// what is not known here: no report contains the password.
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
		user = url.User(user).String()
	}
	if password {
		user, unknown = user+":PASSWORD", append(unknown, "PASSWORD")
	}
	return scheme + "://" + user + "@" + rest, unknown
}
