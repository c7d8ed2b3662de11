package signed

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestSignature_hiddenInEachAttempt: a call and its repeat are signed apart.
func TestSignature_hiddenInEachAttempt(t *testing.T) {
	var sent []string
	s := &Signature{method: http.MethodGet, service: "s3", region: "us-east-2", now: func() time.Time { return time.Now().Add(time.Duration(len(sent)) * time.Hour) }}
	s.Use(Keys{id: "AKIAEXAMPLEEXAMPLE01", secret: "secretsecretsecret", token: ""})
	for range 2 {
		req, err := http.NewRequest(http.MethodGet, "https://"+probetest.FirstHost+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.sign(req); err != nil {
			t.Fatal(err)
		}
		_, signature, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
		sent = append(sent, signature)
	}
	var call observation.SignedCall
	call.First = attempt.FailureOf(observation.OpReply, errors.New("malformed: "+sent[0]))
	call.Failure = attempt.FailureOf(observation.OpReply, errors.New("malformed: "+sent[1]))
	s.Record(nil, &call)
	if strings.Contains(call.First.Text, sent[0]) || strings.Contains(call.Failure.Text, sent[1]) {
		t.Errorf("a signature is in %q or %q", call.First.Text, call.Failure.Text)
	}
}
