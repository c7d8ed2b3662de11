package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const explainDescription = `Tell what a cause is that a report names by its code: how it comes about, how
to prove it by hand, how to fix it, and where AWS documents it. Or tell what a
capability is and needs. Without an argument: the list of both.`

// explainFormats are the forms of an explanation.
var explainFormats = []string{"text", "markdown"}

func (s system) explainCommand() *cobra.Command {
	o := new(options)
	var format string
	c := &cobra.Command{
		Use:     "explain [flags] [CODE|CAPABILITY]",
		Short:   "Explain a cause or a capability",
		Long:    explainDescription,
		Example: "  ssmcheck explain endpoint-not-private\n  ssmcheck explain session-manager",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("unexpected argument: %q; give one code or capability", args[1])
			}
			return nil
		},
		DisableFlagsInUseLine: true,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return explainable(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	given := o.some("color")
	c.RunE = func(_ *cobra.Command, args []string) error {
		// SSMCHECK_OUTPUT names formats of a report, and has no say here.
		if err := fromEnvironment(given, s.getenv); err != nil {
			return err
		}
		return s.explain(o, format, args)
	}
	c.Flags().SortFlags = false
	c.Flags().AddFlagSet(given)
	addForm(c, &format, explainFormats, "text or markdown")
	return c
}

// explain tells of one word, or of all that there are.
func (s system) explain(o *options, format string, args []string) error {
	all := diagnose.Families()
	if len(args) == 0 {
		return s.show(o, func(w io.Writer, t report.TextOptions) error {
			if format == "markdown" {
				return report.CausesMarkdown(w, all)
			}
			return report.ExplainList(w, all, t)
		})
	}
	word := strings.ToLower(strings.TrimSpace(args[0]))
	e, isCause := diagnose.Explain(diagnose.Code(word))
	c, err := endpoint.ParseCapability(word)
	if !isCause && err != nil {
		return unknownWord(args[0], word)
	}
	return s.show(o, func(w io.Writer, t report.TextOptions) error {
		switch {
		case isCause && format == "markdown":
			return report.CauseMarkdown(w, e)
		case isCause:
			return report.Explain(w, e, t)
		case format == "markdown":
			return report.CapabilityMarkdown(w, c)
		}
		return report.ExplainCapability(w, c, t)
	})
}

// unknownWord says which words are near, or have the word in them.
func unknownWord(given, word string) error {
	unknown := fmt.Sprintf("no cause and no capability %q", short(given))
	if near := nearest(word, explainable()); near != "" {
		return fmt.Errorf("%s; did you mean %s?", unknown, near)
	}
	var like []string
	for _, x := range explainable() {
		if len(word) > 1 && strings.Contains(x, word) {
			like = append(like, x)
		}
	}
	if len(like) > 0 {
		return fmt.Errorf("%s; there are %s", unknown, strings.Join(like, ", "))
	}
	return fmt.Errorf("%s; ssmcheck explain lists them", unknown)
}

// short bounds what a message repeats.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}

// explainable lists the words that can be explained.
func explainable() []string {
	var words []string
	for _, f := range diagnose.Families() {
		for _, e := range f.Explanations {
			words = append(words, string(e.Code))
		}
	}
	return slices.Concat(words, capabilityNames())
}
