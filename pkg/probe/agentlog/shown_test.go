package agentlog

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
)

// Wherever a record or a value is cut, no part of a password or key is left that is no longer
// recognisable as one.
func TestRead_cutWords(t *testing.T) {
	const secret = "SeCrEtPaSsWoRd"
	for _, text := range []string{
		"http://svc:" + secret + "@proxy.corp.example:3128 is refused",
		"http://svc:" + secret + " " + secret + "@proxy.corp.example:3128 is refused",
		"the key AKIDEXAMPLE" + strings.Repeat("q", 40) + " is refused",
		"svc:" + secret + "@proxy is refused",
	} {
		for _, frame := range []string{" ERROR [MGSInteractor] Error setting up control channel: ", " ERROR x proxyconnect tcp: ", " ERROR x lookup "} {
			line := day + "01:00:00" + frame
			for n := range len(text) {
				for name, data := range map[string]string{
					"the log ends":     line + text[:n],
					"the record ends":  day + "01:00:00 ERROR " + strings.Repeat("x", maxRecord-len(frame)-n) + frame + text + "\n",
					"the excerpt ends": line + strings.Repeat("x ", n) + text + "\n",
					"a NUL":            line + text[:n] + "\x00" + text[n:] + "\n",
				} {
					b, err := json.Marshal(look(raw(data)))
					if err != nil {
						t.Fatal(err)
					}
					for _, bad := range []string{secret[:3], "AKIDEX"} {
						if strings.Contains(string(b), bad) {
							t.Fatalf("%s, %d bytes of %q: %s", name, n, text, b)
						}
					}
				}
			}
		}
	}
}

// raw returns a node with exactly this main log.
func raw(data string) fstest.MapFS { return fstest.MapFS{mainLog: {Data: []byte(data)}} }
