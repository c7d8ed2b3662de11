package observation

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// evilZone is a zone that net/netip takes, and that would be a line of its own
// in a configuration.
const evilZone = "lo\ndhcp-script=/tmp/x.sh\n"

func TestProvenZone(t *testing.T) {
	for zone, keeps := range map[string]bool{
		"": true, "eth0": true, "12": true, "br-1_a.100": true, strings.Repeat("a", MaxZone): true,
		strings.Repeat("a", MaxZone+1): false, evilZone: false, "a b": false, "a'b": false, "a\u2019b": false, "é": false, "a]:53": false, "a%b": false, "a/b": false, "a@b": false,
		"a;b": false, "\r": false, "\u2028": false, "\x00": false, "\xff": false,
	} {
		a := netip.MustParseAddr("fe80::1").WithZone(zone)
		want := a
		if !keeps {
			want = netip.MustParseAddr("fe80::1")
		}
		if got := ProvenZone(a); got != want {
			t.Errorf("the zone %q: %v", zone, got)
		}
		if got, err := ParseAddress(a.String()); err != nil || got != want {
			t.Errorf("the zone %q parsed: %v, %v", zone, got, err)
		}
	}
	if a := ProvenZone(netip.Addr{}); a.IsValid() {
		t.Error(a)
	}
	if a := ProvenZone(netip.MustParseAddr("10.0.0.2")); a != netip.MustParseAddr("10.0.0.2") {
		t.Error(a)
	}
	if _, err := ParseAddress("10.0.0.2.3"); err == nil {
		t.Error("no address is one")
	}
}

// setAddresses sets every address field, allocating what is missing, and returns their number.
func setAddresses(v reflect.Value, a netip.Addr, depth int) (n int) {
	if !v.CanSet() && v.Kind() != reflect.Pointer {
		return 0
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() && v.CanSet() && depth < 9 {
			v.Set(reflect.New(v.Type().Elem()))
		}
		if !v.IsNil() {
			n = setAddresses(v.Elem(), a, depth+1)
		}
	case reflect.Slice:
		if depth < 9 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			n = setAddresses(v.Index(0), a, depth+1)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		n = setAddresses(key, a, depth+1) + setAddresses(value, a, depth+1)
		if n > 0 {
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		switch x := v.Addr().Interface().(type) {
		case *netip.Addr:
			*x = a
			return 1
		case *netip.AddrPort:
			*x = netip.AddrPortFrom(a, 53)
			return 1
		}
		for i := range v.NumField() {
			n += setAddresses(v.Field(i), a, depth+1)
		}
	}
	return n
}

// TestProveZones finds the address in every field that has one.
func TestProveZones(t *testing.T) {
	for zone, keeps := range map[string]bool{evilZone: false, "eth0": true} {
		a := netip.MustParseAddr("fe80::1")
		var o, want Observations
		n := setAddresses(reflect.ValueOf(&o), a.WithZone(zone), 0)
		if n < 20 {
			t.Fatalf("only %d addresses", n)
		}
		if keeps {
			a = a.WithZone(zone)
		}
		setAddresses(reflect.ValueOf(&want), a, 0)
		o.ProveZones()
		got, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		expected, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(expected), string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if strings.Contains(string(got), "dhcp-script") || keeps != strings.Contains(string(got), "%eth0") {
			t.Errorf("%s", got)
		}
	}
}
