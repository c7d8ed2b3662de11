package diagnose

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Worlds make the observations of every table test, each time from scratch.
func Worlds() []func() *observation.Observations {
	var all []func() *observation.Observations
	for _, test := range allTests() {
		all = append(all, func() *observation.Observations {
			w := healthy()
			test.change(w)
			return w.Observations
		})
	}
	return all
}
