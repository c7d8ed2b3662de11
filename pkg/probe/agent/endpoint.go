package agent

import (
	"net"

	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// SplitEndpoint takes a host of AgentConfig.Endpoints apart. The port is 0
// where it is not named.
func SplitEndpoint(e string) (host string, port uint16) {
	host, text, err := net.SplitHostPort(e)
	if err != nil {
		return e, 0
	}
	port, err = service.ParsePort(text)
	if err != nil {
		return e, 0
	}
	return host, port
}
