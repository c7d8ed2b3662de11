package probe

import "net/netip"

// A Node is what the node says of itself, from files and the system. Nothing
// was sent to learn it.
type Node struct {
	Kind NodeKind `json:"kind"`
	// KindFrom is the evidence: "/sys/class/dmi/id/sys_vendor: Amazon EC2".
	// Where the kind is not known, it says what could not be read.
	KindFrom string `json:"kind_from,omitempty"`
	// InstanceID is the EC2 instance's as the firmware has it (on Nitro).
	// Empty: not known; metadata tells it too.
	InstanceID string `json:"instance_id,omitempty"`
	// Container is the evidence that this is a container. Empty: none seen.
	Container string `json:"container,omitempty"`
	// ContainerFailure is why it is not known that this is none. nil: it is
	// known.
	ContainerFailure *Failure `json:"container_failure,omitempty"`

	OS   string `json:"os"`
	Arch string `json:"arch"`
	// OSVersion is as the system names it; on Windows "6.2" and older are
	// Windows Server 2012 and older. Empty: not known.
	OSVersion string `json:"os_version,omitempty"`
	// Addresses are the node's own, with their subnets; no loopback.
	Addresses []netip.Prefix `json:"addresses,omitempty"`
	// Interfaces are those with an address, without loopback (Linux). None:
	// not known.
	Interfaces   []Interface    `json:"interfaces,omitempty"`
	Resolver     ResolverConfig `json:"resolver"`
	Hosts        HostsFile      `json:"hosts"`
	Registration Registration   `json:"registration"`
	Agent        Agent          `json:"agent"`
	Proxy        ProxyConfig    `json:"proxy"`
	Trust        TrustConfig    `json:"trust,omitzero"`
}

// A NodeKind is what kind of machine the node is.
type NodeKind string

const (
	// NodeEC2: the firmware says so (or metadata, where it cannot be read).
	NodeEC2 NodeKind = "ec2"
	// NodeHybrid: the firmware says that it is another machine.
	NodeHybrid NodeKind = "hybrid"
	// NodeUnknown: the firmware could not be read.
	NodeUnknown NodeKind = "unknown"
)

// Known tells yes from no from not known. The zero value is not known.
type Known string

// The values of Known.
const (
	Unknown Known = ""
	Yes     Known = "yes"
	No      Known = "no"
)

// A ResolverConfig is which nameservers the system asks.
type ResolverConfig struct {
	// From is the file, or the system call, that named the servers.
	From    string           `json:"from"`
	Servers []netip.AddrPort `json:"servers,omitempty"`
	Search  []string         `json:"search,omitempty"`
	// UseTCP: the system asks over TCP alone (`options use-vc`; `usevc` and
	// `tcp` mean the same to Go's resolver).
	UseTCP bool `json:"use_tcp,omitempty"`
	// Rotate: each lookup begins with the next server (`options rotate`).
	Rotate bool `json:"rotate,omitempty"`
	// Ndots is how many dots a name must have to be asked as it is before the
	// search list is tried. nil: the file does not say, which means one.
	Ndots *int `json:"ndots,omitempty"`
	// Attempts is how often Go's resolver asks each server, and Timeout how long
	// it waits for it each time. 0: the file does not say, which means 2, and 5
	// seconds.
	Attempts int     `json:"attempts,omitempty"`
	Timeout  Elapsed `json:"timeout_ms,omitempty"`
	// Options are the lines that set one of the five, the first ones.
	Options []FileLine `json:"options,omitempty"`
	// Unusable are `nameserver` lines in which Go's resolver finds no address:
	// it passes them over.
	Unusable []FileLine `json:"unusable,omitempty"`
	// NeverAsked are the lines of nameservers after the third, which neither
	// Go's resolver nor the C library ever asks.
	NeverAsked []FileLine `json:"never_asked,omitempty"`
	// Order is what nsswitch.conf says of host names.
	Order LookupOrder `json:"order,omitzero"`
	// Behind are the servers that a stub on a loopback address asks, and
	// BehindFrom the file that names them.
	Behind     []netip.AddrPort `json:"behind,omitempty"`
	BehindFrom string           `json:"behind_from,omitempty"`
	// Incomplete says what From does not tell (macOS keeps more than
	// resolv.conf). Empty: nothing.
	Incomplete string   `json:"incomplete,omitempty"`
	Failure    *Failure `json:"failure,omitempty"`
}

// A FileLine is a line of a text file as it stands there, at most 200 bytes.
type FileLine struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// A LookupOrder is where Go's resolver looks for a host name.
type LookupOrder struct {
	// Path is the file that says it. Empty: there is none, or it could not be
	// read: the resolver then looks into the hosts file and asks DNS.
	Path string `json:"path,omitempty"`
	// Sources are as the file names them ("files", "dns", "resolve"), without
	// what stands in brackets. Empty: it names none.
	Sources []string `json:"sources,omitempty"`
	// At is the line that names them, the first one.
	At FileLine `json:"at,omitzero"`
}

// A HostsFile is what the hosts file says of names under AWS's domains.
type HostsFile struct {
	Path    string       `json:"path"`
	Entries []HostsEntry `json:"entries,omitempty"`
	Failure *Failure     `json:"failure,omitempty"`
}

