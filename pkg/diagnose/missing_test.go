package diagnose

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A saved run may lack anything: somebody cut it, or another version wrote it. Each
// member of each object is removed once, where it occurs first, and the rest must still
// be judged, without a panic and without an empty word.
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
		for path, cut := range members(t, b) {
			o := new(observation.Observations)
			if err := json.Unmarshal(slices.Concat(b[:cut.from], b[cut.to:]), o); err != nil {
				t.Fatalf("%s without %s: %v", test.name, path, err)
			}
			func() {
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
			}()
		}
	}
}

// A span of a document.
type span struct{ from, to int64 }

// members are the members of all objects of a document, each with what must be cut to
// remove it where its path occurs first.
func members(t *testing.T, document []byte) map[string]span {
	t.Helper()
	found := map[string]span{}
	d := json.NewDecoder(bytes.NewReader(document))
	token := func() json.Token {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	var value func(path string)
	value = func(path string) {
		open := token()
		for n := 0; open == json.Delim('{') && d.More(); n++ {
			cut := span{from: d.InputOffset()} // before the comma
			p := path + "." + token().(string)
			value(p)
			cut.to = d.InputOffset()
			if n == 0 && document[cut.to] == ',' {
				cut.to++
			}
			if _, there := found[p]; !there {
				found[p] = cut
			}
		}
		for open == json.Delim('[') && d.More() {
			value(path + "[]")
		}
		if open == json.Delim('{') || open == json.Delim('[') {
			token()
		}
	}
	value("")
	return found
}
