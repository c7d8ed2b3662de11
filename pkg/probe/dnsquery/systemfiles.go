package dnsquery

import (
	"fmt"
	"io/fs"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// FilesUnsafe says why the system's own resolver must not be used: it reads its
// files completely, and opens them even if they are not regular. A FIFO would
// block it forever, and a hosts file of a hundred megabytes would take several
// times that much memory. A long search list makes it repeat each query many
// times, and so do many attempts, which its time limit does not end. Empty: no
// problem is known. hangs: it is a FIFO, which would block the agent's lookups
// too.
func FilesUnsafe(p files.Machine, n observation.Node, names int) (why string, hangs bool) {
	if !GoResolver {
		return "", false // this program does not read the files
	}
	for _, f := range []*observation.Failure{n.Resolver.Failure, n.Hosts.Failure} {
		if f.Of(observation.KindTimeout) {
			return f.Text, false // even a stat of it may hang
		}
	}
	for _, name := range []string{"etc/resolv.conf", p.HostsPath(), "etc/nsswitch.conf"} {
		if p.IsFIFO(name) {
			return p.Shown(name) + ": a FIFO, at which whoever opens it waits", true
		}
	}
	return largeResolverFile(p, n, names), false
}

// largeResolverFile says which of its files, or how many queries, would take
// too much.
func largeResolverFile(p files.Machine, n observation.Node, names int) string {
	for _, f := range []*observation.Failure{n.Resolver.Failure, n.Hosts.Failure} {
		if f.Of(observation.KindTooLarge, observation.KindOther) {
			return f.Text
		}
	}
	if q := systemQuestions(n, names); q > maxSystemQuestions {
		return fmt.Sprintf("%s: with a search list of %d domains or more the system may put %d questions", n.Resolver.From, len(n.Resolver.Search), q)
	}
	if Attempts(n.Resolver) > MaxAttempts {
		return fmt.Sprintf("%s: with more than %d attempts the system may put each question as often", n.Resolver.From, MaxAttempts)
	}
	// The probe does not need the order, and reads more of the hosts file.
	for _, file := range []struct {
		name string
		most int64
		text string
	}{
		{p.HostsPath(), maxResolverHosts, "more than 256 KiB"},
		{"etc/nsswitch.conf", files.MaxFile, "more than 1 MiB"},
	} {
		info, err := fs.Stat(p.FS(), file.name)
		switch {
		case err != nil: // there is none, in nearly every container
		case !info.Mode().IsRegular():
			return p.Shown(file.name) + ": not a regular file"
		case info.Size() > file.most:
			return p.Shown(file.name) + ": " + file.text
		}
	}
	return ""
}

// MaxAttempts limits how often Go's resolver may try: the C library stops at
// five (resolv.conf(5)).
const MaxAttempts = 100

// maxResolverHosts limits the hosts file that Go's resolver may read. It keeps
// every name and address of it in maps: for a mebibyte of short names that is
// more than 60 MiB.
const maxResolverHosts = 256 << 10
