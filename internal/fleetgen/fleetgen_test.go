package fleetgen

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
)

var update = flag.Bool("update", false, "write testdata/fleet anew")

// inTree is the fleet of testdata/fleet.
var inTree = Fleet{Nodes: 1000, Rounds: 1}

const tree = "../../testdata/fleet"

// TestPlanted: the roll-up finds the planted causes with their numbers, however
// the reports are stored.
func TestPlanted(t *testing.T) {
	if *update {
		if err := os.RemoveAll(tree); err != nil {
			t.Fatal(err)
		}
		if err := inTree.Write(tree, true); err != nil {
			t.Fatal(err)
		}
	}
	plain := t.TempDir()
	if err := (Fleet{Nodes: 1000, Rounds: 3}).Write(plain, false); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{tree, plain} {
		r := rollUp(t, dir, fleet.Options{By: "region"})
		if want := (fleet.Verdicts{Nodes: 999, Pass: 492, Warn: 6, Fail: 501}); r.Verdicts != want {
			t.Errorf("%s: verdicts %+v, want %+v", dir, r.Verdicts, want)
		}
		var got []string
		for _, c := range r.Causes {
			object := ""
			if c.Object != nil {
				object = c.Object.Kind + " " + c.Object.ID
			}
			got = append(got, fmt.Sprintf("%s (%s): %d of %d", c.Code, object, c.Failing, c.Nodes))
		}
		want := []string{
			"dns-forwarder-broken (nameserver 10.200.0.53): 399 of 399",
			"endpoint-blocked (endpoint com.amazonaws.us-east-2.ssmmessages 10.2.1.102 10.2.3.102): 100 of 100",
			"clock-skew (): 2 of 2",
			"agent-stopped (): 0 of 6",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: causes %q, want %q", dir, got, want)
		}
		if want := (fleet.Explained{Causes: 2, Nodes: 499, Failing: 501}); r.Explained != want {
			t.Errorf("%s: explained %+v, want %+v", dir, r.Explained, want)
		}
		if len(r.Problems) != 1 || r.Problems[0].Kind != fleet.Damaged || r.Problems[0].Count != 1 {
			t.Errorf("%s: not used: %+v", dir, r.Problems)
		}
		if len(r.Groups) != 2 || r.Groups[0].Value != "eu-central-1" || r.Groups[0].Explain != 399 {
			t.Errorf("%s: groups %+v", dir, r.Groups)
		}
	}
}

func rollUp(t testing.TB, dir string, o fleet.Options) *fleet.Rollup {
	t.Helper()
	r := fleet.NewRoll(Start.Add(time.Hour))
	if err := r.Read(t.Context(), []string{dir}, nil); err != nil {
		t.Fatal(err)
	}
	return r.Rollup(o)
}

// BenchmarkRead reads 10,000 reports.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	if err := (Fleet{Nodes: 1000, Rounds: 10}).Write(dir, false); err != nil {
		b.Fatal(err)
	}
	var size int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if info, err := d.Info(); err == nil && !d.IsDir() {
			size += info.Size()
		}
		return err
	})
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		rollUp(b, dir, fleet.Options{})
	}
}
