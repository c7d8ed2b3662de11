package attempt

// GrowForHandshake makes the stack of the goroutine large enough for a TLS
// handshake in one step. Go begins with 2 KiB and doubles them when they are full:
// on the way to a handshake the stack is copied four times, frame by frame.
// Copying stacks took a tenth of a run's processor time. So this is called while
// there is little to copy.
func GrowForHandshake() { handshakeRoom(false) }

// GrowForQuestion is the same for a question to a nameserver.
func GrowForQuestion() { questionRoom(false) }

// handshakeRoom has a frame for which a stack of 32 KiB is needed: it grows when
// the function is entered. Without touch no byte of the frame is used.
//
//go:noinline
func handshakeRoom(touch bool) {
	if touch {
		var room [20 << 10]byte
		fill(room[:])
	}
}

// questionRoom has a frame for which a stack of 8 KiB is needed.
//
//go:noinline
func questionRoom(touch bool) {
	if touch {
		var room [5 << 10]byte
		fill(room[:])
	}
}

//go:noinline
func fill(room []byte) { clear(room) }
