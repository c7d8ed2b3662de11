// Package probetest has what the tests of pkg/probe and its packages share: servers
// on loopback that misbehave one way each, and the files of a machine. No program
// links it.
package probetest

import (
	"strings"
	"time"
)

// A small world: two hosts behind two nameservers.
const (
	FirstHost  = "ssm.us-east-2.amazonaws.com"
	SecondHost = "ssmmessages.us-east-2.amazonaws.com"
)

const TestHost = "ssm.us-east-2.amazonaws.com"

// LongNoProxy is as long as is applied, but for some bytes.
var LongNoProxy = strings.Repeat("a,", 16_000) + "a"

// OddMoment is a time at which no beat of a heartbeat is due.
const OddMoment = 5 * time.Millisecond
