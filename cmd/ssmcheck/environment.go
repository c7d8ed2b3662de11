package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// environmentPrefix begins the variable of every flag.
const environmentPrefix = "SSMCHECK_"

// variable is the environment variable of a flag: SSMCHECK_VPC_RESOLVER for
// --vpc-resolver.
func variable(flag string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// repeated are the flags that are given once for each value; in their variable
// the values are separated by commas.
func repeated(flag string) bool { return flag == "output" || flag == "endpoint" }

// fromEnvironment sets each flag that the command line leaves out from its
// variable. An empty variable is none.
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
		for _, one := range values {
			if wrong := flag.Value.Set(strings.TrimSpace(one)); wrong != nil {
				err = fmt.Errorf("%s: %w", name, plain(flag, one, wrong))
				return
			}
		}
	})
	return err
}
