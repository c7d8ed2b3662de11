package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/probe/ipranges"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// options holds what the flags and the environment set.
type options struct {
	config                 probe.Config
	region                 string
	regionFlag             *pflag.Flag
	ranges                 *ipranges.Ranges
	wait                   observation.Elapsed // 0: one run
	outputs                outputs
	color                  string
	strict, quiet, verbose bool
	redact                 bool
	redactor               *redact.Redactor // with --redact: shared by everything that one run prints
}

// A value is a flag's value: how to set it and how the help shows it.
type value struct {
	kind string // its name in the help
	set  func(string) error
	show string // the default
	list bool   // comma-separated
}

func (v *value) String() string { return v.show }
func (v *value) Type() string   { return v.kind }

// Set sets the value, or adds each element of a list.
func (v *value) Set(s string) error {
	if !v.list {
		return v.set(s)
	}
	for one := range strings.SplitSeq(s, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			return fmt.Errorf("empty value; give %s", v.kind)
		}
		if err := v.set(one); err != nil {
			return err
		}
	}
	return nil
}

// each makes a list flag from the parser of one element.
func each[T comparable](kind string, into *[]T, parse func(string) (T, error)) *value {
	return &value{kind: kind, list: true, set: func(s string) error {
		x, err := parse(s)
		if err == nil && !slices.Contains(*into, x) {
			*into = append(*into, x)
		}
		return err
	}}
}

// atMost limits the length of a list flag.
func atMost[T any](most int, into *[]T, v *value) *value {
	set := v.set
	v.set = func(s string) error {
		err := set(s)
		if err == nil && len(*into) > most {
			return fmt.Errorf("too many values; one run tests at most %d", most)
		}
		return err
	}
	return v
}

// choice makes a flag that takes one of a few words, the first by default.
func choice[T ~string](kind string, into *T, words ...string) *value {
	*into = T(words[0])
	v := optionalChoice(kind, into, words...)
	v.show = words[0]
	return v
}

// optionalChoice makes a flag that takes one of a few words and has no default.
func optionalChoice[T ~string](kind string, into *T, words ...string) *value {
	return &value{kind: kind, set: func(s string) error {
		err := oneOf(s, words...)
		if err == nil {
			*into = T(s)
		}
		return err
	}}
}

