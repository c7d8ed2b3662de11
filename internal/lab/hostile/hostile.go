// Package hostile has the scenarios in which somebody attacks ssmcheck: a server, a
// middlebox, or whoever wrote a file. A run must end in time, use little memory,
// report a finding, and pass nothing through to the terminal. Package scenarios has
// the others.
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

// Scenarios returns all hostile scenarios.
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

// Find returns the scenario with a name, hostile or not.
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
	customDNS  = netip.MustParseAddr("10.0.0.53") // the hostile nameserver
)

// unresolved are the targets that a default run cannot resolve if no nameserver
// answers.
var unresolved = []string{"ssm", "ssmmessages", "ec2messages", "s3", "s3:amazon-ssm-us-east-2"}

// escapes are sequences that affect a terminal, also in their 8-bit forms.
const escapes = UTF8Escapes + "\x9b31m"

// endless writes a text over and over until the client is gone.
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

// trickle writes one byte at a time until the client is gone.
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

// impatient returns flags that end a run early, because most of these servers never
// answer.
func impatient(more ...string) []string {
	return append([]string{"--timeout", "2s", "--deadline", "8s"}, more...)
}
