package formatcheck

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/fleet/render"
)

const fleetSchemaFile = "../../docs/fleet.schema.json"

// The published schema of a roll-up is that of the types, and a roll-up is valid.
func TestFleetSchema(t *testing.T) {
	m := maker{readSources(t), object{}}
	root := m.structure(reflect.TypeFor[fleet.Rollup]())
	root["properties"].(object)["schema"] = object{"const": fleet.Schema, "description": "The name of this form."}
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://raw.githubusercontent.com/ssmcheck/ssmcheck/main/docs/fleet.schema.json"
	root["title"] = "The roll-up of ssmcheck fleet -o json"
	root["$defs"] = m.defs
	for _, def := range append([]any{root}, values(m.defs)...) {
		for _, p := range values(def.(object)["properties"]) {
			if kinds, ok := p.(object)["type"].([]any); ok {
				p.(object)["type"] = kinds[0] // no list is ever null
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(fleetSchemaFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(string(read(t, fleetSchemaFile)), b.String()); d != "" {
		t.Errorf("docs/fleet.schema.json is not of these types (-file +types); write it anew by\ngo test ./internal/formatcheck -run FleetSchema -update\n%s", d)
	}

	doc, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("fleet.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("fleet.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{"../../testdata/fleet", "../../testdata/absent"} {
		r := fleet.NewRoll(time.Now())
		if err := r.Read(t.Context(), []string{input}, nil); err != nil {
			t.Fatal(err)
		}
		for _, o := range []fleet.Options{{}, {By: "role"}, {Since: time.Hour}} {
			var out bytes.Buffer
			if err := render.JSON(&out, r.Rollup(o)); err != nil {
				t.Fatal(err)
			}
			if err := validate(s, out.Bytes()); err != nil {
				t.Errorf("%s %+v: %v", input, o, err)
			}
			if strings.Contains(out.String(), "null") {
				t.Errorf("%s %+v: a member is null", input, o)
			}
		}
	}
}

func values(m any) (out []any) {
	if o, ok := m.(object); ok {
		for _, v := range o {
			out = append(out, v)
		}
	}
	return out
}
