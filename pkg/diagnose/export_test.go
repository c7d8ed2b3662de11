package diagnose

import "github.com/ssmcheck/ssmcheck/pkg/probe"

// Worlds make the observations of every table test, each time anew.
func Worlds() []func() *probe.Observations {
	var all []func() *probe.Observations
	for _, test := range allTests() {
		all = append(all, func() *probe.Observations {
			w := healthy()
			test.change(w)
			return w.Observations
		})
	}
	return all
}
