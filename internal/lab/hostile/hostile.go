// Package hostile has the scenarios in which somebody wants to do harm: a server,
// a middlebox, or whoever wrote a file. What is wanted is that a run ends in
// time, in little memory, with a finding, and lets nothing through to the
// terminal. The worlds without harm are package scenarios's.
package hostile

import (
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// Scenarios gives them all.
func Scenarios() []Scenario {
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

// Find gives the scenario with a name, hostile or not.
func Find(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return scenarios.Find(name)
}

var (
	vpcPlusTwo = netip.MustParseAddr("10.0.0.2")  // the VPC's resolver
	customDNS  = netip.MustParseAddr("10.0.0.53") // the nameserver that does harm
)

// unresolved are the targets that a default run cannot resolve if no nameserver
// answers.
var unresolved = []string{"ssm", "ssmmessages", "ec2messages", "s3", "s3:amazon-ssm-us-east-2"}

// escapes are sequences that a terminal would obey: a title, colours, a clear,
// a line that is written over, 8-bit forms, a change of direction, a NUL.
const escapes = UTF8Escapes + "\x9b31m"

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
