package observation

// A HelloSize is which of two ClientHellos a program written in Go sends. The
// zero value: it is not known.
type HelloSize string

// The values of HelloSize.
const (
	// HelloSmall has one classical key share: about 0.3 kB, one packet.
	HelloSmall HelloSize = "small"
	// HelloLarge has a post-quantum key share too: about 1.5 kB, two packets.
	HelloLarge HelloSize = "large"
)

// An AgentHello is which ClientHello the agent of this node sends, and what
// decides it.
type AgentHello struct {
	Size HelloSize `json:"size,omitempty"`
	// From is the evidence. If the size is not known, it says why.
	From string `json:"from,omitempty"`
	// GoVersion is that of the toolchain which built the agent's program
	// ("go1.25.13"), and DefaultGODEBUG what it built in. Empty: not known.
	GoVersion      string `json:"go_version,omitempty"`
	DefaultGODEBUG string `json:"default_godebug,omitempty"`
	// GODEBUG is the variable of the agent's service: the settings of the
	// usual form. Empty: there is none, or it is not known.
	GODEBUG string `json:"godebug,omitempty"`
	// Switch is the setting of GODEBUG that makes this agent's large hello
	// small: SwitchMLKEM or SwitchKyber. Empty: it has none, or it is not known.
	Switch string `json:"switch,omitempty"`
}

// The settings of GODEBUG that take the post-quantum key share out, each of its
// own versions of Go (internal/godebugs/table.go): 0 does.
const (
	// SwitchMLKEM is that of Go 1.24 and newer, for X25519MLKEM768.
	SwitchMLKEM = "tlsmlkem"
	// SwitchKyber is that of Go 1.23, for X25519Kyber768Draft00.
	SwitchKyber = "tlskyber"
)

// sendsLarge reports whether the large hello is sent first: the agent sends it,
// or may.
func (h AgentHello) SendsLarge() bool { return h.Size != HelloSmall }
