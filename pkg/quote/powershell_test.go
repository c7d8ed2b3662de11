package quote_test

import (
	"slices"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// TestPowerShellPasses: of what PowerShellPasses says to be passed on as it is, every
// version makes the same arguments, and of no other word. No PowerShell was asked: the
// rules are those of a parser of ours.
func TestPowerShellPasses(t *testing.T) {
	words := []string{
		"", " ", "a", "a b", `a"b`, `a "b`, `"`, `a\`, `a b\`, `a b\\`, `a\b c`, `\\h\a b`, "it's", "''", "$(id)", "`id`", "$HOME", "a;b", "a|b", "a&b", "@a", "#a", ",", "a,b",
		"1e5", "0x10", "1kb", "10.0.0.2", "fd00::2", "[fd00::2]:443", "-rf", "--", "--%", "-a.b", "-a:b", "*", "%PATH%", "{a}", "(a)", "HTTP %{http_code}\\n", "Key=InstanceIds,Values=i-1",
		"https://h/p?a=1&b", `C:\Program Files\x`, "X-a: b",
	}
	for c := ' '; c <= '~'; c++ {
		words = append(words, "a"+string(c)+"b", string(c), string(c)+"a b")
	}
	for _, w := range words {
		calls, err := probetest.ReadPowerShell("curl.exe " + quote.PowerShellWord(w) + " end")
		if err != nil || len(calls) != 1 || !slices.Equal(calls[0], []string{"curl.exe", w, "end"}) {
			t.Errorf("%q: PowerShell reads %q, %v", w, calls, err)
			continue
		}
		passed := true
		for _, got := range probetest.PowerShellPasses(calls[0][1:]) {
			passed = passed && slices.Equal(got, []string{w, "end"})
		}
		if got := quote.PowerShellPasses(w); got != passed {
			t.Errorf("%q: PowerShellPasses says %v; the versions pass %q", w, got, probetest.PowerShellPasses(calls[0][1:]))
		}
	}
}
