package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
)

const fixDescription = `Print what to create or change to fix what was found: VPC endpoints, security
group rules, endpoint policies, nameserver, agent proxy and clock configuration.
Nothing is applied. Values that ssmcheck cannot know are variables, named after
what to fill in.

Without FILE, this node is checked first. With FILE, the fixes are for that
saved JSON report (-o json), which may come from another node. - reads standard
input.

Exit status: that of the run; 2 if FILE is not a report.`

const fixExamples = `  ssmcheck fix --as terraform >ssm.tf
  ssmcheck -o json=report.json; ssmcheck fix report.json
  ssmcheck fix report.json --dns unbound >/etc/unbound/unbound.conf.d/aws.conf`

// runFlags are the flags that affect a run. They have no effect on a saved
// report.
var runFlags = []string{
	"region", "for", "expect", "vpc-resolver", "nameserver", "proxy", "endpoint", "bucket",
	"ip-ranges", "private-cidr", "signed", "fips", "dualstack", "timeout", "deadline",
}

func (s system) fixCommand(status *int) *cobra.Command {
	o, fix := new(options), new(remedy.Options)
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.SortFlags = false
	f.Var(optionalChoice("LANGUAGE", &fix.As, toStrings(remedy.Languages())...), "as",
		"cli (AWS CLI commands, the default), terraform\nor cloudformation")
	f.Var(optionalChoice("SERVER", &fix.DNS, toStrings(remedy.Nameservers())...), "dns",
		"configuration for bind, unbound, dnsmasq,\nwindows or route53; without --as, only that")
	f.AddFlagSet(o.some(append(runFlags, "strict", "quiet")...))
	f.Lookup("quiet").Usage = "print no progress"
	return s.subcommand(&cobra.Command{
		Use:     "fix [flags] [FILE]",
		Short:   "Print the fixes as code or commands",
		Long:    fixDescription,
		Example: fixExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return errors.New("more than one file; give one report, or none to check this node")
			}
			return nil
		},
	}, status, f, func(ctx context.Context, args []string) (int, error) {
		if err := rejectRunFlags(f, args); err != nil {
			return 0, err
		}
		return s.fix(ctx, o, fix, args)
	})
}

// rejectRunFlags rejects flags that have no effect on a saved report.
func rejectRunFlags(f *pflag.FlagSet, args []string) error {
	if len(args) == 0 {
		return nil
	}
	for _, name := range runFlags {
		if f.Changed(name) {
			return fmt.Errorf("--%s: has no effect on %s, the report of an earlier run; give the flag to that run", name, args[0])
		}
	}
	return nil
}

// fix prints the fixes for a saved run, or for one that it makes.
func (s system) fix(ctx context.Context, o *options, fix *remedy.Options, args []string) (int, error) {
	result, err := s.runOrLoad(ctx, o, args)
	if err != nil {
		return 0, err
	}
	fix.Bare = fix.As == ""
	var b bytes.Buffer
	if err := remedy.Write(&b, remedy.New(result.report, result.observed), *fix); err != nil {
		return 0, unfinished(err)
	}
	if _, err := s.stdout.Write(b.Bytes()); err != nil {
		return 0, unfinished(fmt.Errorf("cannot write to standard output: %w", systemReason(err)))
	}
	if result.report.Interrupted {
		s.printError("interrupted; these fixes cover only what was found until then")
	}
	return result.report.ExitStatus(o.strict), nil
}

// runOrLoad checks this node, or loads a saved run and judges it again.
func (s system) runOrLoad(ctx context.Context, o *options, args []string) (*runResult, error) {
	if len(args) == 0 {
		l, err := s.runOnce(ctx, o, nil)
		if err == nil && l.observed.Plan.Region == "" {
			err = unfinished(errors.New("interrupted before the Region was found"))
		}
		return l, err
	}
	saved, err := s.loadReport(ctx, args[0])
	if err != nil {
		return nil, err
	}
	return &runResult{saved.Observations, diagnose.Judge(saved.Observations)}, nil
}
