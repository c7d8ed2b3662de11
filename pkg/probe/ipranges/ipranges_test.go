package ipranges

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A made-up file in the form of Amazon's, with addresses for documentation.
const someRanges = `{
  "syncToken": "1700000000", "createDate": "2023-11-14-22-13-20",
  "prefixes": [
    {"ip_prefix": "198.51.100.0/24", "region": "us-east-2", "service": "AMAZON", "network_border_group": "us-east-2"},
    {"ip_prefix": "198.51.100.0/25", "region": "us-east-2", "service": "EC2", "network_border_group": "us-east-2"},
    {"ip_prefix": "203.0.113.7/32", "region": "GLOBAL", "service": "AMAZON", "network_border_group": "GLOBAL"}
  ],
  "ipv6_prefixes": [
    {"ipv6_prefix": "2001:db8:1::/48", "region": "eu-west-1", "service": "S3", "network_border_group": "eu-west-1"}
  ]
}`

func TestIPRanges(t *testing.T) {
	r, err := Read(strings.NewReader(someRanges))
	if err != nil {
		t.Fatal(err)
	}
	o := &observation.Observations{
		Plan:   observation.Plan{Region: "us-east-2"},
		System: []observation.SystemLookup{{Addresses: probetest.Addresses("198.51.100.1 10.0.0.1")}},
		Servers: []observation.ServerObservation{{
			Answers:     []observation.Answer{{Addresses: probetest.Addresses("198.51.100.200 198.51.100.1")}},
			ControlHost: &observation.Answer{Addresses: probetest.Addresses("2001:db8:1::5")},
		}},
		Targets: []observation.TargetObservation{{
			Addresses: []observation.AddressObservation{{Address: netip.MustParseAddr("64:ff9b::cb00:7107")}},
			Untried:   probetest.Addresses("192.0.2.1 203.0.113.8"),
		}},
		Metadata: observation.Metadata{VPCBlocks: []netip.Prefix{netip.MustParsePrefix("203.0.113.8/32")}},
	}
	probetest.Compare(t, observation.Ranges{
		Given: true, SyncToken: "1700000000", Created: "2023-11-14-22-13-20", HasRegion: true,
		Known: map[netip.Addr]observation.AddressRange{
			netip.MustParseAddr("198.51.100.1"):       {InAmazon: true, Regions: []string{"us-east-2"}, Services: []string{"AMAZON", "EC2"}},
			netip.MustParseAddr("198.51.100.200"):     {InAmazon: true, Regions: []string{"us-east-2"}, Services: []string{"AMAZON"}},
			netip.MustParseAddr("2001:db8:1::5"):      {InAmazon: true, Regions: []string{"eu-west-1"}, Services: []string{"S3"}},
			netip.MustParseAddr("64:ff9b::cb00:7107"): {InAmazon: true, Regions: []string{"GLOBAL"}, Services: []string{"AMAZON"}},
			netip.MustParseAddr("192.0.2.1"):          {},
		},
	}, r.Lookup(o))
	o.Plan.Region = "ap-south-1"
	if r.Lookup(o).HasRegion {
		t.Error("a file without the Region's blocks is told as one that has them")
	}
	probetest.Compare(t, observation.Ranges{}, (*Ranges)(nil).Lookup(o))
}

func TestIPRangesThatAreNone(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"empty", "", "JSON"},
		{"a page", "<html>", "JSON"},
		{"another document", `{"prefixes": {}}`, `"prefixes"`},
		{"a list", `[]`, "array"},
		{"no blocks", `{"syncToken": "1"}`, "no address blocks"},
		{"a block that is none", `{"prefixes": [{"ip_prefix": "10.0.0.0\u001b[2J"}]}`, `"10.0.0.0\x1b[2J"`},
		{"an IPv6 block that is none", `{"ipv6_prefixes": [{"ipv6_prefix": "x"}]}`, `"x"`},
		{"a block of the other family", `{"prefixes": [{"ipv6_prefix": "2001:db8::/32"}]}`, `address block: ""`},
		{"no object", `{"prefixes": [7]}`, `number`},
		{"a field of another kind", `{"prefixes": [{"ip_prefix": 7}]}`, `number`},
		{"a half", someRanges[:len(someRanges)-2], "JSON"},
		{"a half of a list", someRanges[:200], "JSON"},
		{"more behind it", someRanges + "[]", "after top-level value"},
		{"many blocks", `{"prefixes": [` + strings.Repeat(`{"ip_prefix":"10.0.0.0/8"},`, 50_000) + `{"ip_prefix":"10.0.0.0/8"}]}`, "50000 blocks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
	endless := io.MultiReader(strings.NewReader("{"), endlessSpaces{})
	if _, err := Read(endless); err == nil || !strings.Contains(err.Error(), "8 MiB") {
		t.Errorf("an endless file: %v, want it refused by its size", err)
	}
}

// TestIPRangesAreBounded reads large files, and files full of other things than blocks: each takes
// little memory and time.
func TestIPRangesAreBounded(t *testing.T) {
	const size = 8<<20 - 100
	many := func(begin, each, end string) string {
		return begin + strings.Repeat(each, (size-len(begin)-len(end))/len(each)) + strings.TrimSuffix(each, ",") + end
	}
	for name, text := range map[string]string{
		"numbers in place of blocks": many(`{"prefixes":[`, "0,", "]}"),
		"blocks of nothing":          many(`{"prefixes":[`, "{},", "]}"),
		"a block of numbers":         many(`{"prefixes":[{"x":[`, "0,", "]}]}"),
		"another list":               many(`{"x":[`, "0,", "]}"),
		"lists in lists":             many(`{"x":`, "[", ""),
		"one string":                 many(`{"syncToken":"`, "a", `"}`),
		"one escaped string":         many(`{"prefixes":[{"region":"`, `\u0001`, `"}]}`),
		"blocks":                     many(`{"prefixes":[`, `{"ip_prefix":"10.0.0.0/8"},`, "]}"),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Read(strings.NewReader(text))
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 50<<20 || time.Since(start) > time.Minute { // the square of its length is meant
				t.Errorf("%d MiB were taken in %s (%v)", n>>20, time.Since(start), err)
			}
		})
	}
}

type endlessSpaces struct{}

func (endlessSpaces) Read(b []byte) (int, error) {
	return copy(b, bytes.Repeat([]byte(" "), len(b))), nil
}

func TestOpenIPRanges(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, "bad.json")
	for name, text := range map[string]string{good: someRanges, bad: "{"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := Open(good); err != nil || len(r.blocks) != 4 {
		t.Errorf("%v, %v; want four blocks", r, err)
	}
	for _, name := range []string{bad, dir, filepath.Join(dir, "absent")} {
		if r, err := Open(name); err == nil || r != nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, %v; want an error that names it", name, r, err)
		}
	}
}

func FuzzIPRanges(f *testing.F) {
	f.Add([]byte(someRanges))
	f.Add([]byte(`{"prefixes":[null,{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := Read(bytes.NewReader(b)); err == nil {
			r.of(netip.MustParseAddr("198.51.100.1"))
		} else if r != nil {
			t.Error("blocks beside an error")
		}
	})
}
