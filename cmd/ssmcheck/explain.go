package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/manual"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const explainDescription = `Explain a cause by the code that a report names: what it means, how it comes
about, how to prove it, how to fix it, and where AWS documents it. Or explain
what a capability is and needs. Without an argument, list both.`

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

// explain prints the page about one word, or the list of pages.
func (s system) explain(o *options, format string, args []string) error {
	if len(args) == 0 {
		return s.show(o, func(w io.Writer, t report.TextOptions) error {
			if format == "markdown" {
				return report.ManualMarkdown(w)
			}
			return report.ExplainList(w, t)
		})
	}
	word := strings.ToLower(strings.TrimSpace(args[0]))
	page, ok := manual.Lookup(word)
	if !ok {
		return unknownWord(args[0], word)
	}
	c, err := endpoint.ParseCapability(word)
	isCause := err != nil
	return s.show(o, func(w io.Writer, t report.TextOptions) error {
		switch {
		case isCause && format == "markdown":
			return report.CauseMarkdown(w, page)
		case isCause:
			return report.Explain(w, page, t)
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
	for _, chapter := range manual.Chapters() {
		words = append(words, chapter.Pages...)
	}
	return words
}
