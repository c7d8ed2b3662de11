package probe

// growStack makes room on the stack of a goroutine that is about to shake hands.
// Otherwise the runtime doubles it four times meanwhile, and each time copies and
// adjusts all the frames of crypto/tls: a tenth of a healthy run's processor time.
//
//go:noinline
func growStack() {
	var room [stackRoom]byte
	touch(&room)
}

// stackRoom is what a handshake takes.
const stackRoom = 12 << 10

//go:noinline
func touch(*[stackRoom]byte) {}
