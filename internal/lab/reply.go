package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// The request ids have the form of those of AWS's APIs and of S3.
const (
	RequestID       = "8d3c7f52-4d0b-4c0e-9a55-1f6f0e2c7a10"
	bucketRequestID = "4442587FB7D0A2F9"
)

// edgeHandler answers requests as the service behind an edge does.
func (r *running) edgeHandler(e *Edge) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Date", time.Now().Add(r.world.Clock).UTC().Format(http.TimeFormat))
		upgrade := websocket(q)
		f := e.HTTP
		switch {
		case f.Silent, upgrade && f.DropUpgrade:
			hijack(w, WaitForEnd)
		case upgrade && f.ResetUpgrade:
			hijack(w, cut)
		case f.Speak != nil:
			hijack(w, func(c net.Conn) { f.Speak(c, q) })
		case f.Garbage:
			hijack(w, func(c net.Conn) { _, _ = io.WriteString(c, "\x00\x1b[31mwho is there?\r\n\r\n") })
		case f.Page != "":
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(max(f.Status, http.StatusOK))
			_, _ = io.WriteString(w, f.Page)
		case f.Refuses != nil && signed(q):
			refuse(w, e, f.Refuses)
		case e.Buckets != nil:
			e.Buckets.serve(w, q, r.world, f.Status)
		default:
			serveAPI(w, q, f.Status)
		}
	})
}

// websocket reports whether a request asks for a WebSocket.
func websocket(q *http.Request) bool { return strings.EqualFold(q.Header.Get("Upgrade"), "websocket") }

// hijack hands the connection of a request to f, and then closes it.
func hijack(w http.ResponseWriter, f func(net.Conn)) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		defer c.Close()
		f(c)
	}
}

// signed reports whether a request has a signature. The lab accepts any.
func signed(q *http.Request) bool {
	return strings.HasPrefix(q.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
}

// refuse answers a signed request like a service that does not allow it.
func refuse(w http.ResponseWriter, e *Edge, r *Refusal) {
	if e.Buckets != nil {
		w.Header().Set("x-amz-request-id", bucketRequestID)
		s3Error(w, r.Status, r.Code, r.Message)
		return
	}
	w.Header().Set("x-amzn-RequestId", RequestID)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(r.Status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": r.Code, "Message": r.Message})
}

// serveAPI answers a request as an API of AWS does.
func serveAPI(w http.ResponseWriter, q *http.Request, status int) {
	h := w.Header()
	h.Set("x-amzn-RequestId", RequestID)
	switch {
	case status != 0:
		h.Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"__type":"InternalServerError"}`)
	case signed(q):
		h.Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, `{"Document":{"Name":"AWS-RunShellScript","Owner":"Amazon"}}`)
	case websocket(q):
		h.Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"Missing Authentication Token"}`)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<UnknownOperationException/>\n")
	}
}

// s3Error answers as S3 does.
func s3Error(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId></Error>", code, message, bucketRequestID)
}
