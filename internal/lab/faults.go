package lab

import (
	"net/netip"
	"slices"
)

// ResolvConf makes these the configured nameservers.
func ResolvConf(servers ...netip.Addr) Fault {
	return func(w *World) { w.Node.Nameservers = slices.Clone(servers) }
}

// AddServer adds a nameserver to the world.
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

// Special puts a special file at some paths of the node.
func Special(f SpecialFile, paths ...string) Fault {
	return func(w *World) {
		all := map[string]SpecialFile{}
		for path, file := range w.Node.Special {
			all[path] = file
		}
		for _, path := range paths {
			all[path] = f
		}
		w.Node.Special = all
	}
}

// WithFiles adds files to the node.
func WithFiles(files map[string]string) Fault {
	return func(w *World) {
		all := map[string]string{}
		for _, m := range []map[string]string{w.Node.Files, files} {
			for path, text := range m {
				all[path] = text
			}
		}
		w.Node.Files = all
	}
}

// WithEnv adds to the environment of the command.
func WithEnv(name, value string) Fault {
	return func(w *World) {
		env := map[string]string{name: value}
		for n, v := range w.Node.Env {
			if n != name {
				env[n] = v
			}
		}
		w.Node.Env = env
	}
}
