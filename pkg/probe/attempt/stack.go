package attempt

// GrowForHandshake grows the goroutine's stack in one step to the size that a
// TLS handshake needs. Go starts with 2 KiB and doubles the stack when it is
// full, so that on the way to a handshake it is copied four times, frame by
// frame. Copying stacks took a tenth of a run's processor time. So call this
// while there is little to copy.
func GrowForHandshake() { handshakeRoom(false) }

// GrowForQuestion does the same for a DNS query.
func GrowForQuestion() { questionRoom(false) }

// handshakeRoom has a frame that needs a stack of 32 KiB, which grows when the
// function is entered. Without touch, no byte of the frame is used.
//
//go:noinline
func handshakeRoom(touch bool) {
	if touch {
		var room [20 << 10]byte
		fill(room[:])
	}
}

// questionRoom has a frame that needs a stack of 8 KiB.
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
