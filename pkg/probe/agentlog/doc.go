// Package agentlog reads the SSM Agent's own log: what the agent says about its
// credentials, its registration and its channel, which no network probe can see.
//
// It recognises lines by a table of signatures, and records for each signature when and
// how often it was written, never a line itself. It reads a bounded part of the logs,
// draws no conclusions from them and writes nothing. It does not read the audit files,
// the journal or the updater's log. It also reads when the agent's credentials expire,
// but never the credentials.
package agentlog
