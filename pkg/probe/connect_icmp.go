package probe

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An icmpError is a failed connection with the message that was in the error
// queue of its socket.
type icmpError struct {
	error
	message observation.ICMPMessage
}

func (e *icmpError) Unwrap() error { return e.error }
