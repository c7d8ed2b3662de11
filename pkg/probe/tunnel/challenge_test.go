package tunnel

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOfferedSchemes(t *testing.T) {
	for _, test := range []struct {
		header []string
		want   []string
	}{
		{[]string{"Negotiate", "NTLM"}, []string{"Negotiate", "NTLM"}},
		{[]string{`Basic realm="proxy, the one", charset="UTF-8", negotiate`}, []string{"Basic", "Negotiate"}},
		{[]string{`Digest realm = "a \" , NTLM", nonce=x, qop = "auth"`, "ntlm TlRMTVNTUAAC=="}, []string{"Digest", "NTLM"}},
		{[]string{"Secret-of-the-proxy x", "another"}, []string{"another"}},
		{[]string{"", ",,", `"Basic"`, "=x"}, nil},
		{nil, nil},
	} {
		if diff := cmp.Diff(test.want, offeredSchemes(http.Header{"Proxy-Authenticate": test.header})); diff != "" {
			t.Errorf("%q (-want +got)\n%s", test.header, diff)
		}
	}
}