// A HostsEntry is one name of the hosts file and its address.
type HostsEntry struct {
	Name    string     `json:"name"`
	Address netip.Addr `json:"address"`
	Line    int        `json:"line"`
}

// A Registration is the agent's registration as a hybrid node
// (/var/lib/amazon/ssm/registration). It holds no secret.
type Registration struct {
	Path       string `json:"path"`
	InstanceID string `json:"instance_id,omitempty"`
	Region     string `json:"region,omitempty"`
	// Failure is of KindAbsent where there is none. Of any other kind (of
	// KindDenied, where it may not be read) nothing is known.
	Failure *Failure `json:"failure,omitempty"`
}

// An Agent is the SSM Agent on this node.
type Agent struct {
	Installed Known `json:"installed,omitempty"`
	Running   Known `json:"running,omitempty"`
	// Version is as the agent counts, "3.3.1142.0". Empty: not known.
	Version string `json:"version,omitempty"`
	// StrayDropIns are drop-ins of units of the agent's that do not exist, beside
	// the one that does: systemd reads none of them. At most 16.
	StrayDropIns []string `json:"stray_drop_ins,omitempty"`
	// From names the evidence for the above, a line each.
	From []string `json:"from,omitempty"`
	// Hello is which ClientHello it sends.
	Hello  AgentHello  `json:"hello,omitzero"`
	Config AgentConfig `json:"config"`
}

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

// A ProxyConfig is the proxy that the agent's service would use. Passwords
// are replaced by "***".
type ProxyConfig struct {
	// From says where it was found: a process's environment, a unit's
	// drop-in, a registry value, "ssmcheck's own environment".
	From string `json:"from,omitempty"`
	// Known: No means that the settings exist, or may, and could not be read.
	Known Known `json:"known,omitempty"`
	// Incomplete says why the settings are not known though they may be read:
	// there is more of them than is read, or they did not come in time.
	Incomplete string `json:"incomplete,omitempty"`
	HTTPS      string `json:"https,omitempty"`
	HTTP       string `json:"http,omitempty"`
	No         string `json:"no,omitempty"`
	// Shell is the same of ssmcheck's own environment.
	ShellHTTPS string `json:"shell_https,omitempty"`
	ShellNo    string `json:"shell_no,omitempty"`
	// Metadata is the proxy to which Go's rules would send a call to instance
	// metadata at 169.254.169.254. Empty: none.
	Metadata string `json:"metadata,omitempty"`
	// Invalid is why the proxy's address cannot be used.
	Invalid *Failure `json:"invalid,omitempty"`
	// PAC: the address is that of a PAC file, a script that names proxies.
	PAC bool `json:"pac,omitempty"`
	// Unused are proxies, or entries of no_proxy, that stand in the configuration
	// of the agent's service and that the agent does not get.
	Unused []UnusedProxy `json:"unused,omitempty"`
}

// A TrustConfig is where the environment of the agent's service has Go look for
// the trusted roots, on Linux (crypto/x509, root_unix.go). Empty: where every
// program looks.
type TrustConfig struct {
	// File is the value of SSL_CERT_FILE, and Directories that of SSL_CERT_DIR.
	File        string `json:"file,omitempty"`
	Directories string `json:"directories,omitempty"`
	// From is where the values stand.
	From string `json:"from,omitempty"`
	// ShellDiffers: ssmcheck's own environment has others. They are not used.
	ShellDiffers bool `json:"shell_differs,omitempty"`
}

// Metadata is what instance metadata (IMDSv2) says of the node.
type Metadata struct {
	// Asked: a call was made. Else Reason says why not.
	Asked  bool   `json:"asked"`
	Reason string `json:"reason,omitempty"`
	// Connected: something accepted the connection to 169.254.169.254:80.
	Connected bool `json:"connected,omitempty"`
	// Status is the HTTP status of the token call, 0 where no answer came.
	Status int `json:"status,omitempty"`
	// Foreign is the beginning of an answer that is not metadata's (a
	// box's page). Empty: none.
	Foreign string `json:"foreign,omitempty"`
	// Failure is why there is no metadata. nil: there is.
	Failure          *Failure       `json:"failure,omitempty"`
	InstanceID       string         `json:"instance_id,omitempty"`
	Region           string         `json:"region,omitempty"`
	AvailabilityZone string         `json:"availability_zone,omitempty"`
	LocalIPv4        netip.Addr     `json:"local_ipv4,omitzero"`
	VPCID            string         `json:"vpc_id,omitempty"`
	VPCBlocks        []netip.Prefix `json:"vpc_blocks,omitempty"`
	SubnetBlocks     []netip.Prefix `json:"subnet_blocks,omitempty"`
	SecurityGroups   []string       `json:"security_groups,omitempty"`
	// Role: the instance has instance-profile credentials.
	Role Known `json:"role,omitempty"`
	// RoleName is the name of the role, no secret.
	RoleName string  `json:"role_name,omitempty"`
	Elapsed  Elapsed `json:"elapsed_ms"`
}

// Present reports whether metadata answered as AWS's.
func (m Metadata) Present() bool { return m.Asked && m.Failure == nil && m.InstanceID != "" }
