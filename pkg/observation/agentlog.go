package observation

import "time"

// An AgentLog is what the agent's own log says, as signatures of the agent's known
// lines. It holds no line of the log. Lines before the agent's last start are left
// out, and so are failures that a later success ended.
// The zero value: there is no log, so that nothing is known.
type AgentLog struct {
	// Level is the lowest level that the agent logs.
	Level AgentLogLevel `json:"level,omitempty"`
	// Written is when the files that were read were last written, by this node's clock.
	Written time.Time `json:"written,omitzero"`
	// Files are those that exist, in the order in which they were read.
	Files []AgentLogFile `json:"files,omitempty"`
	// First and Newest are the times of the first and the last line that was read,
	// by the agent's clock and in its time zone. Empty: no line was read.
	First  LogTime `json:"first,omitempty"`
	Newest LogTime `json:"newest,omitempty"`
	// LastStart is when the agent last started, and Version its version then. Empty: the
	// line was not found.
	LastStart LogTime `json:"last_start,omitempty"`
	Version   string  `json:"version,omitempty"`
	// Worker: a line of the agent's worker follows the last start. The agent starts the
	// worker once it has credentials.
	Worker Known `json:"worker,omitempty"`
	// CredentialsGood and ChannelGood are the last successes: a call with the
	// node's credentials, and a channel to ssmmessages. Empty: none was seen.
	CredentialsGood LogTime `json:"credentials_good,omitempty"`
	ChannelGood     LogTime `json:"channel_good,omitempty"`
	// Lines are the lines that count, newest last. At most MaxAgentLogLines.
	Lines []AgentLogLine `json:"lines,omitempty"`
}

// MaxAgentLogLines limits AgentLog.Lines.
const MaxAgentLogLines = 32

// AgentLogIDs are the values of AgentLogLine.ID, separated by spaces.
const AgentLogIDs = "vpce-policy scp uii-denied mgs-denied signature-expired signature-early token-expired " +
	"shared-expired credentials-invalid fingerprint fingerprint-local not-existing-instance activation " +
	"no-registration provider-imds clone-ec2 no-role iir-imds imds-403 imds-route imds-silent imds-info " +
	"no-identity dhmc proxy-tls proxyconnect proxy-407 proxy-scheme proxy-refuses-ws ws-status ws-1006 " +
	"ws-pong mgs-throttle mgs-endpoint dns-nxdomain dns-timeout dns-servfail tcp-timeout tcp-refused " +
	"tcp-noroute tcp-eperm x509-authority x509-name x509-time reset tls-timeout tls-none tls-old " +
	"http-timeout logs-endpoint send-failed-bare s3-head s3-download session-handshake disk-full " +
	"read-only ipc crash sysprep channel-mds sleeping hibernate-mode update-lock hibernate " +
	"register-wrapper registrar sdk-v2 cred-wrapper mgs-wrapper ws-wrapper sdk-call"

// An AgentLogFile is one file of the agent's log.
type AgentLogFile struct {
	Path string `json:"path"`
	// Failure is why it could not be read. nil: it was.
	Failure *Failure `json:"failure,omitempty"`
}

// An AgentLogLine stands for all lines of one signature on one channel.
type AgentLogLine struct {
	// ID names the signature, one of AgentLogIDs: "uii-denied".
	ID      string          `json:"id"`
	Channel AgentLogChannel `json:"channel,omitempty"`
	// Action is the API action that was refused: "UpdateInstanceInformation".
	Action string `json:"action,omitempty"`
	// Host, Server and Address are the name that was resolved, the nameserver that was
	// queried for it, and the address of a connection, as written by the agent.
	Host    string `json:"host,omitempty"`
	Server  string `json:"server,omitempty"`
	Address string `json:"address,omitempty"`
	// Detail is what else the newest of the lines contains: a status, a code, the
	// beginning of an error. It is an Excerpt, without passwords and queries.
	Detail string `json:"detail,omitempty"`
	// First, Last and Count are those of the lines that count.
	First LogTime `json:"first"`
	Last  LogTime `json:"last"`
	Count int     `json:"count"`
	// File is the path of the log with the newest of them.
	File string `json:"file"`
}

// An AgentLogLevel is the lowest level of a log, in seelog's terms. From LogWarn up, a log
// has no lines about successes, so a failure in it may be over.
type AgentLogLevel string

// The levels. Anything below info counts as info.
const (
	LogInfo     AgentLogLevel = ""
	LogWarn     AgentLogLevel = "warn"
	LogError    AgentLogLevel = "error"
	LogCritical AgentLogLevel = "critical"
	LogOff      AgentLogLevel = "off"
	// LogLevelUnknown: seelog.xml could not be read.
	LogLevelUnknown AgentLogLevel = "unknown"
)

// A LogTime is a time in the agent's log, to the second, by the agent's clock and without a
// time zone: "2026-09-14 08:02:09". Compare it only with others from the same log.
type LogTime string

// An AgentLogChannel is what the agent was doing when it wrote a line. The zero value:
// something else.
type AgentLogChannel string

// The channels.
const (
	// LogCredentials: it was requesting credentials, or hibernating.
	LogCredentials AgentLogChannel = "credentials"
	// LogMessages: the channel of ssmmessages.
	LogMessages AgentLogChannel = "ssmmessages"
	// LogHeartbeat: it was reporting its health to ssm, as it does every five minutes.
	LogHeartbeat AgentLogChannel = "heartbeat"
)
