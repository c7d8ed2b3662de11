package report

import (
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// scriptWords are what the page's script says as the text report does, so that there
// is one source for both.
type scriptWords struct {
	Schema       string            `json:"schema"`
	Family       string            `json:"family"`
	MaxDocument  int               `json:"max_document"`
	MaxFile      int               `json:"max_file"`
	MaxValues    int               `json:"max_values"`
	MaxList      int               `json:"max_list"`
	MaxDepth     int               `json:"max_depth"`
	Capabilities map[string]string `json:"capabilities"`
	Failures     map[string]string `json:"failures"`
	LookupFailed string            `json:"lookup_failed"`
}

func pageWords() scriptWords {
	w := scriptWords{
		Schema: Schema, Family: schemaFamily, MaxDocument: MaxDocument, MaxFile: MaxFile, MaxValues: maxValues, MaxList: maxList, MaxDepth: maxDepth,
		Capabilities: map[string]string{}, Failures: map[string]string{}, LookupFailed: lookupFailed,
	}
	for _, c := range endpoint.Capabilities() {
		w.Capabilities[string(c)] = c.Title()
	}
	for _, k := range []observation.Kind{
		observation.KindRefused, observation.KindReset, observation.KindClosed, observation.KindNoRoute, observation.KindHostUnreachable, observation.KindProhibited,
		observation.KindInvalid, observation.KindNotPermitted, observation.KindNoFamily, observation.KindNoResources,
		observation.KindNXDomain, observation.KindNoAddress, observation.KindServFail, observation.KindRefuses, observation.KindMalformed,
		observation.KindNotTLS, observation.KindTLSVersion, observation.KindTLSAlert, observation.KindTooLarge,
		observation.KindStatus, observation.KindAbsent, observation.KindDenied, observation.KindUnreadable, observation.KindSyntax,
	} {
		w.Failures[string(k)] = reason(&observation.Failure{Kind: k})
	}
	return w
}
