// Command fleetbench measures ssmcheck fleet against jq: 100,000 compact reports
// of 5,000 nodes, made by internal/fleetgen. Both print the failing nodes by cause
// and object, of the newest report of each node, and must agree.
//
// It judges no time: the limits are those of a quiet machine.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/fleetgen"
	"github.com/ssmcheck/ssmcheck/pkg/fleet"
)

// grouping is what ssmcheck fleet counts, for jq. It reads one report at a time,
// as ssmcheck does. -R and fromjson? leave out the damaged ones.
const grouping = `reduce (inputs | fromjson?) as $r ({};
  ($r.node.instance_id) as $id
  | if .[$id] == null or .[$id].at <= $r.started_at
    then .[$id] = {at: $r.started_at, verdict: $r.verdict,
      causes: [$r.findings[] | select(.severity == "error" and .ignored != true) | [.code, .object.kind, .object.id]]}
    else . end)
| [.[] | select(.verdict == "fail") | .causes[]] | group_by(.) | map({key: (.[0] | tojson), value: length}) | from_entries`

func main() {
	bin := flag.String("bin", "bin", "where ssmcheck is")
	write := flag.String("write", "", "only write the fleet into this directory")
	nodes := flag.Int("nodes", 5000, "nodes")
	rounds := flag.Int("rounds", 20, "reports of each node")
	flag.Parse()
	if err := run(*bin, *write, fleetgen.Fleet{Nodes: *nodes, Rounds: *rounds}); err != nil {
		fmt.Fprintln(os.Stderr, "fleetbench:", err)
		os.Exit(1)
	}
}

func run(bin, write string, f fleetgen.Fleet) error {
	if write != "" {
		return f.Write(write, false)
	}
	dir, err := os.MkdirTemp("", "fleetbench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // in a temporary directory
	if err := f.Write(dir, false); err != nil {
		return err
	}
	files, size, err := list(dir)
	if err != nil {
		return err
	}
	fmt.Printf("%d reports of %d nodes, %d MB\n\n", f.Nodes*f.Rounds, f.Nodes, size/1e6)
	fmt.Println("| | time | peak memory |\n| --- | ---: | ---: |")
	out, ours, err := measure("ssmcheck fleet", filepath.Join(bin, "ssmcheck"), "fleet", "-q", "-o", "json", dir)
	if err != nil {
		return err
	}
	var r fleet.Rollup
	if err := json.Unmarshal(out, &r); err != nil {
		return err
	}
	jq, err := exec.LookPath("jq")
	if err != nil {
		fmt.Println("SKIP: jq is missing")
		return nil
	}
	out, theirs, err := measure("jq", jq, append([]string{"-nR", grouping}, files...)...)
	if err != nil {
		return err
	}
	var want map[string]int
	if err := json.Unmarshal(out, &want); err != nil {
		return err
	}
	got := map[string]int{}
	for _, c := range r.Causes {
		if c.Failing == 0 {
			continue
		}
		key := []any{c.Code, nil, nil}
		if c.Object != nil {
			key = []any{c.Code, c.Object.Kind, c.Object.ID}
		}
		b, _ := json.Marshal(key) // of strings
		got[string(b)] = c.Failing
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("they disagree: ssmcheck %v, jq %v", got, want)
	}
	fmt.Printf("\nThe same causes and numbers. ssmcheck is %.1f times as fast.\n", theirs.Seconds()/ours.Seconds())
	return nil
}

// list gives the files of a fleet, and their size.
func list(dir string) (files []string, size int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			files, size = append(files, path), size+info.Size()
		}
		return err
	})
	return files, size, err
}

// measure runs a command and prints a row about it. Exit status 1 is ssmcheck's
// for a fleet in which a node fails.
func measure(name, program string, args ...string) ([]byte, time.Duration, error) {
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Stdout, c.Stderr = &out, os.Stderr
	began := time.Now()
	err := c.Run()
	took := time.Since(began)
	if c.ProcessState == nil || c.ProcessState.ExitCode() > 1 {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	fmt.Printf("| %s | %.1f s | %s |\n", name, took.Seconds(), peakMemory(c.ProcessState))
	return out.Bytes(), took, nil
}
