package report

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// until w-diagnose

func checksOf(f diagnose.Finding) []check {
	var all []check
	for _, c := range f.Confirm {
		all = append(all, check{command: c})
	}
	return all
}

func anyOf(f diagnose.Finding) bool {
	return slices.ContainsFunc(f.Fix, func(s string) bool { return strings.HasPrefix(s, "or ") })
}
