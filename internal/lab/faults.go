package lab

import (
	"maps"
	"net/netip"
	"slices"
)

// ResolvConf sets the configured nameservers.
func ResolvConf(servers ...netip.Addr) Fault {
	return func(w *World) { w.Node.Nameservers = slices.Clone(servers) }
}

// AddServer adds a nameserver, in place of one at the same address.
func AddServer(n Nameserver) Fault {
	return func(w *World) {
		w.Nameservers = slices.DeleteFunc(w.Nameservers, func(o *Nameserver) bool { return o.Address == n.Address })
		w.Nameservers = append(w.Nameservers, n.Clone())
	}
}

// EveryEdge changes every server on port 443.
func EveryEdge(change func(*Edge)) Fault {
	return func(w *World) {
		for _, e := range w.Edges {
			change(e)
		}
	}
}

// Special puts a special file at each of the node's paths.
func Special(f SpecialFile, paths ...string) Fault {
	return func(w *World) {
		files := map[string]SpecialFile{}
		for _, path := range paths {
			files[path] = f
		}
		w.Node.Special = merged(w.Node.Special, files)
	}
}

// WithFiles adds files to the node.
func WithFiles(files map[string]string) Fault {
	return func(w *World) { w.Node.Files = merged(w.Node.Files, files) }
}

// WithEnv sets a variable in the environment of the command.
func WithEnv(name, value string) Fault {
	return func(w *World) { w.Node.Env = merged(w.Node.Env, map[string]string{name: value}) }
}

// merged returns a new map with the entries of both; those of b win.
func merged[V any](a, b map[string]V) map[string]V {
	m := make(map[string]V, len(a)+len(b))
	maps.Copy(m, a)
	maps.Copy(m, b)
	return m
}
