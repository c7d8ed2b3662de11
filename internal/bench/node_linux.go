package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// atNode measures ssmcheck on the node.
func atNode(args []string, out io.Writer) (err error) {
	f := flag.NewFlagSet(nodeCommand, flag.ContinueOnError)
	program := f.String("program", "", "ssmcheck")
	runs := f.Int("runs", 1, "how often")
	compare := f.Bool("plain", false, "also measure a plain client that makes the same handshakes")
	hand := f.String("hand", "", "a script to measure in the same run")
	if err := f.Parse(args); err != nil {
		return err
	}
	command := append([]string{*program, "-o", "json"}, f.Args()...)

	var m measured
	var last *report.Document
	for i := range *runs + 1 {
		var text bytes.Buffer
		s, err := run(&text, command)
		if err != nil {
			return err
		}
		if last, err = report.ReadJSON(&text); err != nil {
			return fmt.Errorf("status %d, and no report: %w", s.Status, err)
		}
		// Not the first run, in which the servers create their certificates.
		if i > 0 {
			m.Runs = append(m.Runs, s)
		}
	}
	m.Path = slowest(last.Observations)
	if *compare {
		if m.Plain, err = measurePlain(*runs, last.Observations); err != nil {
			return err
		}
	}
	if *hand != "" {
		s, err := run(io.Discard, handCommand(*hand, last))
		if err != nil {
			return err
		}
		m.Manual = &s
	}
	return json.NewEncoder(out).Encode(m)
}

// measurePlain measures the plain client as often as ssmcheck.
func measurePlain(runs int, o *observation.Observations) (all []sample, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	work := plainWork(o)
	for range runs {
		s, err := run(os.Stderr, append([]string{self, plainCommand}, work...))
		if err != nil {
			return nil, err
		}
		if s.Status != 0 {
			return nil, fmt.Errorf("the plain client ended with status %d", s.Status)
		}
		all = append(all, s)
	}
	return all, nil
}

// run runs a command and measures it from outside.
func run(stdout io.Writer, command []string) (sample, error) {
	c := exec.Command(command[0], command[1:]...)
	c.Stdout = stdout
	before, err := readCounters()
	if err != nil {
		return sample{}, err
	}
	began := time.Now()
	err = c.Run()
	s := sample{Wall: time.Since(began)}
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return s, err
	}
	after, err := readCounters()
	if err != nil {
		return s, err
	}
	s.Packets = after.packets - before.packets
	s.Datagrams = after.datagrams - before.datagrams
	s.Connections = after.connections - before.connections
	s.Status = c.ProcessState.ExitCode()
	s.CPU = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.Resident = int64(u.Maxrss) << 10 //nolint:unconvert // in kilobytes; 32 bits on some systems
	}
	return s, nil
}

// counters are those of the node's network.
type counters struct{ packets, datagrams, connections int }

func readCounters() (c counters, err error) {
	if err := eachField("/proc/net/dev", func(fields []string) {
		if name := strings.TrimSuffix(fields[0], ":"); name != "lo" && name != fields[0] && len(fields) > 10 {
			c.packets += number(fields[2]) + number(fields[10])
		}
	}); err != nil {
		return c, err
	}
	return c, eachField("/proc/net/snmp", func(fields []string) {
		switch { // headings count as 0
		case fields[0] == "Udp:" && len(fields) > 4:
			c.datagrams += number(fields[4]) // OutDatagrams
		case fields[0] == "Tcp:" && len(fields) > 5:
			c.connections += number(fields[5]) // ActiveOpens
		}
	})
}

func eachField(path string, f func(fields []string)) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 0 {
			f(fields)
		}
	}
	return nil
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // 0 for a heading
	return n
}
