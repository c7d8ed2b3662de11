package attempt

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An ICMPError is a failed connection together with the message from its
// socket's error queue.
type ICMPError struct {
	Err     error
	Message observation.ICMPMessage
}

func (e *ICMPError) Error() string { return e.Err.Error() }

func (e *ICMPError) Unwrap() error { return e.Err }
