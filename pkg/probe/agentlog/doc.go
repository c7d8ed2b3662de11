// Package agentlog reads the SSM Agent's own log: what the agent says of its
// credentials, its registration and its channel, which no probe of the network sees.
//
// It recognises lines by a table of signatures, keeps of each signature when and how
// often it was written, and never a line. It reads a bounded part of the logs, does
// not say what follows from them, writes nothing, and knows nothing of the audit
// files, the journal or the updater's log. It also reads when the agent's credentials
// expire, and never the credentials.
package agentlog
