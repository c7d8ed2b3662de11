package scenarios

import (
	"slices"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// bucketScenarios are the worlds in which the name of a bucket matters.
func bucketScenarios() []Scenario {
	const logs, dotted, packages = "logs-of-ours", "logs.of.ours", "us-east-2-birdwatcher-prod"
	hold := func(buckets ...string) Fault {
		return onEdges(func(e *Edge) { e.Buckets.Closed = slices.Concat(e.Buckets.Closed, buckets) }, "s3")
	}
	oldAgent := withAgent(Agent{Version: "3.3.337.0"})
	return []Scenario{
		{
			Name: "own-bucket-no-wildcard", Title: "a private zone for S3 has no record for the buckets in it, and one of the user's own buckets is required",
			Base: S3Interface, Faults: []Fault{hold(logs), noWildcard("s3")}, Args: []string{"--bucket", logs},
			Want: fails("dns-name-missing", "s3:"+logs),
		},
		{
			Name: "own-bucket-dot", Title: "the same, and the bucket has a dot in its name, which the agent names in the path",
			Base: S3Interface, Faults: []Fault{hold(dotted), noWildcard("s3")}, Args: []string{"--bucket", dotted},
			Want: passes(),
		},
		{
			Name: "own-bucket-agent-endpoint-gone", Title: "the agent's configuration names a host of S3 that is gone, for the user's own buckets only",
			Base:   PrivateVPC,
			Faults: []Fault{hold(logs), withAgent(Agent{Config: `{"S3": {"Endpoint": "bucket.vpce-0old.s3.us-east-2.vpce.amazonaws.com"}}`})},
			Args:   []string{"--bucket", logs},
			Want:   fails("dns-name-missing", "s3:"+logs),
		},
		{
			Name: "own-bucket-blocked", Title: "S3 is not reached, and one of the user's own buckets is all that is required of it",
			Base: S3Interface, Faults: []Fault{hold(logs), blockEndpoints(Drop, "s3")},
			Args: []string{"--for", "session-manager", "--bucket", logs},
			Want: fails("endpoint-blocked", "s3:"+logs),
		},
		{
			Name: "fips-bucket", Title: "the FIPS name of one of the user's own buckets",
			Base: NATPublic, Faults: []Fault{withFIPS, hold(logs)}, Args: []string{"--fips", "--bucket", logs},
			Want: passes(),
		},
		{
			Name: "fips-bucket-dot", Title: "a bucket with a dot in its name has no FIPS name",
			Base: NATPublic, Faults: []Fault{withFIPS, hold(dotted)}, Args: []string{"--fips", "--bucket", dotted},
			Want: Want{Verdict: diagnose.Warn, Status: 0},
		},
		{
			Name: "distributor", Title: "Distributor is requested, and the buckets of older agents are not there",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{})}, Args: []string{"--for", "distributor"},
			Want: passes(),
		},
		{
			Name: "distributor-old-agent", Title: "Distributor with an agent before 3.3.551.0, and its bucket is there",
			Base: PrivateVPC, Faults: []Fault{oldAgent, hold(packages)}, Args: []string{"--for", "distributor"},
			Want: passes(),
		},
		{
			Name: "distributor-bucket-missing", Title: "Distributor with an agent before 3.3.551.0 in a Region without its bucket",
			Base: PrivateVPC, Faults: []Fault{oldAgent}, Args: []string{"--for", "distributor"},
			Want: fails("s3-bucket-missing", "s3:"+packages),
		},
	}
}

// noWildcard removes the names of buckets below a host of S3: a private zone with only
// the host's own record.
func noWildcard(service string) Fault {
	return func(w *World) { delete(w.Names, "*."+w.Host(service)) }
}

// agentNameScenarios are the worlds in which the agent's configuration determines the
// names it uses.
func agentNameScenarios() []Scenario {
	const dual = `{"Agent": {"UseDualStackEndpoint": true}}`
	const logsGone = `{"CloudWatchLogs": {"Endpoint": "vpce-0old-logs.us-east-2.vpce.amazonaws.com", "Region": "us-east-2"}}`
	logs := []string{"--for", "cloudwatch-logs"}
	return []Scenario{
		{
			Name: "agent-dualstack", Title: "the agent's configuration asks for the dual-stack names, and the plain ones lead nowhere",
			Base: NATPublic, Faults: []Fault{
				withDualStack, withAgent(Agent{Version: "3.3.3270.0", Config: dual}),
				blockPublic(Drop, "ssm", "ssmmessages", "ec2messages"), reachable("ssm.us-east-2.api.aws", "ssmmessages.us-east-2.api.aws", "ec2messages.us-east-2.api.aws"),
			},
			Want: passes(),
		},
		{
			Name: "agent-dualstack-missing", Title: "the agent's configuration asks for the dual-stack names, and the nameserver knows the plain ones alone",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Version: "3.3.3270.0", Config: dual})},
			Want: fails("dns-name-missing", "ssm", "ssmmessages"),
		},
		{
			Name: "agent-logs-endpoint-gone", Title: "the agent's configuration names a host for logs that does not exist any more",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Version: "3.3.2958.0", Config: logsGone})}, Args: logs,
			Want: fails("dns-name-missing", "logs"),
		},
		{
			Name: "agent-logs-endpoint-old", Title: "the same, and the agent is too old to read it",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Version: "3.3.1142.0", Config: logsGone})}, Args: logs,
			Want: passes(),
		},
	}
}

// reachable lets packets to the public addresses of names pass.
func reachable(names ...string) Fault {
	return func(w *World) {
		for _, n := range names {
			for _, a := range w.Names[n].Public {
				onWay(w, Way{To: single(a)})
			}
		}
	}
}
