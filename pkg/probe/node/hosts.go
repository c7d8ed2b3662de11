package node

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxHosts limits how many entries of the hosts file are kept.
const maxHosts = 500

// hostsFile reads the hosts file's entries for names under AWS's domains and for the
// further names that the agent's configuration sets.
func (p Reader) hostsFile(further []string) observation.HostsFile {
	name := p.HostsPath()
	h := observation.HostsFile{Path: p.Shown(name)}
	b, failure := p.ReadFile(name)
	h.Failure = failure
	h.Entries = ParseHosts(b, further)
	return h
}

// ParseHosts parses a hosts file as Go's resolver does. It keeps AWS's names, and the
// further ones with their subdomains.
func ParseHosts(b []byte, further []string) []observation.HostsEntry {
	var entries []observation.HostsEntry
	for n, line := range files.Lines(b) {
		line, _, _ = strings.Cut(line, "#")
		f := files.Fields(line)
		if len(f) < 2 {
			continue
		}
		address, err := observation.ParseAddress(f[0])
		if err != nil {
			continue
		}
		for _, name := range f[1:] {
			name = strings.ToLower(strings.TrimSuffix(name, "."))
			if !endpoint.IsAWSName(name) && !slices.ContainsFunc(further, func(f string) bool { return name == f || strings.HasSuffix(name, "."+f) }) {
				continue
			}
			if len(entries) == maxHosts {
				return entries
			}
			entries = append(entries, observation.HostsEntry{Name: name, Address: address.Unmap(), Line: n})
		}
	}
	return entries
}
