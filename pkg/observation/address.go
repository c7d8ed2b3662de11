package observation

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Class is a kind of address.
type Class string

// The classes. An address has the first that applies, in this order.
const (
	ClassUnspecified Class = "unspecified" // 0.0.0.0, ::
	ClassLoopback    Class = "loopback"    // 127.0.0.0/8, ::1
	ClassLinkLocal   Class = "link-local"  // 169.254.0.0/16, fe80::/10
	ClassPrivate     Class = "private"     // see Classify
	ClassPublic      Class = "public"      // any other
)

var (
	cgnat = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
	nat64 = netip.MustParsePrefix("64:ff9b::/96")  // RFC 6052
)

// Classify says what kind of address a is. Private are RFC 1918's blocks,
// 100.64.0.0/10, fc00::/7 and the extra blocks: the VPC's own, and those of
// --private-cidr. An address in 64:ff9b::/96 is classed by the IPv4 address
// in it.
func Classify(a netip.Addr, extra []netip.Prefix) Class {
	a = UnmapNAT64(a)
	switch {
	case a.IsUnspecified():
		return ClassUnspecified
	case a.IsLoopback():
		return ClassLoopback
	case a.IsLinkLocalUnicast():
		return ClassLinkLocal
	case a.IsPrivate(), cgnat.Contains(a), slices.ContainsFunc(extra, func(p netip.Prefix) bool { return p.Contains(a) }):
		return ClassPrivate
	}
	return ClassPublic
}

// UnmapNAT64 returns the IPv4 address within one of 64:ff9b::/96, and any other
// address unchanged but for its zone.
func UnmapNAT64(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return a
}

// Class says what kind of address a is to this node: the blocks of
// --private-cidr and of its VPC count.
func (o *Observations) Class(a netip.Addr) Class {
	return Classify(a, slices.Concat(o.Plan.PrivateCIDRs, o.Metadata.VPCBlocks))
}

// tailscaleServers are the addresses of the resolver that Tailscale's client runs
// on each of its nodes (tailscale.com/kb/1381, "quad100").
var tailscaleServers = [...]netip.Addr{
	netip.AddrFrom4([4]byte{100, 100, 100, 100}),
	netip.MustParseAddr("fd7a:115c:a1e0::53"),
}

// IsTailscale reports whether the address is that of Tailscale's own resolver,
// which no configuration of a nameserver changes.
func IsTailscale(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a == tailscaleServers[0] || a == tailscaleServers[1]
}

// Ranges is what Amazon's published address ranges say about the addresses that a run saw.
type Ranges struct {
	// Given: `--ip-ranges` named a file.
	Given bool `json:"given"`
	// SyncToken and Created are the file's own version and date.
	SyncToken string `json:"sync_token,omitempty"`
	Created   string `json:"created,omitempty"`
	// HasRegion: the file has blocks of the run's Region. It says nothing about
	// a Region that it does not know (a newer one, an isolated partition's).
	HasRegion bool `json:"has_region"`
	// Known has every public address that was seen.
	Known map[netip.Addr]AddressRange `json:"known,omitempty"`
}

// An AddressRange is what the file says about one address.
type AddressRange struct {
	// InAmazon: a block in the file contains it.
	InAmazon bool `json:"in_amazon"`
	// Regions and Services are those of its blocks, sorted. The file also uses "GLOBAL"
	// as a Region, and "AMAZON" as a service.
	Regions  []string `json:"regions,omitempty"`
	Services []string `json:"services,omitempty"`
}

// MaxZone limits the length of a zone: interface names are shorter on every system
// (Linux: 15 bytes).
const MaxZone = 64

// ParseAddress is netip.ParseAddr for an address from a file or a person: see
// ProvenZone.
func ParseAddress(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	return ProvenZone(a), err
}

// ProvenZone is the address without its zone, unless the zone has the form of an
// interface's name or number: letters, digits, dots, hyphens and underscores.
// net/netip accepts any bytes as a zone, line ends and quotes too, and addresses
// are put into commands and configurations.
func ProvenZone(a netip.Addr) netip.Addr {
	zone := a.Zone()
	if len(zone) > MaxZone || strings.ContainsFunc(zone, func(r rune) bool {
		return r >= utf8.RuneSelf || !IsLetter(byte(r)) && !IsDigit(byte(r)) && !strings.ContainsRune(".-_", r)
	}) {
		return a.WithZone("")
	}
	return a
}

// ProveZones applies ProvenZone to every address of the observations, which may
// come from a file.
func (o *Observations) ProveZones() { proveZones(reflect.ValueOf(o)) }

func proveZones(v reflect.Value) {
	if !v.CanSet() && v.Kind() != reflect.Pointer {
		return // unexported: it does not come from a file
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
	case reflect.Map: // its keys and values have no address in memory
		for _, key := range v.MapKeys() {
			k, value := reflect.New(key.Type()).Elem(), reflect.New(v.Type().Elem()).Elem()
			k.Set(key)
			value.Set(v.MapIndex(key))
			proveZones(k)
			proveZones(value)
			v.SetMapIndex(key, reflect.Value{})
			v.SetMapIndex(k, value)
		}
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
