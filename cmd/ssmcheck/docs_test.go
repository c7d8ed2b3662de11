package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/manual"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// update makes the documents anew: `make docs`.
var update = flag.Bool("update", false, "write docs anew")

const manPage = "../../docs/ssmcheck.1"

// document compares a document with what it should be, or writes it.
func document(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not that of this version: run `make docs`", filepath.Base(path))
	}
}

func TestCausesDocument(t *testing.T) {
	document(t, "../../docs/causes.md", help(t, "explain", "-o", "markdown"))
}

// TestManPage holds the page's lists to the program: its commands, options,
// capabilities and variables.
func TestManPage(t *testing.T) {
	b, err := os.ReadFile(manPage)
	if err != nil {
		t.Fatal(err)
	}
	root := rootCommand()
	page := string(b)
	for part, content := range map[string]string{
		"commands":     manCommands(root),
		"options":      manOptions(root.LocalFlags(), nil),
		"capabilities": manCapabilities(),
		"variables":    manVariables(root.LocalFlags()),
	} {
		begin, end := ".\\\" begin "+part+"\n", ".\\\" end "+part+"\n"
		before, rest, ok := strings.Cut(page, begin)
		_, after, ends := strings.Cut(rest, end)
		if !ok || !ends {
			t.Fatalf("the page has lost the marks of its %s", part)
		}
		page = before + begin + content + end + after
	}
	document(t, manPage, page)
}

// TestManPageNamesAll wants every option of every command and every variable
// in the page as a reader sees it.
func TestManPageNamesAll(t *testing.T) {
	b, err := os.ReadFile(manPage)
	if err != nil {
		t.Fatal(err)
	}
	source := string(b)
	eachCommand(rootCommand(), func(c *cobra.Command) {
		if c.HasParent() && !strings.Contains(source, "Cm "+c.Name()) {
			t.Errorf("the page lacks the command %s", c.Name())
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			if !strings.Contains(source, "Fl -"+f.Name+" ") && !strings.Contains(source, "Fl -"+f.Name+"\n") {
				t.Errorf("the page lacks --%s of %s", f.Name, c.CommandPath())
			}
		})
	})
	rootCommand().Flags().VisitAll(func(f *pflag.Flag) {
		if hasVariable(f) && !strings.Contains(source, "Ev "+variable(f.Name)) {
			t.Errorf("the page lacks the variable of --%s", f.Name)
		}
	})
	for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT",
		"FILES", "JSON", "EXAMPLES", "SEE ALSO"} {
		if !strings.Contains(source, "\n.Sh "+section+"\n") {
			t.Errorf("the page lacks the section %s", section)
		}
	}
}

// TestManPageNamesMembers wants the members of the JSON report, but for those
// deep in the observations.
func TestManPageNamesMembers(t *testing.T) {
	b, err := os.ReadFile(manPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []any{report.Document{}, diagnose.Report{}, diagnose.CapabilityReport{}, diagnose.TargetReport{}, diagnose.Finding{}} {
		for f := range reflect.TypeOf(of).Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && name != "-" && !strings.Contains(string(b), "Va "+name) {
				t.Errorf("the page lacks the member %s", name)
			}
		}
	}
}

// TestManPageIsClean has Debian's mandoc look for mistakes.
func TestManPageIsClean(t *testing.T) {
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("mandoc is missing")
		}
		t.Skip("SKIP: mandoc is missing; the man page was not checked")
	}
	if out, err := exec.Command(mandoc, "-Tlint", manPage).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("mandoc -Tlint: %v\n%s", err, out)
	}
}

// rootCommand is the command line with everything that the program adds to it
// when it runs.
func rootCommand() *cobra.Command {
	c := newCommand(system{stderr: new(bytes.Buffer), getenv: func(string) string { return "" }, version: "1.2.3"}, new(bytes.Buffer), new(int))
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	return c
}

func eachCommand(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && c.Name() != "completion" {
			eachCommand(sub, f)
		}
	}
}

func hasVariable(f *pflag.Flag) bool { return f.Name != "help" && f.Name != "version" }

