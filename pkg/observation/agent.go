package observation

import "time"

// An Agent is the SSM Agent on this node.
type Agent struct {
	Installed Known `json:"installed,omitempty"`
	Running   Known `json:"running,omitempty"`
	// Starting: its Windows service was started, and the agent is waiting for the setup of
	// Windows to end. It is not Running.
	Starting bool `json:"starting,omitempty"`
	// Version has the form "3.3.1142.0". Empty: not known.
	Version string `json:"version,omitempty"`
	// StrayDropIns are drop-ins for units of the agent that do not exist, while another
	// one does: systemd ignores them. At most 16.
	StrayDropIns []string `json:"stray_drop_ins,omitempty"`
	// ImageState is how far the setup of Windows is (Sysprep): the agent does not start
	// until it is ImageComplete. Empty: not known, or not Windows.
	ImageState string `json:"image_state,omitempty"`
	// From is the evidence for the above, one line per item.
	From []string `json:"from,omitempty"`
	// Hello is which ClientHello it sends.
	Hello  AgentHello  `json:"hello,omitzero"`
	Config AgentConfig `json:"config"`
}

// ImageComplete is the ImageState once the setup of Windows has ended.
const ImageComplete = "IMAGE_STATE_COMPLETE"

// An AgentConfig is what amazon-ssm-agent.json changes.
type AgentConfig struct {
	Path string `json:"path"`
	// Endpoints are hosts by the target's name, as the agent parses them. A port other
	// than 443 follows the host: "host:8443".
	Endpoints map[string]string `json:"endpoints,omitempty"`
	// Unusable says, by the target's name, why the endpoint in the file cannot be
	// tested. The agent does not fall back to AWS's own.
	Unusable map[string]string `json:"unusable,omitempty"`
	// Hostless are those of them, as written in the file, in which the agent finds no
	// host: it then has no endpoint, and the target cannot work.
	Hostless map[string]string `json:"hostless,omitempty"`
	// ServiceDomain replaces the DNS suffix (Agent.ServiceDomain).
	ServiceDomain string `json:"service_domain,omitempty"`
	// MessagesRegion is the Region of the ssmmessages host (Mgs.Region).
	MessagesRegion string `json:"messages_region,omitempty"`
	// BucketEndpoint is the S3 host at which the agent reads and writes the user's own
	// buckets (S3.Endpoint), with its port if that is not 443. It does not change where
	// the agent fetches its updates.
	BucketEndpoint string `json:"bucket_endpoint,omitempty"`
	// BucketUnusable says why S3.Endpoint cannot be tested.
	BucketUnusable string `json:"bucket_unusable,omitempty"`
	// LogsRegion is CloudWatchLogs.Region, the signing Region for logs. It never affects
	// a host name.
	LogsRegion string `json:"logs_region,omitempty"`
	// SigningRegion is Agent.Region. It never affects a host name.
	SigningRegion string `json:"signing_region,omitempty"`
	DualStack     bool   `json:"dualstack,omitempty"`
	// Notes are what a person should know about how the agent reads the file, such as an
	// endpoint that it cannot use and ignores.
	Notes []string `json:"notes,omitempty"`
	// Failure is of KindAbsent if there is no file, and of KindSyntax if it does not
	// parse: the agent then uses its defaults.
	Failure *Failure `json:"failure,omitempty"`
}

// A HelloSize is which of two ClientHellos a Go program sends. The zero value: not known.
type HelloSize string

// The values of HelloSize.
const (
	// HelloSmall has one classical key share: about 0.3 kB, one packet.
	HelloSmall HelloSize = "small"
	// HelloLarge also has a post-quantum key share: about 1.5 kB, two packets.
	HelloLarge HelloSize = "large"
)

// An AgentHello is which ClientHello this node's agent sends, and why.
type AgentHello struct {
	Size HelloSize `json:"size,omitempty"`
	// From is the evidence. If the size is not known, it says why.
	From string `json:"from,omitempty"`
	// GoVersion is the toolchain that built the agent's program ("go1.25.13"), and
	// DefaultGODEBUG what it built in. Empty: not known.
	GoVersion      string `json:"go_version,omitempty"`
	DefaultGODEBUG string `json:"default_godebug,omitempty"`
	// GODEBUG has those settings of the variable in the agent's service that have the
	// usual form. Empty: there are none, or they are not known.
	GODEBUG string `json:"godebug,omitempty"`
	// Switch is the GODEBUG setting that makes this agent's large hello small:
	// SwitchMLKEM or SwitchKyber. Empty: there is none, or it is not known.
	Switch string `json:"switch,omitempty"`
}

// The GODEBUG settings that, if 0, remove the post-quantum key share, each in other
// versions of Go (internal/godebugs/table.go).
const (
	// SwitchMLKEM is that of Go 1.24 and newer, for X25519MLKEM768.
	SwitchMLKEM = "tlsmlkem"
	// SwitchKyber is that of Go 1.23, for X25519Kyber768Draft00.
	SwitchKyber = "tlskyber"
)

// SendsLarge reports whether the large hello is sent first: the agent sends it,
// or may.
func (h AgentHello) SendsLarge() bool { return h.Size != HelloSmall }

// AgentCredentials is what the agent's identity_config.json says about its credentials. It
// contains neither them nor a path to them. The zero value: nothing is known.
type AgentCredentials struct {
	// Source is where they come from. Empty: not recorded, as in older agents.
	Source AgentCredentialSource `json:"source,omitempty"`
	// Shared: they are in a file for all processes of the agent. Others are fetched from
	// instance metadata each time.
	Shared      bool      `json:"shared,omitempty"`
	RetrievedAt time.Time `json:"retrieved_at,omitzero"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	// Failure is why it could not be read. nil: it was, or there is none.
	Failure *Failure `json:"failure,omitempty"`
}

// An AgentCredentialSource is where the agent's credentials come from, in the agent's terms.
type AgentCredentialSource string

// The sources.
const (
	CredentialsOfRole AgentCredentialSource = "EC2" // the instance's role
	CredentialsOfSSM  AgentCredentialSource = "SSM" // Default Host Management, or a registration
)
