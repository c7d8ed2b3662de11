package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// environmentPrefix starts the name of every flag's variable.
const environmentPrefix = "SSMCHECK_"

// variable is the environment variable of a flag: SSMCHECK_VPC_RESOLVER for
// --vpc-resolver.
func variable(flag string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// repeated reports whether a flag is given once per value. Its variable
// separates the values with commas.
func repeated(flag string) bool { return flag == "output" || flag == "endpoint" || flag == "label" }

// splitOutputs splits SSMCHECK_OUTPUT: one output a line. In a value of one line,
// a comma separates two outputs if a format follows it; otherwise it is part of a
// file's name.
func splitOutputs(v string) []string {
	if lines := strings.FieldsFunc(v, func(r rune) bool { return r == '\n' || r == '\r' }); len(lines) != 1 || strings.ContainsAny(v, "\r\n") {
		return slices.DeleteFunc(lines, func(s string) bool { return strings.TrimSpace(s) == "" })
	}
	var values []string
	for part := range strings.SplitSeq(v, ",") {
		format, _, _ := strings.Cut(strings.TrimSpace(part), "=")
		if last := len(values) - 1; last >= 0 && strings.Contains(values[last], "=") && !slices.Contains(formats(), format) {
			values[last] += "," + part
			continue
		}
		values = append(values, part)
	}
	return values
}

// fromEnvironment sets each flag that the command line omits from its variable.
// An empty variable counts as unset.
func fromEnvironment(f *pflag.FlagSet, getenv func(string) string) (err error) {
	f.VisitAll(func(flag *pflag.Flag) {
		if err != nil || flag.Changed || flag.Name == "help" || flag.Name == "version" {
			return
		}
		name := variable(flag.Name)
		v := getenv(name)
		if v == "" {
			return
		}
		values := []string{v}
		if repeated(flag.Name) {
			values = strings.Split(v, ",")
		}
		if flag.Name == "output" {
			values = splitOutputs(v)
		}
		for _, one := range values {
			if wrong := flag.Value.Set(strings.TrimSpace(one)); wrong != nil {
				err = fmt.Errorf("%s: %w", name, valueError(flag, one, wrong))
				return
			}
		}
	})
	return err
}
