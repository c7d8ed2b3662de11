package probe

import (
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// quoted is the beginning of an answer from outside, escaped so that a terminal
// takes it for text.
func quoted(b []byte) string {
	return strconv.QuoteToASCII(string(b[:min(len(b), observation.MaxExcerpt)]))
}
