package observation

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestUnsettled_namesTheStatus(t *testing.T) {
	for status := 500; status < 600; status++ {
		want := strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
		if got := (Stages{Reply: &Reply{Status: status}}).Unsettled(); got == nil || got.Text != want {
			t.Errorf("%d: %v, want %q", status, got, want)
		}
	}
}
