package lab

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestMisused: requests of IMDSv1 are reported.
func TestMisused(t *testing.T) {
	for _, c := range []struct {
		method, path string
		header       http.Header
		misused      bool
	}{
		{http.MethodPut, "/latest/api/token", nil, false},
		{http.MethodGet, "/latest/meta-data/mac", http.Header{"X-Aws-Ec2-Metadata-Token": {metadataToken}}, false},
		{http.MethodGet, "/latest/meta-data/mac", nil, true},
		{http.MethodPut, "/latest/meta-data/mac", nil, true},
	} {
		for _, answer := range []func(http.ResponseWriter, *http.Request) bool{nil, func(http.ResponseWriter, *http.Request) bool { return true }} {
			w := &World{Metadata: new(Metadata)}
			w.Metadata.Answer = answer
			q := httptest.NewRequest(c.method, c.path, nil)
			if c.header != nil {
				q.Header = c.header
			}
			w.Metadata.handler(w).ServeHTTP(httptest.NewRecorder(), q)
			if err := w.Misused(); (err != nil) != c.misused {
				t.Errorf("%s %s: %v", c.method, c.path, err)
			}
		}
	}
	if err := new(World).Misused(); err != nil {
		t.Error(err)
	}
}
