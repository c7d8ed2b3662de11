package probe_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// What a run will ask is decided before anything is sent.
func ExampleNewPlan() {
	config := probe.Config{Region: "us-east-2", RegionFrom: "the example", Capabilities: []endpoint.Capability{endpoint.SessionManager}}
	n := observation.Node{Kind: observation.NodeEC2} // the real one: Prober.InspectNode
	plan, err := probe.NewPlan(config, node.Local{Node: n})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range plan.Targets {
		fmt.Println("target", t.Name, t.Host, t.Port)
	}
	for _, s := range plan.Servers {
		fmt.Println("nameserver", s.Address, s.Role)
	}
	// Output:
	// target ssm ssm.us-east-2.amazonaws.com 443
	// target ssmmessages ssmmessages.us-east-2.amazonaws.com 443
	// nameserver 169.254.169.253:53 vpc
}

// Observe records what the node sees, and judges nothing. The example's network is a small one on
// loopback, where nothing listens at the addresses of ssm; the zero Prober uses the real network.
func ExampleProber_Observe() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), probe.DefaultDeadline, probe.ErrDeadline)
	defer cancel()
	p := labProber(ctx, "connection-refused") // of the real node: new(probe.Prober)

	node := p.InspectNode(ctx)
	plan, err := probe.NewPlan(probe.Config{
		Region: "us-east-2", RegionFrom: "the example",
		Capabilities: []endpoint.Capability{endpoint.SessionManager},
		Timeout:      observation.Elapsed(10 * time.Second), // of one attempt
	}, node)
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := p.Observe(ctx, plan, node, nil, nil)

	fmt.Println(seen.Ending)
	for _, t := range seen.Targets {
		for _, a := range t.Addresses {
			if failure := a.Failure(); failure != nil {
				fmt.Println(t.Name, a.Class, a.Address, failure.Op, failure.Kind)
				continue
			}
			fmt.Println(t.Name, a.Class, a.Address, a.Handshake.Version, a.Reply.Status)
		}
	}
	// Output:
	// complete
	// ssm private 10.0.1.101 connect refused
	// ssm private 10.0.3.101 connect refused
	// ssmmessages private 10.0.1.102 TLS 1.3 404
	// ssmmessages private 10.0.3.102 TLS 1.3 404
}

// labProber returns a Prober in a scenario of the lab.
func labProber(ctx context.Context, name string) *probe.Prober {
	scenario, ok := scenarios.Find(name)
	if !ok {
		panic("the lab has no scenario " + name)
	}
	p, err := lab.Mapped(ctx, scenario)
	if err != nil {
		panic(err)
	}
	return p
}
