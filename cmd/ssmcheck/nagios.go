package main

import (
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// wantsNagios reports whether the arguments ask for a Nagios report on standard
// output. They may be invalid: Nagios takes status 2 for critical and shows
// what is on standard output, so a usage error must be reported its way too.
func wantsNagios(args []string, getenv func(string) string) bool {
	o := new(options)
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.ParseErrorsAllowlist.UnknownFlags = true
	f.VarP(&value{set: o.addOutput}, "output", "o", "")
	// The error has already been reported.
	_ = f.Parse(args)
	if !f.Changed("output") {
		_ = fromEnvironment(f, getenv)
	}
	return o.outputs.nagios()
}

// failNagios reports to Nagios that there is no report, and returns its status.
func (s system) failNagios(text string) int {
	fmt.Fprintln(s.stdout, report.NagiosLine(report.NagiosUnknown, text))
	return report.NagiosUnknown
}
