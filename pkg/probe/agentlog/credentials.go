package agentlog

import (
	"encoding/json"
	"io/fs"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Credentials reads where the agent's credentials come from and when they expire. It
// opens neither the file that contains them nor the vault.
//
// Source: amazon-ssm-agent, common/runtimeconfig/identity_runtimeconfig.go and
// agent/appconfig/constants_unix.go, constants_windows.go, constants_darwin.go.
func Credentials(root fs.FS, system string, shown func(name string) string) observation.AgentCredentials {
	name := "var/lib/amazon/ssm/runtimeconfig/identity_config.json"
	switch system {
	case "windows":
		name = "ProgramData/Amazon/SSM/runtimeconfig/identity_config.json"
	case "darwin":
		name = "opt/aws/ssm/data/runtimeconfig/identity_config.json"
	}
	// The rest, ids and the path of the file with the credentials, is not kept.
	var config struct {
		CredentialSource, ShareFile                  string
		CredentialsExpiresAt, CredentialsRetrievedAt time.Time
	}
	b, err := newDisk(root, shown).whole(name)
	switch {
	case files.IsAbsent(err):
		return observation.AgentCredentials{}
	case err == nil && json.Unmarshal(b, &config) != nil:
		err = errSyntax // the decoder's error would quote the file
	}
	if err != nil {
		return observation.AgentCredentials{Failure: failure(shown(name), err)}
	}
	c := observation.AgentCredentials{
		Shared: config.ShareFile != "", RetrievedAt: config.CredentialsRetrievedAt.UTC(), ExpiresAt: config.CredentialsExpiresAt.UTC(),
	}
	switch source := observation.AgentCredentialSource(config.CredentialSource); source {
	case observation.CredentialsOfRole, observation.CredentialsOfSSM:
		c.Source = source
	}
	return c
}

// whole reads a file of at most 64 KiB.
func (d disk) whole(name string) ([]byte, error) {
	t, err := d.openTail(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.Close() }() // nothing was written to it
	if t.size > smallWindow {
		return nil, errTooBig
	}
	b, _, err := t.end(t.size, smallWindow)
	return b, err
}
