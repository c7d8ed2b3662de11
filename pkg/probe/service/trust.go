package service

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
)

// trustNames are the variables that set a Go program's trust store on Linux
// (crypto/x509, root_unix.go).
var trustNames = []string{"SSL_CERT_FILE", "SSL_CERT_DIR"}

// TrustConfig determines where the agent's service has its trust store, by its
// environment. If that is not known, the variables are assumed to be unset, as in nearly
// every service.
func (p Reader) TrustConfig(e Environment) handshake.StoreSettings {
	if len(handshake.StoreFiles) == 0 {
		return handshake.StoreSettings{} // this system ignores the variables
	}
	var c handshake.StoreSettings
	c.File, c.From = e.first("SSL_CERT_FILE")
	directories, from := e.first("SSL_CERT_DIR")
	if c.Directories = directories; c.From == "" {
		c.From = from
	}
	c.ShellDiffers = !handshake.IsOwnStore(p.Machine, c) && !handshake.IsOwnStore(p.Machine, handshake.StoreSettings{})
	c.File, c.Raw.File = shownTrust(c.File, observation.HidePath)
	c.Directories, c.Raw.Directories = shownTrust(c.Directories, observation.HidePaths)
	return c
}

// shownTrust returns what may be shown of a variable, and the value if that is not all
// of it.
func shownTrust(value string, hide func(string) string) (shown, raw string) {
	if shown = hide(value); shown != value {
		raw = observation.Truncate(value, maxTrustPath)
	}
	return observation.Truncate(shown, maxTrustPath), raw
}

// maxTrustPath limits what is kept of the variables, in bytes: longer paths cannot be
// opened.
const maxTrustPath = 4096
