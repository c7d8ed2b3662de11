// Command gotest runs go test and prints only the output of tests that failed or were
// skipped. At the end it repeats the names of those that failed, and appends them to
// the file named by TESTS_FAILED, for a caller that runs several of these at once.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	err := run(os.Args[1:], os.Stdout)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
}

func run(args []string, w io.Writer) error {
	cmd := exec.Command(cmp.Or(os.Getenv("GO"), "go"), append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	failed, err := summarise(w, out)
	if len(failed) > 0 {
		names := "\nFailed:\n"
		for _, name := range failed {
			names += "    " + name + "\n"
		}
		_, errOut := io.WriteString(w, names)
		err = errors.Join(err, errOut, keep(names))
	}
	return errors.Join(err, cmd.Wait())
}

// keep appends to the file named by TESTS_FAILED.
func keep(names string) error {
	path := os.Getenv("TESTS_FAILED")
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(names)
	return errors.Join(err, f.Close())
}

// An event is a line of go test -json (see go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string // empty: the event is about the package
	Output  string
}

// summarise reads all events of go test and returns the names of what failed. It
// writes the output of a test in one piece, because others may write there too.
func summarise(w io.Writer, events io.Reader) (failed []string, err error) {
	type test struct{ pkg, name string }
	said := map[test]*strings.Builder{} // the output of tests that have not ended
	var order []test
	end := func(t test, show func(line string) bool) {
		if b := said[t]; b != nil {
			var shown strings.Builder
			for line := range strings.Lines(b.String()) {
				if show(line) {
					shown.WriteString(line)
				}
			}
			fmt.Fprint(w, &shown)
		}
		delete(said, t)
	}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(w, "%s", line) // from go itself, before any test
			}
			t := test{e.Package, e.Test}
			switch e.Action {
			case "output", "build-output":
				if e.Test == "" {
					if !idle(e.Output) {
						fmt.Fprint(w, e.Output)
					}
					break
				}
				if said[t] == nil {
					said[t] = &strings.Builder{}
					order = append(order, t)
				}
				said[t].WriteString(e.Output)
			case "pass":
				end(t, func(line string) bool { return strings.Contains(line, "SKIP:") })
			case "skip":
				end(t, func(line string) bool { return !strings.HasPrefix(line, "=== ") })
			case "fail":
				if e.Test == "" { // no more events come for tests that did not end
					for _, other := range order {
						if other.pkg == e.Package && said[other] != nil {
							end(other, func(string) bool { return true })
							failed = append(failed, other.pkg+" "+other.name+" (it did not end)")
						}
					}
				}
				end(t, func(line string) bool { return !strings.HasPrefix(line, "=== ") })
				failed = append(failed, strings.TrimSpace(t.pkg+" "+t.name))
			}
			if e.Test == "" && (e.Action == "pass" || e.Action == "fail") {
				order = slices.DeleteFunc(order, func(t test) bool { return t.pkg == e.Package })
			}
		}
		if errors.Is(err, io.EOF) {
			return failed, nil
		}
		if err != nil {
			return failed, err
		}
	}
}

// idle reports whether a package's line is without information.
func idle(line string) bool {
	return line == "PASS\n" || line == "FAIL\n" || strings.HasPrefix(line, "?   ") || strings.HasPrefix(line, "testing: warning: no tests to run")
}
