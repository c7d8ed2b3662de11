//go:build linux

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// hold checks that each check ends by itself, prints only a few lines, and shows what
// its finding claims.
func hold(t *testing.T, checks []checkResult) {
	t.Helper()
	for _, c := range checks {
		if c.Missing {
			unable(t, "a program is missing: "+c.Command)
		}
		if wrong := c.wrong(); wrong != "" {
			t.Errorf("%s: %s\n  $ %s\n  -> %s\nstatus %d after %s:\n%s", c.Code, wrong, c.Command, c.Expect, c.Status, c.Took, c.Output)
		}
	}
}

// A checkResult is the result of a check.
type checkResult struct {
	diagnose.Check
	Code   diagnose.Code
	Status int
	Output string
	Took   time.Duration
	// Missing: a program that it runs is not installed.
	Missing bool
}

// checkCommand makes this test program run a command that writes a report, and then
// all the checks in that report concurrently, in the same network.
const checkCommand = "run-checks"

// looks are the commands in the words of a fix that change nothing.
var looks = regexp.MustCompile("`((?:nft list|iptables -S|ip route show|ip rule)[^`]*)`")

// itWorks is what is expected of them.
const itWorks = "it works"

// reportEnds separates a report from the results of its checks.
const reportEnds = "\x1e"

