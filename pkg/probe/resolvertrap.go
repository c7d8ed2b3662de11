package probe

import (
	"fmt"
	"io/fs"
)

// resolverTrap says why the system's own resolver must not be asked: it reads
// its files whole, and opens what is no file. A FIFO would keep it for ever,
// and a hosts file of a hundred megabytes take several times that of memory.
// A long search list makes it put each question many times.
// Empty: nothing is known against it.
func (p *Prober) resolverTrap(n Node, names int) string {
	if p.LookupHost != nil || !goResolver {
		return "" // somebody else reads the files
	}
	for _, f := range []*Failure{n.Resolver.Failure, n.Hosts.Failure} {
		if f.Of(KindTooLarge, KindOther, KindTimeout) {
			return f.Text
		}
	}
	if q := systemQuestions(n, names); q > maxSystemQuestions {
		return fmt.Sprintf("%s: with a search list of %d domains or more the system may put %d questions", n.Resolver.From, len(n.Resolver.Search), q)
	}
	// The probe itself has no use for the third.
	const order = "etc/nsswitch.conf"
	info, err := fs.Stat(p.files(), order)
	switch {
	case err != nil: // there is none, in nearly every container
	case !info.Mode().IsRegular():
		return p.shown(order) + ": not a regular file"
	case info.Size() > maxFile:
		return p.shown(order) + ": more than 1 MiB"
	}
	return ""
}
