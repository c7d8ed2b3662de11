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

const endpointsDescription = `List the hosts and S3 buckets that this node must reach and what each is for, to
write firewall rules or a VPC endpoint policy. Nothing is sent. The Region comes
from --region, AWS_REGION, AWS_DEFAULT_REGION or the agent's registration. Hosts
set in the agent's configuration on this node are used.

-o policy prints a complete policy for the S3 VPC endpoint: it allows all nodes
of the VPC to read the Region's AWS-managed buckets (with --for, only the ones
for those capabilities) and denies everything else that uses the endpoint. The
Distributor buckets are for older agents. Packages published by others may be in
buckets of their own; add those yourself.`

// endpointFormats are the values of --output.
var endpointFormats = []string{"text", "json", "csv", "markdown", "policy"}

// endpointFlags are the preflight flags that affect what a node must reach.
var endpointFlags = []string{"region", "for", "endpoint", "bucket", "fips", "dualstack", "color"}

func (s system) endpointsCommand(status *int) *cobra.Command {
	o := new(options)
	var format string
	given := o.some(endpointFlags...)
	c := s.subcommand(&cobra.Command{
		Use:   "endpoints [flags]",
		Short: "List the hosts and buckets this node must reach",
		Long:  endpointsDescription,
		Example: "  ssmcheck endpoints --region me-south-1 --for all\n" +
			"  ssmcheck endpoints --region us-east-2 -o policy",
		Args: noArguments,
	}, status, given, func(ctx context.Context, _ []string) (int, error) {
		return 0, s.endpoints(ctx, o, format)
	})
	for name, usage := range map[string]string{
		"region":    "AWS Region (default: AWS_REGION,\nAWS_DEFAULT_REGION, the agent's registration)",
		"for":       "what the node must do, or all (default\nrun-command,session-manager,agent-update; for\n-o policy: all)",
		"bucket":    "S3 buckets of your own to add, at most 100",
		"fips":      "list the FIPS names",
		"dualstack": "list the dual-stack names",
	} {
		given.Lookup(name).Usage = usage
	}
	addFormatFlag(c, &format, endpointFormats, "text, json, csv, markdown or\npolicy")
	return c
}

// endpoints prints what the node must reach.
func (s system) endpoints(ctx context.Context, o *options, format string) error {
	p := s.prober
	node := p.InspectNode(ctx)
	name, from := s.chooseRegion(o, node.Node)
	if name == "" {
		return errors.New(noRegion(node.Node, "instance metadata is not queried, because this command sends nothing"))
	}
	region, err := endpoint.LookupRegion(name)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if format == "policy" && len(o.config.Capabilities) == 0 {
		o.config.Capabilities = endpoint.Capabilities() // a policy serves every node of the VPC
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
		why := "the agent's configuration could not be read, so hosts set there are missing from the list: " + f.Text
		list.Notes = append(list.Notes, why)
		if format == "csv" { // has no room for notes
			s.printError("incomplete: " + why)
		}
	}
	if format == "policy" && len(list.Buckets) == 0 {
		return errors.New("none of these capabilities reads a bucket; give --for agent-update, --for patch-manager or --bucket")
	}
	if format == "policy" || format == "csv" {
		for _, why := range list.Missing { // these formats have no room for notes
			s.printError("incomplete: " + why)
		}
	}
	return s.print(o, func(w io.Writer, t report.TextOptions) error {
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
