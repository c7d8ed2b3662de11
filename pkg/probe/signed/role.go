package signed

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/imds"
)

// roleKeys requests the role's credentials from instance metadata as the agent
// on an EC2 instance does: never through a proxy, never with version 1, and
// only if metadata has named a role. If there are none, c says why.
func roleKeys(ctx context.Context, p *attempt.Runner, kind observation.NodeKind, m observation.Metadata, c *observation.Credentials) Keys {
	switch {
	case ctx.Err() != nil:
		c.Found, c.Failure = observation.Unknown, &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindUndecided, Text: "the run ended first"}
		return Keys{}
	case !m.Asked:
		return Keys{}
	case m.Failure != nil:
		passOver(c, "the instance role: instance metadata gives none: "+m.Failure.Text)
		if kind == observation.NodeEC2 && c.Failure == nil {
			c.Found, c.Failure = observation.Unknown, m.Failure
		}
		return Keys{}
	case m.Role == observation.No:
		passOver(c, "the instance role: the instance has none")
		return Keys{}
	case m.Role != observation.Yes || m.RoleName == "":
		c.Found, c.Failure = observation.Unknown, &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindMalformed, Text: "instance metadata does not tell the instance's role"}
		return Keys{}
	}
	content, failure := imds.RoleDocument(ctx, p, m.RoleName)
	if failure != nil {
		passOver(c, "the instance role "+m.RoleName+": "+failure.Text)
		if !failure.Of(observation.KindAbsent) {
			c.Found, c.Failure = observation.Unknown, failure
		}
		return Keys{}
	}
	return readRoleDocument(c, content, m.RoleName)
}

// roleDocument parses the role's credentials as metadata returns them.
func readRoleDocument(c *observation.Credentials, content, role string) Keys {
	var doc struct {
		Code            string
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Token           string
		Expiration      time.Time
	}
	// The decoder's error may quote what it read.
	err := json.Unmarshal([]byte(content), &doc)
	k := Keys{doc.AccessKeyID, doc.SecretAccessKey, doc.Token}
	switch {
	case err == nil && doc.Code != "" && doc.Code != "Success":
		passOver(c, "the instance role "+role+": instance metadata says "+observation.ExcerptOf(doc.Code, 64))
	case err != nil || !k.wellFormed():
		c.Found, c.Failure = observation.Unknown, &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindMalformed, Text: "what instance metadata gives as the role's credentials are none"}
	default:
		if t := observation.ClampYear(doc.Expiration); t.Equal(doc.Expiration) {
			c.Expires = t
		}
		return foundKeys(c, k, observation.SourceRole, "the instance role "+role)
	}
	return Keys{}
}
