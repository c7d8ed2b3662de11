// Package netns mounts a world of package lab in network namespaces, where its
// servers have their real addresses and ports, and runs an unmodified command
// in the node's place (Linux, as root or in a user namespace).
//
// Two namespaces stand for the node and for the rest of the world. Between
// them a wire carries every packet with a little delay, and loses or rejects
// those that the world says; a process of its own owns all of it, so that
// nothing is left when it ends. The namespaces of the machine are not touched.
package netns

import (
	"errors"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// ErrNotHere says that this system has no network namespaces.
var ErrNotHere = errors.New("network namespaces need Linux: use `ssmlab run --mapped`")

// The hidden commands of ssmlab by which it starts itself again, inside the
// namespaces.
const (
	// WorldCommand runs the world: `world SCENARIO -- COMMAND…`.
	WorldCommand = "world"
	// RTTFlag of WorldCommand says how far away the world is.
	RTTFlag = "rtt"
	// StrictVariable, where the environment has it, makes ssmlab fail where
	// somebody did in the world what ssmcheck must never do.
	StrictVariable = "SSMLAB_STRICT"
	// NodeCommand takes the node's place: `node -- COMMAND…`.
	NodeCommand = "node"
)

// A plan is what the node's process receives: how its file system looks, and
// what it runs.
type plan struct {
	// Files are the scenario's files by their paths without the leading slash.
	Files map[string]string
	// Special are the files that are not text; Files has them empty.
	Special map[string]lab.SpecialFile
	// Lacks are commands that the node does not have.
	Lacks []observation.Command
	Env   []string
	Dir   string
	// Hostname is what the node calls itself.
	Hostname string
}

// planFor makes the plan of a scenario's node.
func planFor(w *lab.World, trustStore string, env []string, dir string) plan {
	p := plan{Files: w.Node.Tree(), Special: w.Node.Special, Lacks: w.Node.Lacks, Env: env, Dir: dir, Hostname: w.Node.Hostname()}
	for path := range p.Special {
		p.Files[path] = ""
	}
	for _, store := range []string{
		"etc/ssl/certs/ca-certificates.crt", // Debian, and most others
		"etc/pki/tls/certs/ca-bundle.crt",   // Red Hat
		"etc/ssl/cert.pem",                  // Alpine
	} {
		p.Files[store] = trustStore
	}
	for name, value := range w.Node.Env {
		p.Env = append(p.Env, name+"="+value)
	}
	return p
}
