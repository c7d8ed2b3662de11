package probe

import (
	"net/http"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// hideHeader hides them in the values of a header.
func hideHeader(s observation.Secrets, h http.Header) {
	for _, values := range h {
		for i := range values {
			values[i] = s.Hide(values[i])
		}
	}
}
