package fleet

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestLargeDirectory holds that of a directory with very many files only a few
// names are in memory at a time.
func TestLargeDirectory(t *testing.T) {
	const files, most = 20_000, 2 << 20
	dir := t.TempDir()
	long := strings.Repeat("n", 200) // all the names together have 4 MB, with their paths 8
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s%d.json", long, i)), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	in := &input{Roll: NewRoll(now), ctx: t.Context(), free: make(chan []byte, 1)}
	read, before, peak := 0, live(), uint64(0)
	err := in.directory(dir, func(b batch) error {
		if read%1000 == 0 {
			peak = max(peak, live())
		}
		read++
		b.documents(new(document), in.use, in.reject)
		in.free <- b.text[:batchSize]
		return nil
	})
	if err != nil || read != files {
		t.Fatalf("%d files are read, want %d: %v", read, files, err)
	}
	if peak > before+most {
		t.Errorf("%d bytes more are held, want at most %d", peak-before, most)
	}
	if out := in.Rollup(Options{}); counted(out) != "foreign=20000" || len(out.Problems[0].Examples) != maxExamples {
		t.Errorf("%s, with %d examples", counted(out), len(out.Problems[0].Examples))
	}
}
