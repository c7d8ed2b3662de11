package attempt

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An ICMPError is a failed connection with the message that was in the error
// queue of its socket.
type ICMPError struct {
	Err     error
	Message observation.ICMPMessage
}

func (e *ICMPError) Error() string { return e.Err.Error() }

func (e *ICMPError) Unwrap() error { return e.Err }
