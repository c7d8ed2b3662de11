package diagnose

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// quoted is a line of a file, as evidence: the file, the line's number, its text.
func quoted(path string, l observation.FileLine) string {
	return path + ", line " + strconv.Itoa(l.Line) + ": " + told(l.Text)
}

// optionLines are the lines of resolv.conf that say how this system asks.
func (f *facts) optionLines() []string {
	var lines []string
	for _, l := range f.o.Node.Resolver.Options {
		lines = append(lines, quoted(f.resolverFile(), l))
	}
	return lines
}

// whereSet says in which line of resolv.conf the options are, where it is one.
func (f *facts) whereSet() string {
	if o := f.o.Node.Resolver.Options; len(o) == 1 {
		return " (line " + strconv.Itoa(o[0].Line) + ")"
	}
	return ""
}

// impatient reports whether resolv.conf has this system wait for an answer for
// less time than an attempt of ours takes: no longer was it then waited for.
func (f *facts) impatient() bool {
	t := f.o.Node.Resolver.Timeout
	return t > 0 && t < f.o.Plan.Timeout
}

// onlyFiles reports whether this system asks no nameserver, by nsswitch.conf.
func (f *facts) onlyFiles() bool {
	return f.o.Node.Resolver.Order.OnlyFiles() && !f.serversGiven() && !f.windows()
}

// tellOnlyFiles is for a system whose nsswitch.conf has nothing but the hosts
// file for host names.
func (f *facts) tellOnlyFiles() words {
	order := f.o.Node.Resolver.Order
	return words{
		title:   order.Path + " has host names looked up in the hosts file alone: no nameserver is asked",
		confirm: []string{"grep -n hosts: /etc/nsswitch.conf"},
		fix:     []string{"write `hosts: files dns` in line " + strconv.Itoa(order.At.Line) + " of " + order.Path},
	}
}

// tellUnusable says what to write in place of nameserver lines in which the
// resolver finds no address.
func (f *facts) tellUnusable(w *words) {
	lines := f.o.Node.Resolver.Unusable
	if len(lines) == 0 {
		return
	}
	file := f.resolverFile()
	w.title = "no nameserver is configured on this node: in the nameserver " + plural(len(lines), "line", "lines") + " of " + file + " is no address that the resolver can read"
	w.more, w.fix = nil, nil
	for _, l := range lines {
		w.more = append(w.more, quoted(file, l))
		if meant := addressesIn(l.Text); len(meant) > 0 {
			w.fix = append(w.fix, "write in place of line "+strconv.Itoa(l.Line)+" of "+file+", one address a line: "+list(meant))
		}
	}
	if len(w.fix) == 0 {
		w.fix = []string{"write the address of a nameserver into line " + strconv.Itoa(lines[0].Line) + " of " + file + ": `nameserver ADDRESS`"}
	}
}

// addressesIn are nameserver lines for the addresses that a line has, however
// they are parted.
func addressesIn(line string) []string {
	var lines []string
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(" \t,;|\"'[]", r) }) {
		a, err := netip.ParseAddr(word)
		if err != nil {
			if at, err := netip.ParseAddrPort(word); err == nil {
				a = at.Addr()
			}
		}
		if a.IsValid() && a.Zone() == "" && len(lines) < 3 {
			lines = append(lines, "`nameserver "+a.String()+"`")
		}
	}
	return lines
}

// noteResolver tells what of resolv.conf and nsswitch.conf has no effect, or
// another one than it seems.
func (f *facts) noteResolver(add func(string)) {
	r := f.o.Node.Resolver
	for _, l := range r.NeverAsked {
		add(quoted(f.resolverFile(), l) + ": never asked, as the agent's resolver and the C library read three nameservers")
	}
	if len(r.Servers) > 0 {
		for _, l := range r.Unusable {
			add(quoted(f.resolverFile(), l) + ": passed over, as no address stands there")
		}
	}
	if r.Rotate && len(f.counting) > 1 {
		add("`options rotate` is set in " + f.resolverFile() + f.whereSet() + ": each lookup begins with the next nameserver")
	}
}