// manCommands lists the commands, each with the options that the preflight has
// not, or has in another form.
func manCommands(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(".Bl -tag -width Ds\n")
	for _, c := range root.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		fmt.Fprintf(&b, ".It Cm %s", c.Name())
		use := strings.TrimPrefix(c.Use, c.Name())
		if c.Name() == "completion" {
			use = "bash|zsh|fish|powershell"
		}
		for arg := range strings.FieldsSeq(use) {
			inner := strings.Trim(arg, "[]")
			word := "Ar " + strings.Replace(strings.Replace(inner, "...", " ...", 1), "flags", "options", 1)
			if inner != arg {
				word = "Oo " + word + " Oc"
			}
			b.WriteString(" " + word)
		}
		long, _, _ := strings.Cut(c.Long, "\n\nExit status:")
		switch {
		case c.Name() == "completion": // cobra's own
			long = "Write a script that completes commands, options and their values in a shell."
		case long == "":
			long = c.Short + "."
		}
		b.WriteString("\n")
		for i, paragraph := range strings.Split(long, "\n\n") {
			if i > 0 {
				b.WriteString(".Pp\n")
			}
			b.WriteString(roff(paragraph))
		}
		same, own := manOwn(root, c)
		if len(same) > 0 {
			fmt.Fprintf(&b, "It takes\n.Fl -%s\nas the preflight does.\n", strings.Join(same, " ,\n.Fl -"))
		}
		b.WriteString(own)
	}
	b.WriteString(".El\n")
	return b.String()
}

// manOwn gives the options that a command shares with the preflight, and a list
// of the others.
func manOwn(root, c *cobra.Command) (same []string, own string) {
	shared := func(f *pflag.Flag) bool {
		other := root.Flags().Lookup(f.Name)
		return other != nil && other.Value.Type() == f.Value.Type()
	}
	if c.Name() == "completion" {
		return nil, ""
	}
	others := 0
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Name == "help":
		case shared(f):
			same = append(same, f.Name)
		default:
			others++
		}
	})
	if others == 0 {
		return same, ""
	}
	return same, manOptions(c.LocalFlags(), func(f *pflag.Flag) bool { return f.Name == "help" || shared(f) })
}

// manOptions lists flags, but those that skip leaves out.
func manOptions(flags *pflag.FlagSet, skip func(*pflag.Flag) bool) string {
	var b strings.Builder
	b.WriteString(".Bl -tag -width Ds\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || skip != nil && skip(f) {
			return
		}
		b.WriteString(".It ")
		if f.Shorthand != "" {
			fmt.Fprintf(&b, "Fl %s , ", f.Shorthand)
		}
		b.WriteString("Fl -" + f.Name)
		if kind := f.Value.Type(); kind != "bool" {
			b.WriteString(" Ar " + kind)
		}
		usage := f.Usage
		if f.DefValue != "" && f.DefValue != "false" && !strings.Contains(usage, "(default") {
			usage += " (default " + f.DefValue + ")"
		}
		b.WriteString("\n" + roff(usage))
	})
	b.WriteString(".El\n")
	return b.String()
}

// about is what the manual says a capability is.
func about(c endpoint.Capability) string {
	page, _ := manual.Lookup(string(c))
	return page.Sections[0].Blocks[0].Text
}

func manCapabilities() string {
	var b strings.Builder
	b.WriteString(".Bl -tag -width Ds\n")
	for _, c := range endpoint.Capabilities() {
		fmt.Fprintf(&b, ".It Cm %s\n%s", c, roff(about(c)))
	}
	b.WriteString(".It Cm all\n" + roff("All of them.") + ".El\n")
	return b.String()
}

func manVariables(flags *pflag.FlagSet) string {
	var b strings.Builder
	b.WriteString(".Bl -tag -width SSMCHECK_VPC_RESOLVER -compact\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if hasVariable(f) {
			fmt.Fprintf(&b, ".It Ev %s\n.Fl -%s\n", variable(f.Name), f.Name)
		}
	})
	b.WriteString(".El\n")
	return b.String()
}

// roff writes a text for mdoc: a line for each sentence, none longer than 78
// characters, and no sign in it that is a command.
func roff(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text = strings.ReplaceAll(text, `\`, `\e`)
	var b strings.Builder
	for sentence := range strings.SplitAfterSeq(text, ". ") {
		line := ""
		for word := range strings.FieldsSeq(sentence) {
			if strings.HasPrefix(word, "-") {
				word = strings.ReplaceAll(word, "-", `\-`)
			}
			if line != "" && len(line)+1+len(word) > 78 {
				b.WriteString(line + "\n")
				line = ""
			}
			if line == "" && strings.ContainsAny(word[:1], ".'") {
				word = `\&` + word
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}
