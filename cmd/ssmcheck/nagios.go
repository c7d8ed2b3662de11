package main

import (
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// nagiosAsked reports whether the arguments want a report for Nagios on
// standard output. It is asked where they may be wrong: Nagios takes status 2
// for critical, and shows what is on standard output.
func nagiosAsked(args []string, getenv func(string) string) bool {
	o := new(options)
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.ParseErrorsAllowlist.UnknownFlags = true
	f.VarP(&value{set: o.addOutput}, "output", "o", "")
	// What is wrong was told already.
	_ = f.Parse(args)
	if !f.Changed("output") {
		_ = fromEnvironment(f, getenv)
	}
	return o.outputs.nagios()
}

// failNagios tells Nagios that there is no report, and gives its status.
func (s system) failNagios(text string) int {
	fmt.Fprintln(s.stdout, report.NagiosLine(report.NagiosUnknown, text))
	return report.NagiosUnknown
}