// toStrings converts words of a named string type.
func toStrings[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// limit makes a flag for a time limit.
func limit(into *observation.Elapsed, preset time.Duration, parse func(string) (observation.Elapsed, error)) *value {
	*into = observation.Elapsed(preset)
	return &value{kind: "DURATION", show: into.String(), set: func(s string) (err error) {
		*into, err = parse(s)
		return err
	}}
}

// add declares the flags. Help text starts in column 32, so a line of it holds
// 48 characters.
func (o *options) add(f *pflag.FlagSet) {
	f.SortFlags = false
	c := &o.config
	f.Var(&value{kind: "NAME", set: o.setRegion}, "region",
		"AWS Region (default: AWS_REGION,\nAWS_DEFAULT_REGION, the agent's registration,\ninstance metadata)")
	o.regionFlag = f.Lookup("region")
	f.Var(&value{kind: "CAPABILITY,..", list: true, set: o.addCapability}, "for",
		"what must work, or all (default\nrun-command,session-manager,agent-update)")
	f.Var(choice("KIND", &c.Expect, "auto", "private", "public"), "expect",
		"addresses that AWS's API names should have:\nauto, private or public")
	f.Var(&value{kind: "IP[:PORT]", set: o.setVPCResolver}, "vpc-resolver",
		"resolver that knows the VPC's private names\n(default on EC2: 169.254.169.253)")
	f.Var(atMost(maxNameservers, &c.Nameservers, each("IP[:PORT],..", &c.Nameservers, parseServer)), "nameserver",
		"nameservers to test instead of the configured\nones")
	f.Var(&value{kind: "URL", set: o.setProxy, show: "auto"}, "proxy",
		"auto (what the agent's service uses), none, or\nthe proxy's URL")
	f.Var(&value{kind: "NAME=HOST", set: o.addEndpoint}, "endpoint",
		"use HOST for the target NAME; may be repeated")
	f.Var(atMost(maxBuckets, &c.Buckets, each("NAME,..", &c.Buckets, endpoint.ParseBucket)), "bucket",
		"S3 buckets of your own that the node must also\nreach, at most 100")
	f.Var(&value{kind: "FILE", set: o.openRanges}, "ip-ranges",
		"the ip-ranges.json that Amazon publishes, to\nrecognise its addresses")
	f.Var(each("CIDR,..", &c.PrivateCIDRs, parseCIDR), "private-cidr",
		"more address ranges that count as private")
	f.BoolVar(&c.Signed, "signed", false, "also make signed, read-only calls with the\nnode's own credentials")
	f.BoolVar(&c.FIPS, "fips", false, "test the FIPS names")
	f.BoolVar(&c.DualStack, "dualstack", false, "test the dual-stack names")
	f.Var(limit(&c.Timeout, probe.DefaultTimeout, parseTimeout), "timeout", "limit per attempt, at least 100ms")
	f.Var(limit(&c.Deadline, probe.DefaultDeadline, parseDuration), "deadline", "limit for the whole run")
	f.Var(&value{kind: "DURATION", set: o.setWait}, "wait",
		"retry until every check passes or DURATION has\nelapsed; a run in progress may finish")
	f.Var(each("CODE,..", &c.Ignore, parseCode), "ignore",
		"causes that are accepted here: they are\nreported, but change no verdict")
	f.Var(&value{kind: "KEY=VALUE", set: o.addLabel}, "label",
		"a label for the report, such as role=web; may\nbe repeated, at most 16")
	f.VarP(&value{kind: "FORMAT[=FILE]", set: o.addOutput}, "output", "o",
		"text, short, json, ndjson, junit, prometheus,\nnagios, markdown or html; may be repeated, but\nonly once without =FILE (default text)")
	f.Var(choice("WHEN", &o.color, "auto", "always", "never"), "color",
		"colour the text: auto, always or\nnever")
	f.BoolVar(&o.redact, "redact", false, "replace ids, host names and this network's\naddresses by pseudonyms, for a public ticket")
	f.BoolVar(&o.strict, "strict", false, "treat warnings as failures")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print only what -o asks for, and of text only\nthe verdict and its causes")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "report every observation and how long it took")
}

// some returns the named flags, for a command that does not have all of them.
func (o *options) some(names ...string) *pflag.FlagSet {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.add(all)
	some := pflag.NewFlagSet("", pflag.ContinueOnError)
	some.SortFlags = false
	for _, name := range names {
		some.AddFlag(all.Lookup(name))
	}
	return some
}

// setRegion rejects a malformed Region before anything is sent.
func (o *options) setRegion(s string) error {
	r, err := endpoint.LookupRegion(s)
	o.region = r.Name
	return err
}

func (o *options) addCapability(s string) error {
	list, err := parseCapability(s)
	for _, c := range list {
		if !slices.Contains(o.config.Capabilities, c) {
			o.config.Capabilities = append(o.config.Capabilities, c)
		}
	}
	return err
}

func (o *options) setVPCResolver(s string) (err error) {
	o.config.VPCResolver, err = parseServer(s)
	return err
}

func (o *options) setProxy(s string) (err error) {
	o.config.Proxy, o.config.ProxyURL, err = parseProxy(s)
	return err
}

func (o *options) setWait(s string) (err error) {
	o.wait, err = parseDuration(s)
	return err
}

// openRanges reads Amazon's file before anything is sent.
func (o *options) openRanges(path string) (err error) {
	const give = "give the file that Amazon publishes at " + ipRangesURL
	if path == "" {
		return errors.New("no file name; " + give)
	}
	o.ranges, err = ipranges.Open(path)
	if f, ok := errors.AsType[*observation.Failure](err); ok {
		return fmt.Errorf("%s; %s", f.Text, give)
	}
	return err
}

func (o *options) addEndpoint(s string) error {
	name, host, err := parseEndpoint(s)
	if err != nil {
		return err
	}
	if o.config.Endpoints == nil {
		o.config.Endpoints = map[string]string{}
	}
	if other, twice := o.config.Endpoints[name]; twice && other != host {
		return fmt.Errorf("%s has two hosts; give only one", name)
	}
	o.config.Endpoints[name] = host
	return nil
}

func (o *options) addLabel(s string) error {
	key, value, err := observation.ParseLabel(s)
	if err != nil {
		return err
	}
	if _, twice := o.config.Labels[key]; twice {
		return fmt.Errorf("the label %s is given twice", key)
	}
	if len(o.config.Labels) == observation.MaxLabels {
		return fmt.Errorf("too many labels; give at most %d", observation.MaxLabels)
	}
	if o.config.Labels == nil {
		o.config.Labels = map[string]string{}
	}
	o.config.Labels[key] = value
	return nil
}

func (o *options) addOutput(s string) error {
	out, err := parseOutput(s)
	if err == nil {
		o.outputs = append(o.outputs, &out)
	}
	return err
}

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
