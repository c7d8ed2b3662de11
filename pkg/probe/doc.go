// Package probe records what a node sees of the endpoints that Systems
// Manager needs: answers, addresses, connections, handshakes and replies, each with
// its time and, if it failed, the kind of failure.
//
// A run has four steps; the last one is in another package:
//
//	var p probe.Prober                     // the zero value is the real node and network
//	node := p.InspectNode(ctx)             // reads files, sends nothing
//	job, err := probe.NewPlan(config, node) // decides what will be asked, sends nothing
//	seen := p.Observe(ctx, job, node, nil, nil)
//	report := diagnose.Judge(seen)         // package diagnose
//
// A [Config] needs only a Region: [ChooseRegion] finds one in the environment or
// in the agent's registration, and [Prober.StartMetadata] asks instance metadata.
// Bound ctx by [DefaultDeadline] with [ErrDeadline] as its cause, as the example
// of [Prober.Observe] does.
//
// It plans a run and carries the plan out. Each stage has its own package (attempt,
// dnsquery, handshake, reply, tunnel, imds, signed), and so has what the machine knows
// about itself (node, agent, service). The package judges nothing: it knows no causes, no
// severities and no verdicts, and it does not print. It changes nothing on the node and
// sends no request that changes anything.
package probe
