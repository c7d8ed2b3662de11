// Package probetest has what the tests of pkg/probe and its packages share: servers on
// loopback that each misbehave in one way, and the files of a machine. No program links it.
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

// LongNoProxy is a few bytes shorter than the longest no_proxy that is applied.
var LongNoProxy = strings.Repeat("a,", 16_000) + "a"

// OddMoment is a time at which no beat of a heartbeat is due.
const OddMoment = 5 * time.Millisecond
