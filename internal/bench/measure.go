package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// A bench says what is measured, and how often.
type bench struct {
	// bin is the directory of the programs.
	bin       string
	runs      int
	manual    bool
	distances []time.Duration
}

// A row is a case at one distance, measured.
type row struct {
	benchCase
	rtt time.Duration
	// baselineWall is the wall time of the baseline.
	baselineWall time.Duration
	measured
}

// measure measures every case, or only one and its baseline, at every distance.
func (b bench) measure(only string) ([]row, error) {
	var rows []row
	for _, c := range cases() {
		if only != "" && c.name != only && !isBaseline(only, c.name) {
			continue
		}
		manual := b.manual
		for _, rtt := range b.distances {
			fmt.Fprintf(os.Stderr, "measuring: %s, %s away\n", c.name, rtt)
			m, err := b.inLab(c, rtt, manual)
			if err != nil {
				return nil, fmt.Errorf("%s, %s away: %w", c.name, rtt, err)
			}
			rows = append(rows, row{benchCase: c, rtt: rtt, baselineWall: baselineOf(rows, c, rtt), measured: m})
			// Whoever gave up here gives up farther away too.
			manual = manual && (m.Manual == nil || !m.Manual.gaveUp())
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("nothing to measure: there is no case %q", only)
	}
	return rows, nil
}

// isBaseline reports whether a case is compared with another one.
func isBaseline(name, baseline string) bool {
	return slices.ContainsFunc(cases(), func(c benchCase) bool { return c.name == name && c.baseline == baseline })
}

// baselineOf returns the wall time of c's baseline at the same distance.
func baselineOf(rows []row, c benchCase, rtt time.Duration) time.Duration {
	for _, r := range rows {
		if r.name == c.baseline && r.rtt == rtt {
			return medianOf(r.Runs, wall)
		}
	}
	return 0
}

// inLab measures a case at a distance. Cases that wait for seconds are measured less
// often, and checking by hand only once.
func (b bench) inLab(c benchCase, rtt time.Duration, manual bool) (m measured, err error) {
	self, err := os.Executable()
	if err != nil {
		return m, err
	}
	runs, hand := b.runs, c.hand
	if c.waits > 0 {
		runs = min(runs, 3)
	}
	if !manual {
		hand = ""
	}
	command := exec.Command(filepath.Join(b.bin, "ssmlab"), append([]string{"run", "--rtt", rtt.String(), c.scenario, "--",
		self, nodeCommand, "-program", filepath.Join(b.bin, "ssmcheck"), "-runs", strconv.Itoa(runs), "-hand", hand, "-plain=" + strconv.FormatBool(c.footprint), "--"}, c.args...)...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return m, fmt.Errorf("%w: %s", err, stderr.Bytes())
	}
	return m, json.Unmarshal(stdout.Bytes(), &m)
}
