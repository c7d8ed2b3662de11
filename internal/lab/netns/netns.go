// Package netns runs a world of package lab in network namespaces, where its servers
// have their real addresses and ports, and runs an unmodified command on the node
// (Linux, as root or in a user namespace).
//
// One namespace is the node's, one the rest of the world's. Between them a wire
// carries every packet with a little delay, and loses or rejects those that the
// world says. A separate process owns everything, so that nothing is left when it
// ends. The machine's own namespaces are not touched.
package netns

import (
	"errors"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// ErrNotHere is returned on systems without network namespaces.
var ErrNotHere = errors.New("network namespaces need Linux: use `ssmlab run --mapped`")

// ssmlab starts itself again inside the namespaces, with these hidden commands.
const (
	// WorldCommand runs the world: `world SCENARIO -- COMMAND…`.
	WorldCommand = "world"
	// RTTFlag of WorldCommand is the round-trip time to the world.
	RTTFlag = "rtt"
	// StrictVariable, set in the environment, makes ssmlab fail if the command
	// did what ssmcheck must never do.
	StrictVariable = "SSMLAB_STRICT"
	// NodeCommand runs the command on the node: `node -- COMMAND…`.
	NodeCommand = "node"
)

// A plan describes the node to its process.
type plan struct {
	// Files are the scenario's files by their paths without the leading slash.
	Files map[string]string
	// Special are the files that are not text; Files has them empty.
	Special map[string]lab.SpecialFile
	// Lacks are the commands that the node does not have.
	Lacks    []observation.Command
	Env      []string
	Dir      string
	Hostname string
}

// planFor returns the plan of a world's node.
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
