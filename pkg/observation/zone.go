package observation

import (
	"net/netip"
	"reflect"
	"strings"
)

// maxZone is how long a zone may be: an interface's name is shorter on every
// system (Linux: 15 bytes).
const MaxZone = 64

// ParseAddress is netip.ParseAddr for an address that a file or a person gives:
// see ProvenZone.
func ParseAddress(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	return ProvenZone(a), err
}

// ProvenZone is the address without its zone, unless the zone has the form of an
// interface's name or number: letters, digits, dots, hyphens and underscores.
// net/netip takes any bytes for a zone, line ends and quotes too, and addresses
// go into commands and configurations.
func ProvenZone(a netip.Addr) netip.Addr {
	zone := a.Zone()
	if len(zone) > MaxZone || strings.ContainsFunc(zone, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_')
	}) {
		return a.WithZone("")
	}
	return a
}

// ProveZones applies ProvenZone to every address of the observations, which a
// file may have given whole.
func (o *Observations) ProveZones() { proveZones(reflect.ValueOf(o)) }

func proveZones(v reflect.Value) {
	if !v.CanSet() && v.Kind() != reflect.Pointer {
		return // unexported: no file gives it
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			proveZones(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			proveZones(v.Index(i))
		}
	case reflect.Map:
		proveKeys(v)
	case reflect.Struct:
		switch a := v.Addr().Interface().(type) {
		case *netip.Addr:
			*a = ProvenZone(*a)
		case *netip.AddrPort:
			*a = netip.AddrPortFrom(ProvenZone(a.Addr()), a.Port())
		default:
			for i := range v.NumField() {
				proveZones(v.Field(i))
			}
		}
	}
}

// proveKeys is proveZones for a map, whose keys and values have no address in
// memory.
func proveKeys(v reflect.Value) {
	for _, key := range v.MapKeys() {
		k, value := reflect.New(key.Type()).Elem(), reflect.New(v.Type().Elem()).Elem()
		k.Set(key)
		value.Set(v.MapIndex(key))
		proveZones(k)
		proveZones(value)
		v.SetMapIndex(key, reflect.Value{})
		v.SetMapIndex(k, value)
	}
}
