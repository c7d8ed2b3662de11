package diagnose

import (
	"regexp"
	"strings"
	"testing"
)

// quotedWords are the words in single quotes of PowerShell, of which none has one.
var quotedWords = regexp.MustCompile(`'([^']*)'`)

// TestServiceEnvironmentStays: what the agent's service has besides the proxy stays, and
// no text from outside is two variables.
func TestServiceEnvironmentStays(t *testing.T) {
	const evil = `\0https_proxy=http://evil.example.com:1`
	w := healthy()
	w.Node.OS = "windows"
	w.Node.Agent.Hello.GODEBUG = "tlsmlkem=0" + evil
	w.Node.Proxy.No = "10.0.0.0/8," + evil
	_, code, _ := strings.Cut(newFacts(w.Observations).setProxy("http://10.9.0.8:3128", nil)[0], "`")
	if strings.Contains(code, "reg.exe") || !strings.Contains(code, "($others + ") {
		t.Errorf("it replaces the other variables: %s", code)
	}
	_, list, _ := strings.Cut(code, "-Value ")
	var names []string
	for _, word := range quotedWords.FindAllStringSubmatch(list, -1) {
		name, _, _ := strings.Cut(word[1], "=")
		names = append(names, name)
	}
	if got := strings.Join(names, " "); got != "https_proxy http_proxy no_proxy" {
		t.Errorf("it sets %s: %s", got, code)
	}
}
