// Command gotest runs go test, names what failed and what was skipped, and
// nothing of a test that passed. At the end it names again what failed, so
// that the last lines of a long log say it; where TESTS_FAILED names a file, it
// adds that to the file too, for those who run several of these at a time.
package main

import (
	"bufio"
	"bytes"
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
	cmd := exec.Command(goCommand(), append([]string{"test", "-json"}, args...)...)
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

// keep adds to the file that TESTS_FAILED names.
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

// goCommand is the Makefile's GO.
func goCommand() string {
	if g := os.Getenv("GO"); g != "" {
		return g
	}
	return "go"
}

// An event is a line of go test -json (see go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string // "": of the package
	Output  string
}

// summarise reads the events of go test to their end, and gives the names of what
// failed. What a test said is written at once: others may write there too.
func summarise(w io.Writer, events io.Reader) (failed []string, err error) {
	type test struct{ pkg, name string }
	said := map[test]*strings.Builder{} // by tests that have not ended
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
				fmt.Fprintf(w, "%s", line) // of go, before any test
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
				if e.Test == "" { // nothing else will be said of a test that never ended
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

// idle are the lines of a package that say nothing.
func idle(line string) bool {
	return line == "PASS\n" || line == "FAIL\n" || strings.HasPrefix(line, "?   ") || strings.HasPrefix(line, "testing: warning: no tests to run")
}
