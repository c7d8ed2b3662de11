package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// flagMistake says in one line what is wrong with a flag, and what to give. It
// does not repeat the value: our own errors do, where it is no secret.
func flagMistake(c *cobra.Command, err error) error {
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Errorf("--%s: %w", e.GetFlag().Name, plain(e.GetFlag(), e.GetValue(), e.Unwrap()))
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		f := e.GetFlag()
		return fmt.Errorf("--%s: a value is missing; give --%s %s", f.Name, f.Name, f.Value.Type())
	}
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknownFlag(c, e)
	}
	return err
}

// plain puts the error of a switch's value in our words; all other values have
// parsers of our own.
func plain(f *pflag.Flag, value string, err error) error {
	if f.Value.Type() == "bool" {
		return fmt.Errorf("neither true nor false: %q; give one of them", value)
	}
	return err
}

func unknownFlag(c *cobra.Command, e *pflag.NotExistError) error {
	name := e.GetSpecifiedName()
	if mayBeProxy(name) {
		return fmt.Errorf("unknown flag; %s --help lists them", c.CommandPath()) // a proxy that is tied to its flag
	}
	if e.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("unknown flag: -%s; %s --help lists them", name, c.CommandPath())
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := nearest(name, names); near != "" {
		return fmt.Errorf("unknown flag: --%s; did you mean --%s?", name, near)
	}
	return fmt.Errorf("unknown flag: --%s; %s --help lists them", name, c.CommandPath())
}

// noArguments refuses what is neither a flag nor a command.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := nearest(args[0], commandNames(c)); near != "" {
		return fmt.Errorf("unknown command: %q; did you mean %s %s?", args[0], c.CommandPath(), near)
	}
	// The pieces of a proxy whose password has blanks, and that was not quoted.
	if slices.ContainsFunc(args, mayBeProxy) {
		return fmt.Errorf("unexpected argument; %s takes flags only, and --help lists them; a value with blanks stands in quotes", c.CommandPath())
	}
	return fmt.Errorf("unexpected argument: %q; %s takes flags only, and --help lists them", strings.TrimSpace(args[0]), c.CommandPath())
}

// nearest gives the word of the list that s was probably meant for, empty
// where none is near: at most a third of its letters are wrong.
func nearest(s string, list []string) string {
	best, found := len(s)/3+1, ""
	for _, word := range list {
		if d := distance(strings.ToLower(s), word); d < best {
			best, found = d, word
		}
	}
	return found
}

// distance counts the letters to insert, delete or replace to turn a into b
// (Levenshtein). Long strings are no word of ours, and far from all.
func distance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// credentials are what may be a proxy's in a sentence that repeats a value given
// in the wrong place: quoted, as a word, or as a setting of its own.
var credentials = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`"[^"\n]*:[^"\n]*(?:@|%40)|[^\s"]*:[^\s"][^"\n]*(?:@|%40)|(?i:password|passwd|pwd|token|secret|auth)=[^\s"&;]*`)
})

// addresses are the URLs in a sentence.
var addresses = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"]+`)
})

// ipRangesURL is where Amazon publishes its address ranges: the one URL with a
// path in what is said of a mistake.
const ipRangesURL = "https://ip-ranges.amazonaws.com/ip-ranges.json"

// withoutCredentials takes them out of an error. It also takes them out of a URL
// whose "@" is not there: a list is parted at its commas, and a long value
// shortened.
func withoutCredentials(text string) string {
	text = addresses().ReplaceAllStringFunc(observation.RedactText(text), func(s string) string {
		address := strings.TrimRight(s, ".,:;)…")
		if address == ipRangesURL {
			return s
		}
		return observation.RedactProxy(address) + s[len(address):]
	})
	return credentials().ReplaceAllStringFunc(text, func(s string) string {
		switch {
		case strings.HasSuffix(s, "://***@"), strings.HasSuffix(s, "://***:***@"):
			return s // RedactText has been there
		case strings.HasPrefix(s, `"`):
			return `"***@`
		case strings.HasSuffix(s, "@"), strings.HasSuffix(s, "%40"):
			return "***@"
		}
		name, _, _ := strings.Cut(s, "=")
		return name + "=***"
	})
}

// mayBeProxy reports whether a word may be a proxy's address, or a piece of
// one: it is not repeated then.
func mayBeProxy(word string) bool { return strings.ContainsAny(word, "@:/?#%") }
