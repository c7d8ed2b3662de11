package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/manual"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const explainDescription = `Explain a cause by its code in the report: what it means, how it comes about,
how to prove it, how to fix it, and where AWS documents it. Or explain what a
capability is and what it needs. Without an argument, list them all.`

// explainFormats are the values of --output.
var explainFormats = []string{"text", "markdown"}

func (s system) explainCommand(status *int) *cobra.Command {
	o := new(options)
	var format string
	c := s.subcommand(&cobra.Command{
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
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return explainable(), cobra.ShellCompDirectiveNoFileComp
		},
	}, status, o.some("color"), func(_ context.Context, args []string) (int, error) {
		return 0, s.explain(o, format, args)
	})
	addFormatFlag(c, &format, explainFormats, "text or markdown")
	return c
}

// explain prints one page, or the list of pages.
func (s system) explain(o *options, format string, args []string) error {
	if len(args) == 0 {
		return s.print(o, func(w io.Writer, t report.TextOptions) error {
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
	return s.print(o, func(w io.Writer, t report.TextOptions) error {
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

// unknownWord suggests a similar word, or the words that contain this one.
func unknownWord(given, word string) error {
	unknown := fmt.Sprintf("no cause and no capability %q", short(given))
	like := slices.DeleteFunc(explainable(), func(x string) bool { return len(word) < 2 || !strings.Contains(x, word) })
	if len(like) > 1 {
		return fmt.Errorf("%s; did you mean one of %s?", unknown, strings.Join(like, ", "))
	}
	if near := cmp.Or(strings.Join(like, ""), nearest(word, explainable())); near != "" {
		return fmt.Errorf("%s; did you mean %s?", unknown, near)
	}
	return fmt.Errorf("%s; ssmcheck explain lists them all", unknown)
}

// short limits how much of a value a message repeats.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}

// explainable lists every word that has a page.
func explainable() []string {
	var words []string
	for _, chapter := range manual.Chapters() {
		words = append(words, chapter.Pages...)
	}
	return words
}
