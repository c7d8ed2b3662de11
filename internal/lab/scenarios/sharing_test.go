package scenarios_test

import (
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/hostile"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// TestWorldsShareNothing sets up all scenarios in two goroutines at once, for the race
// detector. Both worlds of a scenario must be equal, and no two worlds may share memory
// that can be written to.
func TestWorldsShareNothing(t *testing.T) {
	all := slices.Concat(scenarios.All(), scenarios.Changing(), hostile.Scenarios())
	if len(all) < 200 {
		t.Fatalf("%d scenarios, which cannot be all", len(all))
	}
	var worlds [2][]*lab.World
	var both sync.WaitGroup
	for i := range worlds {
		both.Go(func() {
			for _, s := range all {
				worlds[i] = append(worlds[i], s.World())
			}
		})
	}
	both.Wait()
	owner := map[uintptr]string{}
	for i, s := range all {
		if diff := cmp.Diff(worlds[0][i], worlds[1][i], sameWorld...); diff != "" {
			t.Errorf("%s: the second set-up gives another world\n%s", s.Name, diff)
		}
		for n, w := range []*lab.World{worlds[0][i], worlds[1][i]} {
			held := map[uintptr]string{}
			memory(reflect.ValueOf(w), "World", held)
			said := map[string]bool{}
			for at, path := range held {
				if other, ok := owner[at]; ok && !said[path] {
					t.Errorf("%s (set-up %d): %s is also %s", s.Name, n+1, path, other)
					said[path] = true
				}
				owner[at] = s.Name + "'s " + path
			}
		}
	}
}

// sameWorld compares worlds. Functions only both exist or do not, and extra certificates
// have different keys.
var sameWorld = cmp.Options{
	cmpopts.IgnoreUnexported(lab.World{}, lab.Metadata{}),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	cmp.Comparer(func(a, b []string) bool { return slices.Equal(a, b) }), // fast: some have ten thousand names
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().Type().Kind() == reflect.Func }, cmp.FilterValues(
		func(a, b any) bool { return true },
		cmp.Comparer(func(a, b any) bool { return reflect.ValueOf(a).IsNil() == reflect.ValueOf(b).IsNil() }),
	)),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Extra" },
		cmp.Comparer(func(a, b []byte) bool { return (a == nil) == (b == nil) })),
}

// memory collects the addresses of everything that can be written to through a value,
// with the path to it: targets of pointers, maps, and the elements of slices up to their
// capacity, where append writes. It does not inspect functions.
func memory(v reflect.Value, path string, held map[uintptr]string) {
	switch v.Type() {
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[time.Time]():
		return // values, although they contain pointers
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && held[v.Pointer()] == "" {
			held[v.Pointer()] = path
			memory(v.Elem(), path, held)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			memory(v.Field(i), path+"."+v.Type().Field(i).Name, held)
		}
	case reflect.Map:
		if v.IsNil() {
			return
		}
		held[v.Pointer()] = path
		for _, key := range v.MapKeys() {
			memory(v.MapIndex(key), path+"["+key.String()+"]", held)
		}
	case reflect.Slice:
		size := v.Type().Elem().Size()
		for i := range v.Cap() {
			held[v.Pointer()+uintptr(i)*size] = path
		}
		switch v.Type().Elem().Kind() {
		case reflect.String, reflect.Uint8:
			return // the elements contain nothing that can be written to
		}
		for i := range v.Len() {
			memory(v.Index(i), path, held)
		}
	}
}