// runTheChecks implements checkCommand. It passes on the command's output and status.
func runTheChecks(command []string) int {
	cmd := exec.CommandContext(context.Background(), command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	fmt.Printf("%s%s", out, reportEnds)
	d, failed := report.ReadJSON(bytes.NewReader(out))
	if failed != nil {
		fmt.Fprintln(os.Stderr, err, failed)
		return 1
	}
	var results []checkResult
	for _, f := range d.Findings {
		for _, c := range f.Checks {
			results = append(results, checkResult{Check: c, Code: f.Code})
		}
		for _, step := range f.Fix {
			for _, m := range looks.FindAllStringSubmatch(step, -1) {
				results = append(results, checkResult{Check: diagnose.Check{Command: m[1], Expect: itWorks}, Code: f.Code})
			}
		}
	}
	var all sync.WaitGroup
	for i := range results {
		if !slices.ContainsFunc(results[:i], func(r checkResult) bool { return r.Command == results[i].Command }) {
			all.Go(func() { results[i].run() })
		}
	}
	all.Wait()
	for i := range results { // several findings may have the same command
		first := slices.IndexFunc(results, func(r checkResult) bool { return r.Command == results[i].Command })
		c := results[first]
		c.Check, c.Code = results[i].Check, results[i].Code
		results[i] = c
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// run runs a check as pasted into a shell.
func (c *checkResult) run() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	began := time.Now()
	cmd := exec.CommandContext(ctx, "sh", "-c", c.Command)
	cmd.WaitDelay = time.Second
	// curl asks for a password; without a terminal it reads the lab's from here.
	cmd.SysProcAttr, cmd.Stdin = &syscall.SysProcAttr{Setsid: true}, strings.NewReader("open sesame\n")
	cmd.Env = append(os.Environ(), "AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt", "AWS_MAX_ATTEMPTS=1", "AWS_EC2_METADATA_DISABLED=false")
	b, _ := cmd.CombinedOutput() // the status is what counts
	c.Output, c.Took, c.Status = string(b), time.Since(began), cmd.ProcessState.ExitCode()
	for _, says := range []string{": not found", "timeout: failed to run command"} {
		c.Missing = c.Missing || strings.Contains(c.Output, says)
	}
}

// mostLines limits the lines that a check prints.
const mostLines = 15

// wrong describes how a check differs from what its finding claims, or returns "".
func (c *checkResult) wrong() string {
	switch {
	case strings.HasPrefix(c.Command, "systemctl "):
		return "" // a network namespace has no systemd that could answer
	case c.Status < 0:
		return "it does not end"
	case c.Expect == "":
		return "it does not say what to expect"
	case c.Expect == itWorks && c.Status == 0:
		return ""
	case strings.Count(c.Output, "\n") > mostLines:
		return "it prints too much"
	}
	if m := mostly.FindStringSubmatch(c.Expect); m != nil {
		usual := *c
		usual.Expect = m[1]
		if c.Status != 0 {
			return ""
		}
		return usual.wrong()
	}
	for _, e := range expectations {
		m := e.words.FindStringSubmatch(c.Expect)
		if m == nil {
			continue
		}
		if !e.holds(c, m) {
			return "it shows something else"
		}
		return ""
	}
	// Otherwise the output contains the expectation itself.
	if !strings.Contains(c.Output, c.Expect) {
		return "it does not print what is expected"
	}
	return ""
}

// mostly matches what a check expects of something that fails sometimes.
var mostly = regexp.MustCompile(`^usually (.*), but sometimes a failure$`)

var curlStatus = regexp.MustCompile(`curl: \((\d+)\)`)

// expectations say how to check an expectation.
var expectations = []struct {
	words *regexp.Regexp
	holds func(c *checkResult, m []string) bool
}{
	{regexp.MustCompile(`^this node's time$`), func(c *checkResult, _ []string) bool {
		here, err := time.Parse(time.UnixDate, strings.TrimSpace(c.Output))
		return err == nil && time.Since(here).Abs() < time.Hour
	}},
	{regexp.MustCompile(`^an HTTP answer without (.*)$`), func(c *checkResult, m []string) bool {
		return strings.HasPrefix(c.Output, "HTTP/") && !strings.Contains(strings.ToLower(c.Output), strings.ToLower(m[1]))
	}},
	{regexp.MustCompile(`^a rule with drop or reject$`), func(c *checkResult, _ []string) bool {
		return regexp.MustCompile(`(?i)\b(?:drop|reject)\b`).MatchString(c.Output)
	}},
	{regexp.MustCompile(`^a line with prohibit, unreachable or blackhole$`), func(c *checkResult, _ []string) bool {
		return regexp.MustCompile(`prohibit|unreachable|blackhole`).MatchString(c.Output)
	}},
	{regexp.MustCompile(`^(?:no|a line with) https_proxy$`), func(c *checkResult, m []string) bool {
		return strings.Contains(strings.ToLower(c.Output), "https_proxy=") != strings.HasPrefix(m[0], "no ")
	}},
	{regexp.MustCompile(`^no AWS_ACCESS_KEY_ID, no file credentials$`), func(c *checkResult, _ []string) bool {
		return !regexp.MustCompile(`(?m)AWS_ACCESS_KEY_ID| credentials$`).MatchString(c.Output)
	}},
	{regexp.MustCompile(`^times out$`), func(c *checkResult, _ []string) bool {
		return regexp.MustCompile(`curl: \(28\)|timed out|no servers could be reached`).MatchString(c.Output)
	}},
	{regexp.MustCompile(`^the proxy answers (\d+)$`), func(c *checkResult, m []string) bool { return c.Status != 0 && strings.Contains(c.Output, m[1]) }},
	{regexp.MustCompile(`curl: \((\d+)\)(?:(?:, \(\d+\))* or \(\d+\))?$`), func(c *checkResult, m []string) bool {
		got := curlStatus.FindStringSubmatch(c.Output)
		return got != nil && strings.Contains(m[0], "("+got[1]+")")
	}},
	{regexp.MustCompile(`^HTTP (\d+)`), func(c *checkResult, m []string) bool { return strings.Contains(c.Output, "HTTP "+m[1]) }},
	{regexp.MustCompile(`^an HTTP status`), func(c *checkResult, _ []string) bool {
		return regexp.MustCompile(`HTTP [1-5]\d\d`).MatchString(c.Output)
	}},
	{regexp.MustCompile(`^([0-9a-f.:]+)(?: and ([0-9a-f.:]+)$| and \d+ more$|$)`), func(c *checkResult, m []string) bool {
		return strings.Contains(c.Output, m[1]) && strings.Contains(c.Output, m[2])
	}},
	{regexp.MustCompile(`^status: NOERROR, without an address$`), func(c *checkResult, _ []string) bool {
		return strings.Contains(c.Output, "status: NOERROR") && strings.Contains(c.Output, "ANSWER: ")
	}},
	{regexp.MustCompile(`^connection refused`), func(c *checkResult, _ []string) bool { return strings.Contains(c.Output, "connection refused") }},
	{regexp.MustCompile(`^prints nothing$`), func(c *checkResult, _ []string) bool { return c.Output == "" }},
	{regexp.MustCompile(`^curl reports an error$`), func(c *checkResult, _ []string) bool { return curlStatus.MatchString(c.Output) }},
	{regexp.MustCompile(`^an error`), func(c *checkResult, _ []string) bool { return c.Status != 0 && c.Output != "" }},
	{regexp.MustCompile(`^no CONNECTION ESTABLISHED$`), func(c *checkResult, _ []string) bool { return !strings.Contains(c.Output, "CONNECTION ESTABLISHED") }},
	{regexp.MustCompile(`^two times that differ by `), func(c *checkResult, _ []string) bool {
		own, served, _ := strings.Cut(strings.TrimSpace(c.Output), "\n")
		here, err := time.Parse(time.UnixDate, own)
		_, date, _ := strings.Cut(served, ": ")
		there, failed := time.Parse(time.RFC1123, strings.TrimSpace(date))
		return err == nil && failed == nil && there.Sub(here).Abs() > time.Minute
	}},
	{regexp.MustCompile(`^the line of ([0-9-]+ [0-9:]+): `), func(c *checkResult, m []string) bool { return strings.Contains(c.Output, m[1]) }},
	{regexp.MustCompile(`^Query time: `), func(c *checkResult, _ []string) bool {
		return regexp.MustCompile(`Query time: [1-9]\d{3,} msec`).MatchString(c.Output)
	}},
}
