package diagnose

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// A saved run may lack anything: a hand has cut it, or another version wrote
// it. Each member of each object is taken out once, the first place where it
// stands, and the rest must still be judged, without a panic and without an
// empty word.
func TestAnyMemberMayBeMissing(t *testing.T) {
	for i, test := range allTests() {
		if i%8 != 0 { // all of them take twenty seconds
			continue
		}
		w := healthy()
		test.change(w)
		b, err := json.Marshal(w.Observations)
		if err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := json.Unmarshal(b, &tree); err != nil {
			t.Fatal(err)
		}
		seen := make(map[string]bool)
		without(tree, "", seen, func(path string) {
			b, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			o := new(probe.Observations)
			if err := json.Unmarshal(b, o); err != nil {
				t.Fatalf("%s without %s: %v", test.name, path, err)
			}
			defer func() {
				if p := recover(); p != nil {
					t.Fatalf("%s without %s: panic: %v", test.name, path, p)
				}
			}()
			for _, f := range Judge(o).Findings {
				if f.Title == "" || f.Severity == "" || len(f.Fix) == 0 {
					t.Errorf("%s without %s: %s lacks words: %+v", test.name, path, f.Code, f)
				}
			}
		})
	}
}

// without takes each member out of the tree in turn and puts it back.
func without(v any, path string, seen map[string]bool, judge func(path string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			p := path + "." + k
			kept := v[k]
			if !seen[p] {
				seen[p] = true
				delete(v, k)
				judge(p)
				v[k] = kept
			}
			without(kept, p, seen, judge)
		}
	case []any:
		for _, e := range v {
			without(e, path+"[]", seen, judge)
		}
	}
}
