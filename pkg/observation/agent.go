package observation

// An Agent is the SSM Agent on this node.
type Agent struct {
	Installed Known `json:"installed,omitempty"`
	Running   Known `json:"running,omitempty"`
	// Starting: its service on Windows was started, and the agent waits in it for the
	// setup of Windows to end. It is not Running.
	Starting bool `json:"starting,omitempty"`
	// Version is as the agent counts, "3.3.1142.0". Empty: not known.
	Version string `json:"version,omitempty"`
	// StrayDropIns are drop-ins of units of the agent's that do not exist, beside
	// the one that does: systemd reads none of them. At most 16.
	StrayDropIns []string `json:"stray_drop_ins,omitempty"`
	// ImageState is how far the setup of Windows is (Sysprep): the agent does not start
	// before it is ImageComplete. Empty: not known, or no Windows.
	ImageState string `json:"image_state,omitempty"`
	// From names the evidence for the above, a line each.
	From []string `json:"from,omitempty"`
	// Hello is which ClientHello it sends.
	Hello  AgentHello  `json:"hello,omitzero"`
	Config AgentConfig `json:"config"`
}

// ImageComplete is the state of a Windows whose setup has ended.
const ImageComplete = "IMAGE_STATE_COMPLETE"

// An AgentConfig is what amazon-ssm-agent.json changes.
type AgentConfig struct {
	Path string `json:"path"`
	// Endpoints are hosts by the target's name, as the agent parses them. A
	// port other than 443 stands behind its host: "host:8443".
	Endpoints map[string]string `json:"endpoints,omitempty"`
	// Unusable says, by the target's name, why the endpoint that the file
	// names cannot be tested. The agent does not use AWS's own in its place.
	Unusable map[string]string `json:"unusable,omitempty"`
	// Hostless are those of them, as the file names them, in which the agent
	// finds no host: it has no endpoint then, and the target cannot work.
	Hostless map[string]string `json:"hostless,omitempty"`
	// ServiceDomain replaces the DNS suffix (Agent.ServiceDomain).
	ServiceDomain string `json:"service_domain,omitempty"`
	// MessagesRegion is the Region of the ssmmessages host (Mgs.Region).
	MessagesRegion string `json:"messages_region,omitempty"`
	// BucketEndpoint is the host of S3 at which the agent reads and writes
	// buckets of one's own (S3.Endpoint), with its port where that is not 443.
	// It does not change where the agent fetches its updates.
	BucketEndpoint string `json:"bucket_endpoint,omitempty"`
	// BucketUnusable says why S3.Endpoint cannot be tested.
	BucketUnusable string `json:"bucket_unusable,omitempty"`
	// LogsRegion is CloudWatchLogs.Region: the Region of the signatures for
	// logs. It never decides a host name.
	LogsRegion string `json:"logs_region,omitempty"`
	// SigningRegion is Agent.Region: it never decides a host name.
	SigningRegion string `json:"signing_region,omitempty"`
	DualStack     bool   `json:"dualstack,omitempty"`
	// Notes are what a person should know of how the agent reads the file:
	// an endpoint that it cannot use and passes over.
	Notes []string `json:"notes,omitempty"`
	// Failure is of KindAbsent where there is no file: the agent then uses
	// its defaults. Of KindSyntax: it does so too.
	Failure *Failure `json:"failure,omitempty"`
}

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

// SendsLarge reports whether the large hello is sent first: the agent sends it,
// or may.
func (h AgentHello) SendsLarge() bool { return h.Size != HelloSmall }
