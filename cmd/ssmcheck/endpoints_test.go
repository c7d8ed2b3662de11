package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The list is that of the node on which it is made: its proxy, its agent's
// endpoints, its registration. And nothing is sent for it.
func TestEndpointsOfTheNode(t *testing.T) {
	for _, c := range []struct {
		scenario string
		args     []string
		want     string
	}{
		{"proxy-only", []string{"--region", "us-east-2"}, "the proxy http://"},
		{"proxy-auth", []string{"--region", "us-east-2"}, "the proxy http://"},
		{"agent-endpoint-override", []string{"--region", "us-east-2"}, "/etc/amazon/ssm/amazon-ssm-agent.json"},
		{"private-vpc", []string{"--region", "mx-central-1"}, "mx-central-1 has no ec2messages"},
	} {
		x := newTrial(t, c.scenario)
		x.want(t, x.run(t, append([]string{"endpoints"}, c.args...)...), 0)
		if flat := strings.Join(strings.Fields(x.stdout.String()), " "); !strings.Contains(flat, c.want) {
			t.Errorf("%s: %q is not told:\n%s", c.scenario, c.want, &x.stdout)
		}
		if n := x.dials.Load(); n > 0 {
			t.Errorf("%s: %d connections were opened", c.scenario, n)
		}
	}
}

// Where only instance metadata would tell the Region, it is not asked.
func TestEndpointsAskNoMetadata(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.getenv = func(string) string { return "" }
	x.want(t, x.run(t, "endpoints"), statusUsage)
	x.wantError(t, "Region", "--region NAME", "AWS_REGION", "instance metadata")
	if x.dials.Load() > 0 || x.stdout.Len() > 0 {
		t.Errorf("%d connections; standard output %q", x.dials.Load(), &x.stdout)
	}
}

// A registered node has its Region from there.
func TestEndpointsOfTheRegistration(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.getenv = func(string) string { return "" }
	x.prober.Files = fstest.MapFS{"var/lib/amazon/ssm/registration": {Data: []byte(`{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"eu-west-2"}`)}}
	x.want(t, x.run(t, "endpoints"), 0)
	if !strings.Contains(x.stdout.String(), "the agent's registration") || x.dials.Load() > 0 {
		t.Errorf("%d connections:\n%s", x.dials.Load(), &x.stdout)
	}
}

func TestEndpointsCannotWrite(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.system.stdout = brokenWriter{}
	x.want(t, x.run(t, "endpoints", "--region", "us-east-2"), statusUnfinished)
	if got, want := x.stderr.String(), "ssmcheck: cannot write to standard output: no space left on device\n"; got != want {
		t.Errorf("standard error %q, want %q", got, want)
	}
}
