package fleet_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
)

// A directory of reports, and the causes that explain its failing nodes, the
// largest first.
func ExampleRoll() {
	roll := fleet.NewRoll(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)) // of a real fleet: time.Now()
	if err := roll.Read(context.Background(), []string{"../../testdata/fleet"}, nil); err != nil {
		fmt.Println("interrupted:", err) // what was read until then counts
	}
	r := roll.Rollup(fleet.Options{})

	fmt.Printf("%d of %d nodes fail\n", r.Verdicts.Fail, r.Verdicts.Nodes)
	for _, c := range r.Causes {
		if c.Failing > 0 && c.Object != nil {
			fmt.Printf("%s: %s %s, %d nodes\n", c.Code, c.Object.Kind, c.Object.ID, c.Failing)
		}
	}
	for _, p := range r.Problems {
		fmt.Println("not used:", p.Kind, p.Count)
	}
	// Output:
	// 501 of 999 nodes fail
	// dns-forwarder-broken: nameserver 10.200.0.53, 399 nodes
	// endpoint-blocked: endpoint com.amazonaws.us-east-2.ssmmessages 10.2.1.102 10.2.3.102, 100 nodes
	// not used: damaged 1
}

// What changed at a node since yesterday.
func ExampleCompare() {
	const report = `{"schema":"ssmcheck.report/v1","started_at":"2026-11-%dT12:00:00Z","verdict":"%s","node":{"instance_id":"i-0a1b2c3d4e5f60718"},"findings":[%s]}`
	roll := func(text string) *fleet.Rollup {
		roll := fleet.NewRoll(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
		_ = roll.Read(context.Background(), []string{fleet.StandardInput}, strings.NewReader(text))
		return roll.Rollup(fleet.Options{})
	}
	d := fleet.Compare(
		roll(fmt.Sprintf(report, 28, "pass", "")),
		roll(fmt.Sprintf(report, 29, "fail", `{"code":"endpoint-blocked","severity":"error"}`)),
	)

	for _, n := range d.Changed {
		fmt.Println(n.ID, n.Old, n.New)
	}
	for _, c := range d.Begun {
		fmt.Println("new:", c.Code)
	}
	fmt.Println("worse:", d.Worse())
	// Output:
	// i-0a1b2c3d4e5f60718 pass fail
	// new: endpoint-blocked
	// worse: true
}
