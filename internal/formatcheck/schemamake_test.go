package formatcheck

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// sources has facts from the source code: the comments of types and members, and the
// constants of types.
type sources struct {
	types  map[string]string            // "observation.Stages": its comment
	fields map[string]map[string]string // of a type: the comments of its fields
	values map[string][]string          // of a type: its constants, in order
}

func readSources(t *testing.T) sources {
	t.Helper()
	s := sources{map[string]string{}, map[string]map[string]string{}, map[string][]string{}}
	for _, pkg := range []string{"endpoint", "observation", "fix", "diagnose", "report", "fleet"} {
		files, err := filepath.Glob(filepath.Join("../../pkg", pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no sources of %s: %v", pkg, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if g, ok := d.(*ast.GenDecl); ok {
					s.declaration(pkg, g)
				}
			}
		}
	}
	return s
}

func (s sources) declaration(pkg string, g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch x := spec.(type) {
		case *ast.TypeSpec:
			name := pkg + "." + x.Name.Name
			s.types[name] = comment(x.Doc, g.Doc)
			if st, ok := x.Type.(*ast.StructType); ok {
				s.fields[name] = map[string]string{}
				for _, f := range st.Fields.List {
					for _, n := range f.Names {
						s.fields[name][n.Name] = comment(f.Doc, f.Comment)
					}
				}
			}
		case *ast.ValueSpec:
			typ, ok := x.Type.(*ast.Ident)
			if g.Tok != token.CONST || !ok {
				continue
			}
			for _, v := range x.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if value, err := strconv.Unquote(lit.Value); err == nil && value != "" {
						s.values[pkg+"."+typ.Name] = append(s.values[pkg+"."+typ.Name], value)
					}
				}
			}
		}
	}
}

// comment returns the first existing comment, on one line.
func comment(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if g != nil {
			return strings.Join(strings.Fields(g.Text()), " ")
		}
	}
	return ""
}

// A maker builds the schema of a type.
type maker struct {
	sources
	defs map[string]any
}

type object = map[string]any

// makeSchema returns the schema of a report, from its Go types.
func makeSchema(t *testing.T) object {
	m := maker{readSources(t), object{}}
	root := m.structure(reflect.TypeFor[report.Document]())
	properties := root["properties"].(object)
	properties["schema"] = object{"const": report.Schema, "description": "The name of this form."}
	for _, list := range []string{"findings", "capabilities", "targets"} {
		properties[list].(object)["type"] = "array" // never null
	}
	for _, list := range []string{"targets", "evidence", "confirm", "fix", "actions"} {
		m.defs["diagnose.Finding"].(object)["properties"].(object)[list].(object)["type"] = "array"
	}
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://raw.githubusercontent.com/ssmcheck/ssmcheck/main/docs/report.schema.json"
	root["title"] = "The report of ssmcheck, as -o json and each line of -o ndjson has it"
	root["description"] = "Made from the Go types of ssmcheck. More members may be added without another version of the schema. " +
		"A duration is a number of milliseconds, and its name ends in _ms."
	root["$defs"] = m.defs
	return root
}

// of returns the schema of a type.
func (m maker) of(t reflect.Type, nullable bool) object {
	if t.Kind() == reflect.Pointer {
		return m.of(t.Elem(), nullable)
	}
	kind := func(name string) any {
		if nullable {
			return []any{name, "null"}
		}
		return name
	}
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[observation.Elapsed]():
		return object{"type": "number"}
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[netip.Prefix]():
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Struct:
		name := t.String()
		if _, ok := m.defs[name]; !ok {
			m.defs[name] = object{} // for a type that contains itself
			m.defs[name] = m.structure(t)
		}
		return object{"$ref": "#/$defs/" + name}
	case reflect.Slice:
		return object{"type": kind("array"), "items": m.of(t.Elem(), false)}
	case reflect.Map:
		return object{"type": kind("object"), "additionalProperties": m.of(t.Elem(), t.Elem().Kind() == reflect.Slice)}
	case reflect.String:
		return m.word(t)
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Uint8, reflect.Uint16:
		return object{"type": "integer", "minimum": 0, "maximum": 1<<t.Bits() - 1}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	}
	panic("no schema for " + t.String())
}

// word returns the schema of a string type, with its values if they are known.
func (m maker) word(t reflect.Type) object {
	var values []string
	switch {
	case t == reflect.TypeFor[endpoint.Capability]():
		for _, c := range endpoint.Capabilities() {
			values = append(values, string(c))
		}
	case t == reflect.TypeFor[endpoint.Service]():
		// A report judged elsewhere may have none.
	default:
		values = m.values[t.String()]
	}
	if len(values) == 0 {
		return object{"type": "string"}
	}
	def := object{"enum": toAny(values)}
	if c := m.types[t.String()]; c != "" {
		def["description"] = c
	}
	m.defs[t.String()] = def
	return object{"$ref": "#/$defs/" + t.String()}
}

func toAny(list []string) []any {
	var out []any
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// structure returns the schema of a struct: its members, also those of embedded structs,
// and which of them are required.
func (m maker) structure(t reflect.Type) object {
	properties := object{}
	var required []string
	m.members(t, properties, &required)
	slices.Sort(required)
	out := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		out["required"] = toAny(required)
	}
	if c := m.types[t.String()]; c != "" {
		out["description"] = c
	}
	return out
}

func (m maker) members(t reflect.Type, properties object, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("json")
		if f.Anonymous && !tagged {
			m.members(f.Type, properties, required)
			continue
		}
		if !f.IsExported() || tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		one := maps.Clone(m.of(f.Type, !optional))
		if c := m.fields[t.String()][f.Name]; c != "" {
			one["description"] = c
		}
		properties[name] = one
		if !optional {
			*required = append(*required, name)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
