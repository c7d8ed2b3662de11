package probetest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Made-up keys.
const (
	PlantedID     = "AKIAPLANTEDKEYID7XQ2"
	PlantedSecret = "pLaNtEdSeCrEt/wJalrXUtnFEMI+K7MDENGbPxRf"
	PlantedToken  = "IQoJplantedtoken//////////wEaCXVzLWVhc3QtMiJHMEUCIQDq+fakefakefake=="
)

func PlantedKeys(name string) string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": PlantedID, "AWS_SECRET_ACCESS_KEY": PlantedSecret, "AWS_SESSION_TOKEN": PlantedToken,
	}[name]
}

// HoldsNoSecret fails the test if a run's JSON contains eight consecutive characters of a
// planted key or of a signature that was sent.
func HoldsNoSecret(t *testing.T, o any, sent []*http.Request) {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{PlantedID, PlantedSecret, PlantedToken}
	for _, r := range sent {
		_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		texts = append(texts, signature)
	}
	for _, text := range texts {
		for i := 0; i+8 <= len(text); i++ {
			if piece := text[i : i+8]; bytes.Contains(b, []byte(piece)) {
				t.Fatalf("%q of a secret is in the report:\n%s", piece, b)
			}
		}
	}
}

func PlantedDocument(t *testing.T, code string, expires time.Time) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"Code": code, "Type": "AWS-HMAC", "AccessKeyId": PlantedID, "SecretAccessKey": PlantedSecret,
		"Token": PlantedToken, "Expiration": expires, "LastUpdated": expires.Add(-time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// KeysFile is a shared credentials file with the planted keys.
func KeysFile(section string) string {
	return "[" + section + "]\naws_access_key_id = " + PlantedID + "\nAWS_SECRET_ACCESS_KEY=" + PlantedSecret +
		"\naws_session_token = " + PlantedToken + " # a comment\n"
}
