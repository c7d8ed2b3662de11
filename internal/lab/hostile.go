package lab

import (
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// Hostile gives the scenarios in which somebody wants to do harm: a server, a
// box in between, or whoever wrote a file. What is wanted is that a run ends in
// time, in little memory, with a finding, and lets nothing through to the
// terminal.
func Hostile() []Scenario {
	return slices.Concat(
		hostileDNS(),
		hostileTLS(),
		hostileHTTP(),
		hostileProxies(),
		hostileMetadata(),
		hostileFiles(),
		hostileMany(),
	)
}

// escapes are sequences that a terminal would obey: a title, colours, a clear,
// a line that is written over, 8-bit forms, a change of direction, a NUL.
const escapes = utf8Escapes + "\x9b31m"

// utf8Escapes are those of them that are UTF-8, as a certificate's names must be.
const utf8Escapes = "\x1b]0;owned\x07\x1b[31m\x1b[2J\r\b\u009b31m\u202egnp\u2066\x00\x7f"

// endless writes a text again and again until the other side is gone.
func endless(c net.Conn, first, again string) {
	if _, err := io.WriteString(c, first); err != nil {
		return
	}
	block := strings.Repeat(again, max(1, 8192/len(again)))
	for {
		if _, err := io.WriteString(c, block); err != nil {
			return
		}
	}
}

// trickle writes one byte at a time until the other side is gone.
func trickle(c net.Conn, first, again string) {
	if _, err := io.WriteString(c, first); err != nil {
		return
	}
	for {
		for i := range again {
			if _, err := io.WriteString(c, again[i:i+1]); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// impatient are flags that end a run early, as most of these servers never
// answer.
func impatient(more ...string) []string {
	return append([]string{"--timeout", "2s", "--deadline", "8s"}, more...)
}
