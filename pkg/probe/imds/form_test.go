package imds

import (
	"context"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestMetadata_forms holds each form to the regular expression that says it.
func TestMetadata_forms(t *testing.T) {
	for _, test := range []struct {
		name       string
		is         func(string) bool
		expression string
	}{
		{"instance id", observation.IsInstanceID, `^i-[0-9a-f]{8,17}$`},
		{"VPC id", isVPCID, `^vpc-[0-9a-f]{8,17}$`},
		{"security group", isSecurityGroup, `^sg-[0-9a-f]{8,17}$`},
		{"MAC address", isMACAddress, `^[0-9a-f]{2}(:[0-9a-f]{2}){5}$`},
		{"zone", isZoneName, `^[a-z]{2,8}(-[a-z0-9]{1,16}){2,7}$`},
		{"role", isRoleName, `^[A-Za-z0-9+=,.@_-]{1,64}$`},
	} {
		form := regexp.MustCompile(test.expression)
		for _, s := range []string{
			"", "-", "i-", "i-0123abcd", "i-0123abc", "i-0123456789abcdef0", "i-0123456789abcdef01", "i-0123ABCD", "mi-0123abcd",
			"vpc-0123abcd", "vpc-0123abcd\n", "sg-0123abcd", "sg-0123abcg", "02:00:5e:00:53:01", "02:00:5e:00:53", "02:00:5e:00:53:01:02",
			"2:00:5e:00:53:01", "02:00:5E:00:53:01", "us-east-2b", "us-east", "us", "u-east-2b", "us-gov-west-1a", "us-east-1-wl1-bos-wlz-1",
			"us-west-2-lax-1a-a-b", "us-west-2-lax-1a-a-b-c", "us-west-2-lax-1a-a-b-c-d", "abcdefgh-east-2b", "us--east-2b", "us-east-2b-", "abcdefghi-east-2b", "us-East-2b", "us-0123456789abcdefg-2b",
			"us-0123456789abcdef-2b", "node-role", "a+=,.@_-Z9", "a role", "rôle", strings.Repeat("r", 64), strings.Repeat("r", 65), "<html>",
		} {
			if got, want := test.is(s), form.MatchString(s); got != want {
				t.Errorf("%s: %q: %t, want %t", test.name, s, got, want)
			}
		}
	}
}

// TestMetadata_connections: a dozen calls share six connections. One each would cost more; with
// fewer, calls wait too long if each answer takes half the limit.
func TestMetadata_connections(t *testing.T) {
	for name, takes := range map[string]time.Duration{"at once": 0, "slow": 480 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inner := &probetest.ImdsServer{Paths: probetest.HealthyIMDS()}
				p := runnerAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != tokenPath {
						time.Sleep(takes)
					}
					inner.ServeHTTP(w, r)
				}))
				var made atomic.Int32
				dial := p.Dial
				p.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					made.Add(1)
					return dial(ctx, network, address)
				}
				got := beginAsking(p, t.Context()).Wait(t.Context())
				if !got.Present() || got.VPCID == "" || got.Role != observation.Yes || len(got.SecurityGroups) == 0 {
					t.Errorf("metadata is not whole: %+v", got)
				}
				if n := made.Load(); n > 6 || n < 6 && takes > 0 { // at once, one may be free again sooner
					t.Errorf("%d connections, want 6", n)
				}
			})
		})
	}
}
