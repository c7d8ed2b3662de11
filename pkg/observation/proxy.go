package observation

// FromWinHTTP is the From of WinHTTP's proxy. For others on Windows it is a registry key.
const FromWinHTTP = "WinHTTP's settings"

// A ProxyConfig is the proxy that the agent's service would use. Passwords
// are replaced by "***".
type ProxyConfig struct {
	// From says where it was found: a process's environment, a unit's
	// drop-in, a registry value, "ssmcheck's own environment".
	From string `json:"from,omitempty"`
	// Known is No if settings exist, or may exist, and could not be read.
	Known Known `json:"known,omitempty"`
	// Incomplete says why the settings are unknown although they are readable:
	// there are more than the limit, or reading them took too long.
	Incomplete string `json:"incomplete,omitempty"`
	HTTPS      string `json:"https,omitempty"`
	HTTP       string `json:"http,omitempty"`
	No         string `json:"no,omitempty"`
	// Shell is the proxy in ssmcheck's own environment.
	ShellHTTPS string `json:"shell_https,omitempty"`
	ShellNo    string `json:"shell_no,omitempty"`
	// Metadata is the proxy to which Go's rules would send a call to instance
	// metadata at 169.254.169.254. Empty: none.
	Metadata string `json:"metadata,omitempty"`
	// Invalid is why the proxy's address cannot be used.
	Invalid *Failure `json:"invalid,omitempty"`
	// PAC: the address is that of a PAC file, a script that returns proxies.
	PAC bool `json:"pac,omitempty"`
	// Unused are proxies, or entries of no_proxy, in the configuration of the
	// agent's service that the agent does not use.
	Unused []UnusedProxy `json:"unused,omitempty"`
}

// A TrustConfig is where Go loads the trusted roots from on Linux, by the environment of
// the agent's service (crypto/x509, root_unix.go). Empty: from the system's usual files.
type TrustConfig struct {
	// File is the value of SSL_CERT_FILE, and Directories that of SSL_CERT_DIR.
	File        string `json:"file,omitempty"`
	Directories string `json:"directories,omitempty"`
	// From is where the values were found.
	From string `json:"from,omitempty"`
	// ShellDiffers: ssmcheck's own environment has other values, which are not used.
	ShellDiffers bool `json:"shell_differs,omitempty"`
}

// An UnusedProxy is a proxy's variable in the configuration of the agent's
// service that does not have the effect it seems to have.
type UnusedProxy struct {
	// Variable is its name ("https_proxy").
	Variable string `json:"variable"`
	// URL is the proxy's, without its password. Empty: the variable is no_proxy.
	URL string `json:"url,omitempty"`
	// NoProxy is the value of no_proxy, without what may be a password.
	NoProxy string `json:"no_proxy,omitempty"`
	// From is the file, and Line the first line of the assignment there, 0 where
	// that is not known.
	From string     `json:"from,omitempty"`
	Line int        `json:"line,omitempty"`
	Kind UnusedKind `json:"kind"`
	// Unit is the unit that the file is a drop-in of, for UnusedOtherUnit.
	Unit string `json:"unit,omitempty"`
	// InNoProxy: no_proxy covers the target, for a proxy of PlannedTarget.
	InNoProxy bool `json:"in_no_proxy,omitempty"`
}

// An UnusedKind is why the agent does not use a proxy.
type UnusedKind string

const (
	// UnusedHTTPOnly: it is http_proxy, which Go uses for http:// only.
	UnusedHTTPOnly UnusedKind = "http-only"
	// UnusedNoProxy: no_proxy covers the target.
	UnusedNoProxy UnusedKind = "no-proxy"
	// UnusedSpecifier: systemd ignores the assignment because of a percent sign that
	// begins no specifier.
	UnusedSpecifier UnusedKind = "specifier"
	// UnusedEscape: because of a backslash that begins no escape.
	UnusedEscape UnusedKind = "escape"
	// UnusedQuote: because of a quote that is not closed.
	UnusedQuote UnusedKind = "quote"
	// UnusedCharacter: because it is not UTF-8.
	UnusedCharacter UnusedKind = "character"
	// UnusedExport: because of the word "export" before the name in an
	// EnvironmentFile.
	UnusedExport UnusedKind = "export"
	// UnusedOtherUnit: the file is a drop-in of a unit that does not exist.
	UnusedOtherUnit UnusedKind = "other-unit"
	// UnusedNotRestarted: the unit has it now, and the running process started
	// before.
	UnusedNotRestarted UnusedKind = "not-restarted"
)

// Dropped reports whether systemd ignores the assignment.
func (r UnusedKind) Dropped() bool {
	switch r {
	case UnusedSpecifier, UnusedEscape, UnusedQuote, UnusedCharacter, UnusedExport:
		return true
	}
	return false
}

// Bypassed reports whether the agent gets the proxy, and does not use it.
func (r UnusedKind) Bypassed() bool { return r == UnusedHTTPOnly || r == UnusedNoProxy }
