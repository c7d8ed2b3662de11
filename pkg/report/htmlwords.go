package report

import (
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
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
	for _, k := range []probe.Kind{
		probe.KindRefused, probe.KindReset, probe.KindClosed, probe.KindNoRoute, probe.KindHostUnreachable, probe.KindProhibited,
		probe.KindInvalid, probe.KindNotPermitted, probe.KindNoFamily, probe.KindNoResources,
		probe.KindNXDomain, probe.KindNoAddress, probe.KindServFail, probe.KindRefuses, probe.KindMalformed,
		probe.KindNotTLS, probe.KindTLSVersion, probe.KindTLSAlert, probe.KindTooLarge,
		probe.KindStatus, probe.KindAbsent, probe.KindDenied, probe.KindUnreadable, probe.KindSyntax,
	} {
		w.Failures[string(k)] = reason(&probe.Failure{Kind: k})
	}
	return w
}
