package observation

import (
	"net/netip"
	"time"
)

// Credentials is where the credentials for `--signed` come from. It never contains them,
// except for the last four characters of the access key id.
type Credentials struct {
	// Asked: `--signed` was given.
	Asked bool `json:"asked"`
	// Found is unknown if something that may hold them could not be read;
	// Failure then says what.
	Found Known `json:"found,omitempty"`
	// Source is the kind of place that they come from, and From names it:
	// "the environment (AWS_ACCESS_KEY_ID)", "/root/.aws/credentials,
	// profile default", "the instance role node-role".
	Source CredentialSource `json:"source,omitempty"`
	From   string           `json:"from,omitempty"`
	// KeyEnd is the last four characters of the access key id.
	KeyEnd string `json:"key_end,omitempty"`
	// Temporary: they include a session token.
	Temporary bool `json:"temporary,omitempty"`
	// Expires is when an instance role's credentials expire, by AWS's clock.
	Expires time.Time `json:"expires,omitzero"`
	// PassedOver says what was found and not used, and why: a
	// credential_process, single sign-on, one key without the other.
	PassedOver []string `json:"passed_over,omitempty"`
	Failure    *Failure `json:"failure,omitempty"`
}

// A CredentialSource is a kind of place that credentials come from.
type CredentialSource string

const (
	// SourceEnvironment: ssmcheck's own environment.
	SourceEnvironment CredentialSource = "environment"
	// SourceFile: static keys in a shared credentials or configuration file.
	SourceFile CredentialSource = "file"
	// SourceRole: the instance's role, by instance metadata.
	SourceRole CredentialSource = "instance-role"
)

// A PlannedCall is a signed call that a run will make. It is read-only: it receives no
// message and opens no channel.
type PlannedCall struct {
	// Target is the name of the planned target.
	Target string `json:"target"`
	// Action is the IAM action ("ssm:DescribeDocument"), and Resource what it reads.
	Action   string `json:"action"`
	Resource string `json:"resource"`
}

// A SignedCall is a signed call and its result.
type SignedCall struct {
	PlannedCall
	// Address is where it was sent, or Proxy the proxy's URL without its
	// password.
	Address netip.Addr `json:"address,omitzero"`
	Proxy   string     `json:"proxy,omitempty"`
	Elapsed Elapsed    `json:"elapsed_ms"`
	// Status is the answer's, 0 if none came.
	Status int `json:"status,omitempty"`
	// ErrorCode and ErrorMessage are the service's own, without any part of the
	// credentials or the signature.
	ErrorCode    string   `json:"error_code,omitempty"`
	ErrorMessage string   `json:"error_message,omitempty"`
	RequestID    string   `json:"request_id,omitempty"`
	Failure      *Failure `json:"failure,omitempty"`
	// First is how the first try failed, if this is the repeat that passed.
	First *Failure `json:"first,omitempty"`
	// NotMade says why the call was not made.
	NotMade string `json:"not_made,omitempty"`
}

// Allowed reports whether the service carried out the call.
func (c SignedCall) Allowed() bool {
	return c.NotMade == "" && c.Failure == nil && c.Status >= 200 && c.Status < 300
}
