package probe

import (
	"errors"
	"net"
	"strconv"
)

var errPort = errors.New("its port is no number from 1 to 65535")

// parsePort reads the number of a port.
func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, errPort
	}
	return uint16(n), nil
}

// splitEndpoint takes a host of AgentConfig.Endpoints apart. The port is 0
// where it is not named.
func splitEndpoint(e string) (host string, port uint16) {
	host, text, err := net.SplitHostPort(e)
	if err != nil {
		return e, 0
	}
	port, err = parsePort(text)
	if err != nil {
		return e, 0
	}
	return host, port
}
