package tunnel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// A small client of SOCKS5 (RFC 1928) with user and password (RFC 1929), as
// Go's net/http, and so the agent, speaks it: the proxy gets the host's name
// and resolves it. golang.org/x/net/proxy would do the same, but only its error
// text says whether the proxy requires a password, refuses the target, or is
// not a SOCKS5 proxy.

const (
	socksVersion  = 5
	socksConnect  = 1
	socksPassword = 2    // the method of RFC 1929
	socksNoMethod = 0xff // none of those that were offered

	socksIPv4, socksName, socksIPv6 = 1, 3, 4
)

// socksReplies are RFC 1928's reply codes, and the HTTP status with which an
// HTTP proxy says the same.
var socksReplies = map[byte]struct {
	text   string
	status int
}{
	1: {"general SOCKS server failure", http.StatusBadGateway},
	2: {"connection not allowed by ruleset", http.StatusForbidden},
	3: {"network unreachable", http.StatusBadGateway},
	4: {"host unreachable", http.StatusBadGateway},
	5: {"connection refused", http.StatusBadGateway},
	6: {"TTL expired", http.StatusGatewayTimeout},
	7: {"command not supported", http.StatusForbidden},
	8: {"address type not supported", http.StatusForbidden},
}

func isSocks(proxy *url.URL) bool { return strings.HasPrefix(proxy.Scheme, "socks5") }

// requestSocks requests a connection to a target from a SOCKS5 proxy. It reads
// a fixed number of bytes of each answer, so that no byte of the tunnel is
// lost.
func requestSocks(p *attempt.Runner, conn net.Conn, proxy *url.URL, host string, port uint16, out *observation.Reply) error {
	if err := socksGreeting(p, conn, proxy, out); err != nil {
		return err
	}
	request, err := socksRequest(host, port)
	if err != nil {
		return err
	}
	if _, err := conn.Write(request); err != nil {
		return err
	}
	var head [4]byte // version, reply, reserved, type of address
	if err := readSocks(conn, head[:], socksVersion); err != nil {
		return err
	}
	if head[1] != 0 {
		reply, ok := socksReplies[head[1]]
		if !ok {
			reply.text, reply.status = fmt.Sprintf("reply %d", head[1]), http.StatusBadGateway
		}
		return socksRefusal(p, out, reply.status, reply.text)
	}
	length := 0
	switch head[3] {
	case socksIPv4:
		length = 4
	case socksIPv6:
		length = 16
	case socksName:
		var n [1]byte
		if _, err := io.ReadFull(conn, n[:]); err != nil {
			return err
		}
		length = int(n[0])
	default:
		return noSocks()
	}
	if _, err := io.ReadFull(conn, make([]byte, length+2)); err != nil { // and the port
		return err
	}
	out.At, out.Status, out.Socks = p.Clock().UTC(), http.StatusOK, "succeeded"
	return nil
}

// socksGreeting negotiates a method, and authenticates if the proxy requires
// it.
func socksGreeting(p *attempt.Runner, conn net.Conn, proxy *url.URL, out *observation.Reply) error {
	user := proxy.User.Username()
	password, _ := proxy.User.Password()
	greeting := []byte{socksVersion, 1, 0}
	if user != "" && len(user) <= 255 && len(password) <= 255 {
		greeting = []byte{socksVersion, 2, 0, socksPassword}
	}
	if _, err := conn.Write(greeting); err != nil {
		return err
	}
	var answer [2]byte
	if err := readSocks(conn, answer[:], socksVersion); err != nil {
		return err
	}
	switch {
	case answer[1] == 0:
		return nil
	case answer[1] == socksNoMethod:
		return socksRefusal(p, out, http.StatusProxyAuthRequired, "no acceptable methods")
	case answer[1] != socksPassword || len(greeting) == 3:
		return noSocks() // it was not offered
	}
	who := append([]byte{1, byte(len(user))}, user...)
	who = append(append(who, byte(len(password))), password...)
	if _, err := conn.Write(who); err != nil {
		return err
	}
	if err := readSocks(conn, answer[:], 1); err != nil {
		return err
	}
	if answer[1] != 0 {
		return socksRefusal(p, out, http.StatusProxyAuthRequired, "user and password are not accepted")
	}
	return nil
}

// socksRequest builds the request to connect to a target.
func socksRequest(host string, port uint16) ([]byte, error) {
	b := []byte{socksVersion, socksConnect, 0}
	switch a, err := observation.ParseAddress(host); {
	case err != nil && len(host) > 255:
		return nil, errors.New("the host's name is too long for SOCKS5")
	case err != nil:
		b = append(append(b, socksName, byte(len(host))), host...)
	case a.Is4():
		b = append(append(b, socksIPv4), a.AsSlice()...)
	default:
		b = append(append(b, socksIPv6), a.AsSlice()...)
	}
	return binary.BigEndian.AppendUint16(b, port), nil
}

// noSocks is the failure of a peer that answers, but not as a SOCKS5 proxy
// does.
func noSocks() error {
	return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindMalformed, Text: "what answers is no SOCKS5 proxy"}
}

// readSocks reads an answer, which begins with a version.
func readSocks(conn net.Conn, b []byte, version byte) error {
	if _, err := io.ReadFull(conn, b[:1]); err != nil {
		return err
	}
	if b[0] != version {
		return noSocks()
	}
	_, err := io.ReadFull(conn, b[1:])
	return err
}

// socksRefusal records why there is no tunnel.
func socksRefusal(p *attempt.Runner, out *observation.Reply, status int, text string) error {
	out.At, out.Status, out.Socks = p.Clock().UTC(), status, text
	return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus, Text: "SOCKS5: " + text}
}
