package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const endpointsDescription = `List the hosts and S3 buckets that this node must reach, by what they are for:
for a firewall's rules, and for the policy of a VPC endpoint. Nothing is sent;
the Region is that of --region, AWS_REGION, AWS_DEFAULT_REGION or the agent's
registration. What the agent's configuration on this node names is taken from
there.

The policy is a whole one, for a VPC endpoint for S3: it lets all nodes of the
VPC read the AWS-managed buckets of the Region (those of --for, where it is
given), and denies whatever else goes through the endpoint. Those of Distributor
are of older agents; a package of another owner may be in a bucket of theirs,
which you then add.`

// endpointFormats are the forms of the list.
var endpointFormats = []string{"text", "json", "csv", "markdown", "policy"}

// endpointFlags are those of the preflight's flags that decide what a node
// must reach.
var endpointFlags = []string{"region", "for", "endpoint", "bucket", "fips", "dualstack", "color"}

func (s system) endpointsCommand() *cobra.Command {
	o := new(options)
	var format string
	c := &cobra.Command{
		Use:   "endpoints [flags]",
		Short: "List what this node must reach (firewall, policy)",
		Long:  endpointsDescription,
		Example: "  ssmcheck endpoints --region me-south-1 --for all\n" +
			"  ssmcheck endpoints --region us-east-2 -o policy",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
	}
	given := o.some(endpointFlags...)
	c.RunE = func(c *cobra.Command, _ []string) error {
		// SSMCHECK_OUTPUT names formats of a report, and has no say here.
		if err := fromEnvironment(given, s.getenv); err != nil {
			return err
		}
		return s.endpoints(c.Context(), o, format)
	}
	for name, usage := range map[string]string{
		"region":    "AWS Region; else that of AWS_REGION,\nAWS_DEFAULT_REGION or the agent's registration",
		"for":       "what the list is for, or all (default\nrun-command,session-manager,agent-update; of a\npolicy all)",
		"bucket":    "at most 100 S3 buckets of your own, listed\nin addition to AWS's",
		"fips":      "list the FIPS names",
		"dualstack": "list the dual-stack names",
	} {
		given.Lookup(name).Usage = usage
	}
	c.Flags().SortFlags = false
	c.Flags().AddFlagSet(given)
	addForm(c, &format, endpointFormats, "text, json, csv, markdown or policy")
	return c
}

// endpoints lists what the node must reach.
func (s system) endpoints(ctx context.Context, o *options, format string) error {
	p := s.prober
	node := p.LookAtNode(ctx)
	name, from := s.chooseRegion(o, node.Node)
	if name == "" {
		return errors.New(noRegion(node.Node, "instance metadata is not asked: nothing is sent"))
	}
	region, err := endpoint.LookupRegion(name)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if format == "policy" && len(o.config.Capabilities) == 0 {
		o.config.Capabilities = endpoint.Capabilities() // a policy is for all that nodes do
	}
	o.config.Region, o.config.RegionFrom = name, from
	plan, err := probe.NewPlan(o.config, node)
	if _, ok := errors.AsType[*probe.EndpointError](err); ok {
		return fmt.Errorf("--endpoint: %w", err)
	} else if err != nil {
		return err
	}
	list := report.NewEndpoints(s.version, region, plan.Plan)
	if f := node.Agent.Config.Failure; f != nil && !f.Of(observation.KindAbsent, observation.KindSyntax) {
		why := "the agent's configuration was not read, and what it names is not in the list: " + f.Text
		list.Notes = append(list.Notes, why)
		if format == "csv" { // it has no place for it
			s.complain("incomplete: " + why)
		}
	}
	if format == "policy" && len(list.Buckets) == 0 {
		return errors.New("none of the capabilities reads a bucket; give --for agent-update, --for patch-manager or --bucket")
	}
	if format == "policy" || format == "csv" {
		for _, why := range list.Missing { // these forms have no place for it
			s.complain("incomplete: " + why)
		}
	}
	return s.show(o, func(w io.Writer, t report.TextOptions) error {
		switch format {
		case "json":
			return report.EndpointsJSON(w, list)
		case "csv":
			return report.EndpointsCSV(w, list)
		case "markdown":
			return report.EndpointsMarkdown(w, list)
		case "policy":
			return report.EndpointsPolicy(w, list)
		}
		return report.EndpointsText(w, list, t)
	})
}
