package reply

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Request is the unsigned GET sent to a target. It changes nothing there, and
// AWS refuses it in a way that no other server does. With `--signed`, signed ones
// are sent in addition.
type Request struct {
	Host string
	// Path is as in the request line, with its query.
	Path string
	// Upgrade asks for a WebSocket.
	Upgrade bool
	// Method is the HTTP method. Empty: GET.
	Method string
	// Prepare changes the request before it is sent: it signs it. nil: no change.
	Prepare func(*http.Request) error
	// Distrusts says why the request must not be sent on a connection. Empty: it may be.
	// nil: it may be sent on any.
	Distrusts func(*observation.Handshake) string
}

// controlChannel is the path where the agent opens its control channel
// (agent/session/service/service.go); no node has this name.
const controlChannel = "/v1/control-channel/ssmcheck?role=subscribe&stream=input"

// RequestFor returns what to request from a target: the root of an API, a
// bucket's public object, or the first key of a bucket's listing if no object
// is known. The bucket is named in the path, as the agent's own downloads do,
// unless it is part of the host name.
func RequestFor(t endpoint.Target) Request {
	r := Request{Host: t.Host, Path: "/"}
	bucket := "/" + t.Bucket
	if t.VirtualHosted {
		bucket = ""
	}
	switch {
	case t.Bucket != "" && t.PublicKey != "":
		r.Path = (&url.URL{Path: bucket + "/" + t.PublicKey}).EscapedPath()
	case t.Bucket != "":
		r.Path = (&url.URL{Path: cmp.Or(bucket, "/")}).EscapedPath() + "?max-keys=1"
	}
	return r
}

// UpgradeFor requests a WebSocket from a target as the agent does, but
// unsigned.
func UpgradeFor(t endpoint.Target) Request {
	return Request{Host: t.Host, Path: controlChannel, Upgrade: true}
}

func (r Request) String() string { return cmp.Or(r.Method, http.MethodGet) + " " + r.Path }
