package agent

import (
	"encoding/json"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Registration reads the agent's registration as a hybrid node. The file has the
// id and the Region, but no key; the agent's vault is never opened.
//
// Source: amazon-ssm-agent commit 1c217c89, core/agent_parser.go.
func (p Reader) Registration() observation.Registration {
	name := p.AgentPaths().Registration
	r := observation.Registration{Path: p.Shown(name)}
	b, failure := p.ReadFile(name)
	if failure != nil {
		r.Failure = failure
		return r
	}
	var content struct{ ManagedInstanceID, Region string }
	if err := json.Unmarshal(b, &content); err != nil {
		r.Failure = files.SyntaxFailure(r.Path, b, err)
		return r
	}
	if content.ManagedInstanceID == "" {
		// The agent leaves the file like this after -clear.
		r.Failure = &observation.Failure{Op: observation.OpRead, Kind: observation.KindAbsent, Text: r.Path + ": it holds no registration"}
		return r
	}
	r.InstanceID = observation.ShownSetting(content.ManagedInstanceID)
	if _, err := endpoint.LookupRegion(content.Region); err != nil {
		r.Failure = &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: r.Path + ": what it holds as the Region is none"}
		return r
	}
	r.Region = content.Region
	return r
}
