package endpoint

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Region is an AWS Region.
type Region struct {
	Name string
	// Title is AWS's name for it: "US East (Ohio)". Empty: the Region is unknown.
	Title     string
	Partition Partition
	// Known: this version lists the Region. The names in an unlisted one follow
	// from its prefix.
	Known bool
	// EC2Messages: whether the Region has the ec2messages service.
	EC2Messages Support
}

// Support is yes, no or unknown. The zero value is unknown.
type Support string

// The values of Support.
const (
	SupportUnknown Support = ""
	Supported      Support = "supported"
	Unsupported    Support = "unsupported"
)

// A RegionError is a malformed Region name, with what to give instead. Its text
// is safe to print.
type RegionError struct {
	Name string
	// Problem says what is wrong: "it has typographic quotation marks".
	Problem string
	// Suggestion is the Region that was probably meant. Empty: unknown.
	Suggestion string
}

func (e *RegionError) Error() string {
	name, give := e.Name, "a name such as us-east-2"
	if e.Suggestion != "" {
		give = e.Suggestion
	}
	if utf8.RuneCountInString(name) > 60 {
		name = string([]rune(name)[:60]) + "…"
	}
	return fmt.Sprintf("malformed Region %q: %s; give %s", name, e.Problem, give)
}

// maxRegion is the longest label of a host name (RFC 1035, 2.3.4). The agent's
// own limit is 100 (common/identity/endpoint/endpoint.go), but it could not
// resolve such a name.
const maxRegion = 63

// wellFormed is stricter than the agent's rule (letters, digits and hyphens):
// words, then a number. Every Region of every partition has this form.
var wellFormed = pattern(`^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}$`)

// LookupRegion returns what is known about a Region. A well-formed but unlisted
// Region is not an error: Known is then false, and its prefix determines the
// partition. The error is a *RegionError.
func LookupRegion(name string) (Region, error) {
	if len(name) > maxRegion || !wellFormed().MatchString(name) || fipsPseudoRegion(name) != "" {
		return Region{}, regionError(name)
	}
	r := Region{Name: name, Partition: partitionOf(name)}
	if i, ok := findRegion(name); ok {
		r.Known = true
		r.Title = regionTable[i].title
		r.EC2Messages = regionTable[i].ec2messages
	}
	return r, nil
}

// Regions lists the names of the known Regions, sorted.
func Regions() []string {
	names := make([]string, len(regionTable))
	for i, r := range regionTable {
		names[i] = r.name
	}
	return names
}

func findRegion(name string) (int, bool) {
	return slices.BinarySearchFunc(regionTable, name, func(r regionData, name string) int {
		return cmp.Compare(r.name, name)
	})
}

// fipsPseudoRegion returns the Region in a name such as fips-us-east-1, which old
// SDKs accepted as a Region. Empty: the name is not of this form.
func fipsPseudoRegion(name string) string {
	if rest, ok := strings.CutPrefix(name, "fips-"); ok {
		if _, known := findRegion(rest); known {
			return rest
		}
	}
	return ""
}

// regionError says what is wrong with a malformed Region. It recognises what
// people paste: quotation marks from a document, capitals, an Availability Zone,
// a host name.
func regionError(name string) *RegionError {
	e := &RegionError{Name: name, Problem: "it is not of the form words-number"}
	if len(name) > maxRegion {
		e.Problem = fmt.Sprintf("it is longer than %d characters", maxRegion)
		return e
	}
	plain := strings.ToLower(strings.Trim(name, " \t\r\n\u00a0\u200b\ufeff\"'`"+typographic))
	plain = strings.Map(hyphen, plain)
	if wellFormed().MatchString(plain) && fipsPseudoRegion(plain) == "" {
		e.Suggestion = plain
	}
	zone := zoneRegion(plain)
	switch {
	case strings.TrimSpace(name) == "":
		e.Problem = "it is empty"
	case strings.ContainsAny(name, typographic):
		e.Problem = "it contains typographic quotation marks"
	case strings.ContainsAny(name, "\"'`"):
		e.Problem = "it contains quotation marks"
	case e.Suggestion != "" && strings.ContainsAny(name, dashes):
		e.Problem = "it contains typographic dashes"
	case e.Suggestion != "" && strings.Contains(name, "_"):
		e.Problem = "it contains underscores instead of hyphens"
	case e.Suggestion != "" && strings.EqualFold(name, plain):
		e.Problem = "Regions are written in lower case"
	case e.Suggestion != "":
		e.Problem = "it has spaces around it"
	case fipsPseudoRegion(plain) != "":
		e.Problem = "it names FIPS endpoints, not a Region"
		e.Suggestion = fipsPseudoRegion(plain) + " with --fips"
	case zone != "":
		e.Problem = "it is a zone, not a Region"
		e.Suggestion = zone
	case strings.Contains(name, "."):
		e.Problem = "it is a host name, not a Region"
	}
	return e
}

// typographic are the quotation marks that word processors and web pages use
// instead of plain ones.
const typographic = "“”„‟‘’‚‛«»‹›′″＂＇"

// dashes are used instead of the plain hyphen: U+2010 to U+2015, the minus sign,
// and their forms in East Asian text.
const dashes = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"

// hyphen replaces underscores and dashes by the plain hyphen.
func hyphen(r rune) rune {
	if r == '_' || strings.ContainsRune(dashes, r) {
		return '-'
	}
	return r
}

// zone matches an Availability Zone (us-east-2a), a Local Zone
// (us-west-2-lax-1a) and a Wavelength Zone (us-east-1-wl1-bos-wlz-1).
var zone = pattern(`^([a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2})(?:[a-z]|(?:-[a-z0-9]+)+)$`)

// zoneRegion returns the Region of a zone's name. Empty: it is not a zone, or its
// Region is unknown.
func zoneRegion(name string) string {
	m := zone().FindStringSubmatch(name)
	if m == nil {
		return ""
	}
	if _, known := findRegion(m[1]); !known {
		return ""
	}
	return m[1]
}

// pattern returns a regular expression that is compiled on first use: no run
// needs all of them, and most subcommands need none.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
