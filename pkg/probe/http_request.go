package probe

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// A request is the unsigned GET that is sent to a target. It changes nothing
// there, and AWS refuses it in a way that nobody else does. With `--signed`
// there are signed ones beside it.
type request struct {
	host string
	// path is as it stands in the request line, with its query.
	path string
	// upgrade asks for a WebSocket.
	upgrade bool
	// signed is what makes it a signed one. nil: nothing.
	signed *signature
}

// controlChannel is the path that the agent opens its control channel at
// (agent/session/service/service.go); no node has this name.
const controlChannel = "/v1/control-channel/ssmcheck?role=subscribe&stream=input"

// requestFor says what to ask a target: the root of an API, the public object
// of a bucket, or a bucket's first name where no object is known. The bucket is
// named in the path, as the agent's own downloads do, unless the host has it.
func requestFor(t endpoint.Target) request {
	r := request{host: t.Host, path: "/"}
	bucket := "/" + t.Bucket
	if t.VirtualHosted {
		bucket = ""
	}
	switch {
	case t.Bucket != "" && t.PublicKey != "":
		r.path = (&url.URL{Path: bucket + "/" + t.PublicKey}).EscapedPath()
	case t.Bucket != "":
		r.path = (&url.URL{Path: cmp.Or(bucket, "/")}).EscapedPath() + "?max-keys=1"
	}
	return r
}

// upgradeFor asks a target for a WebSocket as the agent does, unsigned.
func upgradeFor(t endpoint.Target) request {
	return request{host: t.Host, path: controlChannel, upgrade: true}
}

func (r request) String() string { return r.method() + " " + r.path }

func (r request) method() string {
	if r.signed != nil {
		return r.signed.method
	}
	return http.MethodGet
}
