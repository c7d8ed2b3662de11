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

// flagError says in one line what is wrong with a flag and what to give. It
// does not repeat the value: our own parsers do, unless it may be a secret.
func flagError(c *cobra.Command, err error) error {
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Errorf("--%s: %w", e.GetFlag().Name, valueError(e.GetFlag(), e.GetValue(), e.Unwrap()))
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		f := e.GetFlag()
		return fmt.Errorf("--%s: missing value; give --%s %s", f.Name, f.Name, f.Value.Type())
	}
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknownFlag(c, e)
	}
	return err
}

// valueError rewords the error of a boolean flag; all other values have parsers
// of our own.
func valueError(f *pflag.Flag, value string, err error) error {
	if f.Value.Type() == "bool" {
		return fmt.Errorf("%q is neither true nor false", value)
	}
	return err
}

func unknownFlag(c *cobra.Command, e *pflag.NotExistError) error {
	name := e.GetSpecifiedName()
	if mayBeProxy(name) {
		return fmt.Errorf("unknown flag; %s --help lists the flags", c.CommandPath()) // may be --proxyURL, with a password
	}
	if e.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("unknown flag: -%s; %s --help lists the flags", name, c.CommandPath())
	}
	if name == "no-color" || name == "no-colour" {
		return fmt.Errorf("unknown flag: --%s; use --color never", name)
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := nearest(name, names); near != "" {
		return fmt.Errorf("unknown flag: --%s; did you mean --%s?", name, near)
	}
	return fmt.Errorf("unknown flag: --%s; %s --help lists the flags", name, c.CommandPath())
}

// noArguments rejects anything that is neither a flag nor a command.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := nearest(args[0], commandNames(c)); near != "" {
		return fmt.Errorf("unknown command: %q; did you mean %s %s?", args[0], c.CommandPath(), near)
	}
	// These may be parts of an unquoted proxy URL whose password has spaces.
	if slices.ContainsFunc(args, mayBeProxy) {
		return fmt.Errorf("unexpected argument; %s takes only flags, see --help; put a value with spaces in quotes", c.CommandPath())
	}
	return fmt.Errorf("unexpected argument: %q; %s takes only flags, see --help", strings.TrimSpace(args[0]), c.CommandPath())
}

// synonyms are what other programs call our flags.
var synonyms = map[string][]string{
	"wait":     {"retries", "retry", "retry-for"},
	"output":   {"format"},
	"deadline": {"max-time"},
	"color":    {"colour"},
	"for":      {"capability", "capabilities"},
	"redact":   {"anonymize", "anonymise"},
	"label":    {"tag"},
	"ignore":   {"skip", "exclude"},
}

// nearest returns the word that s was probably meant to be: one that begins
// with s, or the most similar one of which at most a third is wrong. Empty: none.
func nearest(s string, words []string) string {
	if len(s) > 40 { // longer than any word, and slow to compare
		return ""
	}
	c := new(cobra.Command)
	for _, word := range words {
		c.AddCommand(&cobra.Command{Use: word, SuggestFor: synonyms[word], Run: func(*cobra.Command, []string) {}})
	}
	for c.SuggestionsMinimumDistance = 1; c.SuggestionsMinimumDistance <= len(s)/3; c.SuggestionsMinimumDistance++ {
		if similar := c.SuggestionsFor(s); len(similar) > 0 {
			return similar[0]
		}
	}
	return ""
}

// credentials matches what may be proxy credentials in a message that repeats a
// misplaced value: quoted, as a word, or as a setting of its own.
var credentials = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`"[^"\n]*:[^"\n]*(?:@|%40)|[^\s"]*:[^\s"][^"\n]*(?:@|%40)|(?i:password|passwd|pwd|token|secret|auth)=[^\s"&;]*`)
})

// addresses matches the URLs in a message.
var addresses = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"]+`)
})

// ipRangesURL is where Amazon publishes its address ranges: the only URL with a
// path that our own messages contain.
const ipRangesURL = "https://ip-ranges.amazonaws.com/ip-ranges.json"

// withoutCredentials removes proxy credentials from an error message. It also
// redacts URLs without an "@", which a comma in the password or the shortening
// of a long value may have cut off.
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
			return s // already redacted by RedactText
		case strings.HasPrefix(s, `"`):
			return `"***@`
		case strings.HasSuffix(s, "@"), strings.HasSuffix(s, "%40"):
			return "***@"
		}
		name, _, _ := strings.Cut(s, "=")
		return name + "=***"
	})
}

// mayBeProxy reports whether a word may be (part of) a proxy's address, which
// messages must not repeat.
func mayBeProxy(word string) bool { return strings.ContainsAny(word, "@:/?#%") }
