package report_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzRedact puts a name that is known, and one that nobody knows, between any
// texts: the first is replaced wherever it stands as a word, the other in all
// that comes from outside.
func FuzzRedact(f *testing.F) {
	const known, unknown = "zqvwkproxy", "zqbcdfirma"
	for _, s := range [][2]string{
		{"lookup ", ": no such host"}, {"http://user:pw@", ":3128/"}, {`"\n`, `\\jdoe"`}, {"buckets a, b and ", " and c"}, {"instance role ", ",.,"},
		{"arn:aws:iam::123456789012:role/a/", "/b"}, {"00:11:22:33:44:55 ", "@x"}, {"fd00::1%", "]:53"}, {"https://s3.us-east-2.amazonaws.com/", "/k"},
		{`DOM\`, ""}, {"a.", ".s3.amazonaws.com"}, {"vpce-0123456789abcdef0-", "-us-east-2a"}, {"ip-10-0-0-1.", ".in-addr.arpa"}, {"ü", "ß"}, {`\x1`, `\`}, {"://", "@"},
	} {
		f.Add(s[0], s[1])
	}
	d := healthy()
	o := d.Observations
	o.Node.Proxy.HTTPS = "http://" + known + ":3128"
	reply := o.Targets[0].Addresses[0].Reply
	f.Fuzz(func(t *testing.T, before, after string) {
		last, _ := utf8.DecodeLastRuneInString(before + " "[:max(0, 1-len(before))])
		first, _ := utf8.DecodeRuneInString(after + " ")
		// A longer word is another one.
		for _, r := range []rune{last, first} {
			if r == utf8.RuneError || unicode.In(r, unicode.L, unicode.M, unicode.N) || r == '_' {
				return
			}
		}
		note(d, before+known+after)
		reply.Body = before + unknown + after
		reply.Location, o.Targets[0].Addresses[0].From = reply.Body, []string{reply.Body}
		out := redacted(t, d)
		for _, text := range []string{noteOf(out), out.Observations.Targets[0].Addresses[0].Reply.Body, out.Observations.Targets[0].Addresses[0].From[0]} {
			if strings.Contains(text, known) && !strings.Contains(before+after, known) || strings.Contains(text, unknown) && !strings.Contains(before+after, unknown) {
				t.Errorf("%q", text)
			}
		}
	})
}
