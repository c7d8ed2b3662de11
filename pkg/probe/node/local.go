package node

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// A Local is this node with what no report may hold: its proxies with their
// passwords, and the paths of its trust store that are not shown whole.
type Local struct {
	observation.Node
	Proxies  service.Proxies `json:"-"`
	rawTrust handshake.StorePaths
}

func (n Local) StoreSettings() handshake.StoreSettings {
	return handshake.StoreSettings{TrustConfig: n.Trust, Raw: n.rawTrust}
}
