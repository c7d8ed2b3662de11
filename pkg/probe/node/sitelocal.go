package node

import "net/netip"

// defaultSiteLocal holds the servers that Windows names where none is
// configured for IPv6 (fec0:0:0:ffff::1 to ::3, each with the zone of its
// adapter); they are never there.
var defaultSiteLocal = netip.MustParsePrefix("fec0:0:0:ffff::/64")

// isDefaultSiteLocal reports whether a nameserver is one of those. A prefix
// contains no address with a zone.
func isDefaultSiteLocal(a netip.Addr) bool { return defaultSiteLocal.Contains(a.WithZone("")) }
