package diagnose

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// experimentName says what an experiment changed.
func experimentName(e *observation.Experiment) string {
	switch e.Kind {
	case observation.ExperimentRepeat:
		return "a retry"
	case observation.ExperimentNoServerName:
		return "a handshake that names no host"
	case observation.ExperimentOtherServerName:
		return "a handshake that names " + e.ServerName
	case observation.ExperimentSmallSegments:
		return "a handshake in small segments"
	case observation.ExperimentSmallHello:
		return "a small ClientHello"
	case observation.ExperimentLargeHello:
		return "a large ClientHello"
	case observation.ExperimentLargeHelloSmallSegments:
		return "a large ClientHello in small segments"
	case observation.ExperimentOldTLS:
		return "a handshake that also offers TLS 1.0 and 1.1"
	case observation.ExperimentWideHello:
		return "a ClientHello that offers every key exchange and cipher suite that ssmcheck has"
	case observation.ExperimentUDPConnect:
		return "connecting a UDP socket, which sends nothing"
	case observation.ExperimentUDPSend:
		return "a UDP datagram"
	}
	return ""
}

// experimentOutcome says how an experiment went.
func experimentOutcome(e *observation.Experiment) string {
	if e.NotMade != "" {
		return "not tried: " + e.NotMade
	}
	c := e.Result
	if p := e.Proxy; p != nil && p.Tunnel != nil && p.Tunnel.Failure != nil {
		return tunnelSaid(p.Tunnel)
	}
	switch f := c.Failure(); {
	case f != nil && c.Reply != nil && c.Reply.Failure != nil:
		return happened(f, c.Reply.Elapsed)
	case f != nil && c.Handshake != nil && c.Handshake.Failure != nil:
		return happened(f, c.Handshake.Elapsed)
	case f != nil && c.Connect != nil:
		return happened(f, c.Connect.Elapsed)
	case c.Handshake != nil:
		passes := "it passes, with " + c.Handshake.Version
		groups, suites := c.Handshake.Beyond()
		for _, name := range append(groups, suites...) {
			passes += " and " + told(name)
		}
		return passes
	case c.Connect != nil:
		return "it passes"
	}
	return "nothing was seen"
}
