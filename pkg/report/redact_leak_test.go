package report_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// kept are the facts that a redacted report has as they were, and why. A fact
// is named by the end of its place; every other one that is a text is replaced,
// a new one too.
var kept = []struct{ why, facts string }{
	{"an enumeration of this program's", "Ending Kind Op Class Role Source Found Known Installed Running Worker Expect Capabilities Plan.Ignore Needs/key"},
	{"an enumeration of DNS's", "Type Rcode Transport"},
	{"the names of Regions and of AWS's partitions and services are everybody's, and a helper needs them",
		"Plan.Region Partition Service"},
	{"the build's, and what crypto/tls names", "OS Arch Cipher"},
}

// isTold reports whether a fact of the place stays.
func isTold(place string) bool {
	for _, t := range kept {
		for one := range strings.FieldsSeq(t.facts) {
			if one == place || strings.HasSuffix(place, "."+one) || strings.HasSuffix(place, "/"+one) {
				return true
			}
		}
	}
	return false
}

// A filler gives every text of a value a marker of its own.
type filler struct {
	shape string // with %s for the marker
	n     int
	// marks are the markers by the place where they stand.
	marks map[string]string
}

// mark is a word that nobody has, with letters for the number.
func (f *filler) mark(place string) string {
	f.n++
	word := "Zq"
	for n := f.n; len(word) < 6; n /= 20 {
		word += string("bcdfghjklmnpqrstvwxz"[n%20])
	}
	f.marks[strings.ToLower(word)] = place
	return word
}

// fill gives texts, and what holds texts, something where there is nothing.
func (f *filler) fill(v reflect.Value, place string, depth int) {
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		return
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[netip.Prefix]():
		return // TestRedact_noSecret
	}
	switch v.Kind() {
	case reflect.String:
		if !isTold(place) && (v.Len() == 0 || !keptWhole(place)) {
			v.SetString(fmt.Sprintf(f.shape, f.mark(place)))
		}
	case reflect.Pointer:
		if v.IsNil() && depth < 12 {
			v.Set(reflect.New(v.Type().Elem()))
		}
		if !v.IsNil() {
			f.fill(v.Elem(), place, depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && field.Tag.Get("json") != "-" {
				name := place + "." + field.Name
				if field.Anonymous {
					name = place
				}
				f.fill(v.Field(i), name, depth+1)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 && depth < 12 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			f.fill(v.Index(i), place, depth+1)
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key, place+"/key", depth+1)
		f.fill(value, place, depth+1)
		if v.Type().Key().Kind() == reflect.String {
			v.SetMapIndex(key, value)
		}
	}
}

// keptWhole are texts that the targets of a document hang together by: their
// markers are in the targets that fill adds.
func keptWhole(place string) bool {
	return strings.HasSuffix(place, ".Name") || strings.HasSuffix(place, ".Host")
}

// TestRedact_noFact: every text of the facts is a word that nobody has, in
// each of the shapes that names come in, and no format has one.
func TestRedact_noFact(t *testing.T) {
	for _, shape := range []string{
		"%s", "words with %s in it", "lookup %s on 10.0.0.2:53: no such host", "%s.corp.example", "gw.%s.example.", "LOGIN.%s.COM", "%s:3128",
		"http://%s:3128", "http://jdoe:***@%s:3128/", "https://%s.s3.eu-west-1.amazonaws.com/key", "https://s3.us-east-2.amazonaws.com/%s/key",
		"%s@mail", "ask %s@contosofw", "/home/%s/.aws/credentials", `C:\Users\%s\agent`, `ACME\%s`, "/etc/%s.conf: permission denied",
		"CN=%s,O=%[1]s Ltd,C=US", `x "\n%s" y`, `"\x16\x03%s"`, "arn:aws:iam::123456789012:role/%s", "the instance role %s", "a-%s_b.c", "<b>%s</b>", "%%2F%s%%2F",
		"mid%s", "%sier", "München-%s",
	} {
		t.Run(shape, func(t *testing.T) {
			f := &filler{shape: shape, marks: map[string]string{}}
			o := broken().Observations
			f.fill(reflect.ValueOf(o).Elem(), "", 0)
			whole := report.New("1.2.3", diagnose.Judge(o), o)
			before := string(encode(t, whole))
			d := redacted(t, whole)
			if len(f.marks) < 150 {
				t.Fatalf("%d texts were filled", len(f.marks))
			}
			for name, format := range allFormats() {
				// Each marker begins with "zq" and has six letters.
				text := strings.ToLower(formatted(t, d, format))
				for i := range text {
					if !strings.HasPrefix(text[i:], "zq") {
						continue
					}
					if place, ok := f.marks[text[i:min(len(text), i+6)]]; ok {
						t.Errorf("%s has %s: …%s…", name, place, text[max(0, i-60):min(len(text), i+60)])
					}
				}
			}
			if !strings.Contains(strings.ToLower(before), "zqbb") {
				t.Error("nothing was planted")
			}
		})
	}
}

// A fact that is gone leaves nothing on the list of what stays.
func TestRedactToldExists(t *testing.T) {
	for _, x := range kept {
		for one := range strings.FieldsSeq(x.facts) {
			if !slices.ContainsFunc(placesOf(reflect.TypeFor[observation.Observations](), "", 0), func(p string) bool {
				return p == one || strings.HasSuffix(p, "."+one) || strings.HasSuffix(p, "/"+one)
			}) {
				t.Errorf("%s: no fact has the name", one)
			}
		}
	}
}

// placesOf are the places of all texts of a type.
func placesOf(x reflect.Type, place string, depth int) []string {
	var all []string
	switch {
	case depth > 12:
	case x.Kind() == reflect.String:
		all = []string{place}
	case x.Kind() == reflect.Pointer, x.Kind() == reflect.Slice:
		all = placesOf(x.Elem(), place, depth+1)
	case x.Kind() == reflect.Map:
		all = append(placesOf(x.Elem(), place, depth+1), placesOf(x.Key(), place+"/key", depth+1)...)
	case x.Kind() == reflect.Struct && x.PkgPath() != "time" && x.PkgPath() != "net/netip":
		for i := range x.NumField() {
			name := place + "." + x.Field(i).Name
			if x.Field(i).Anonymous {
				name = place
			}
			all = append(all, placesOf(x.Field(i).Type, name, depth+1)...)
		}
	}
	return all
}
