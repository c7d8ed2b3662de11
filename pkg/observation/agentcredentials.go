package observation

import "time"

// AgentCredentials is what the agent's identity_config.json says of its credentials. It
// holds none, and no path to them. The zero value: nothing is known.
type AgentCredentials struct {
	// Source is who gave them. Empty: it is not said, as by older agents.
	Source AgentCredentialSource `json:"source,omitempty"`
	// Shared: they stand in a file, for all processes of the agent. The others come from
	// the instance's metadata each time.
	Shared      bool      `json:"shared,omitempty"`
	RetrievedAt time.Time `json:"retrieved_at,omitzero"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	// Failure is why it could not be read. nil: it was, or there is none.
	Failure *Failure `json:"failure,omitempty"`
}

// An AgentCredentialSource is who gives the agent credentials, by the agent's names.
type AgentCredentialSource string

// The sources.
const (
	CredentialsOfRole AgentCredentialSource = "EC2" // the instance's role
	CredentialsOfSSM  AgentCredentialSource = "SSM" // Default Host Management, or a registration
)
