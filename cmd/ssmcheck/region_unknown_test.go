package main

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/syserr"
)

// TestRegionNotKnownInTime: a run whose time is over while metadata is asked for
// the Region is not finished: whether metadata would have named one is not
// known, as after a pause. Where metadata says no, the Region is a mistake of
// the command line.
func TestRegionNotKnownInTime(t *testing.T) {
	for _, test := range []struct {
		name   string
		silent bool
		status int
	}{
		{"silent until the deadline", true, statusUnfinished},
		{"refused", false, statusUsage},
	} {
		x := newTrial(t, "private-vpc")
		x.getenv = func(string) string { return "" }
		x.prober.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasPrefix(address, "169.254.169.254:") && test.silent {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syserr.Refused)}
		}
		x.want(t, x.run(t, "--deadline", "300ms"), test.status)
		if !strings.Contains(x.stderr.String(), "no Region: give --region NAME") {
			t.Errorf("%s: standard error %q", test.name, &x.stderr)
		}
	}
}
