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

const fixDescription = `Print what to create or change so that the causes go away: VPC endpoints,
security group rules, endpoint policies, the configuration of nameservers, of
the agent's proxy and of the clock. It applies nothing. What the run cannot
know is a variable whose name says what to put.

Without a FILE it looks at this node; with one it reads a report that ssmcheck
wrote with -o json, perhaps on another node. - is standard input.

Exit status: that of the run; 2 where the file is no report.`

const fixExamples = `  ssmcheck fix --as terraform >ssm.tf
  ssmcheck -o json=report.json; ssmcheck fix report.json
  ssmcheck fix report.json --dns unbound >/etc/unbound/unbound.conf.d/aws.conf`

// lookingFlags are the flags of a look at this node, which a saved report has
// behind it.
var lookingFlags = []string{
	"region", "for", "expect", "vpc-resolver", "nameserver", "proxy", "endpoint", "bucket",
	"ip-ranges", "private-cidr", "signed", "fips", "dualstack", "timeout", "deadline",
}

// fixOptions are the options of fix alone.
type fixOptions struct{ as, dns string }

func (s system) fixCommand(status *int) *cobra.Command {
	o, fix := new(options), new(fixOptions)
	c := &cobra.Command{
		Use:     "fix [flags] [FILE]",
		Short:   "Print what to create or change",
		Long:    fixDescription,
		Example: fixExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return errors.New("several files; give one report, or none to look at this node")
			}
			return nil
		},
		DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if err := onlyOfALook(c.Flags(), args); err != nil {
				return err
			}
			if err := fromEnvironment(c.Flags(), s.getenv); err != nil {
				return err
			}
			*status, err = s.fix(c.Context(), o, fix, args)
			return err
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.Var(oneWord("LANGUAGE", &fix.as, remedy.Languages()), "as",
		"cli (AWS CLI, the default), terraform or\ncloudformation")
	f.Var(oneWord("SERVER", &fix.dns, remedy.Nameservers()), "dns",
		"bind, unbound, dnsmasq, windows or route53;\nwithout --as its configuration alone")
	f.AddFlagSet(o.some(append(lookingFlags, "strict", "quiet")...))
	f.Lookup("quiet").Usage = "tell nothing of how far the look is"
	return c
}

// oneWord makes a flag that is one of a few words, or not given.
func oneWord[T ~string](kind string, into *string, words []T) *value {
	all := plainWords(words)
	return &value{kind: kind, set: func(s string) error {
		if err := oneOf(s, all...); err != nil {
			return err
		}
		*into = s
		return nil
	}}
}

// onlyOfALook refuses a flag that a saved report cannot heed.
func onlyOfALook(f *pflag.FlagSet, args []string) error {
	if len(args) == 0 {
		return nil
	}
	for _, name := range lookingFlags {
		if f.Changed(name) {
			return fmt.Errorf("--%s: %s is the report of a run that was made; give the flag to that run", name, args[0])
		}
	}
	return nil
}

// fix prints the remedy of a run: of a saved one, or of one that it makes.
func (s system) fix(ctx context.Context, o *options, fix *fixOptions, args []string) (int, error) {
	seen, err := s.lookOrRead(ctx, o, args)
	if err != nil {
		return 0, err
	}
	var b bytes.Buffer
	err = remedy.Write(&b, remedy.New(seen.judged, seen.seen), remedy.Options{
		As: remedy.Language(fix.as), DNS: remedy.Nameserver(fix.dns), Bare: fix.as == "",
	})
	if err != nil {
		return 0, unfinished(err)
	}
	if _, err := s.stdout.Write(b.Bytes()); err != nil {
		return 0, unfinished(fmt.Errorf("cannot write to standard output: %w", bare(err)))
	}
	if seen.judged.Interrupted {
		s.complain("interrupted; this is of what was seen until then")
	}
	return seen.judged.ExitStatus(o.strict), nil
}

// lookOrRead looks at this node, or takes what a saved run saw and judges it
// again.
func (s system) lookOrRead(ctx context.Context, o *options, args []string) (*look, error) {
	if len(args) == 0 {
		l, err := s.look(ctx, o, nil)
		if err == nil && l.seen.Plan.Region == "" {
			err = unfinished(errors.New("interrupted before the Region was known"))
		}
		return l, err
	}
	saved, err := s.saved(ctx, args[0])
	if err != nil {
		return nil, err
	}
	return &look{saved.Observations, diagnose.Judge(saved.Observations)}, nil
}
