package probe

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What a run makes of an attempt that failed and of its unchanged repeat: pure
// functions of what was recorded, so that a run and whoever judges it later
// take the same one for what counts.

// unansweredByAmazon reports whether the server with Amazon's own certificate
// gave no answer in time.
func unansweredByAmazon(c observation.Climb) bool {
	return c.Reply != nil && c.Reply.Failure.Of(observation.KindTimeout) && c.Handshake.ByAmazon() && c.Handshake.Verified
}
