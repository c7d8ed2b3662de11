package node

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

// nameserversOfSystem asks Windows for the nameservers of its adapters, in the
// order of their metric, as the DNS client asks them.
func nameserversOfSystem() (observation.ResolverConfig, bool) {
	config := observation.ResolverConfig{From: "GetAdaptersAddresses"}
	adapters, err := adapterAddresses()
	if err != nil {
		config.Failure = attempt.FailureOf(observation.OpRead, err)
		return config, true
	}
	type candidate struct {
		metric uint32
		server netip.AddrPort
	}
	var candidates []candidate
	for _, a := range adapters {
		// An adapter without a gateway reaches no nameserver of use: Go's
		// own resolver leaves it out too.
		if a.OperStatus != windows.IfOperStatusUp || a.IfType == windows.IF_TYPE_SOFTWARE_LOOPBACK || a.FirstGatewayAddress == nil {
			continue
		}
		for s := a.FirstDnsServerAddress; s != nil; s = s.Next {
			if addr, ok := socketAddress(s.Address); ok && !isDefaultSiteLocal(addr) {
				candidates = append(candidates, candidate{a.Ipv4Metric, netip.AddrPortFrom(addr, dnsquery.Port)})
			}
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.metric, b.metric) })
	for _, c := range candidates {
		if !slices.Contains(config.Servers, c.server) && len(config.Servers) < maxAdapterServers {
			config.Servers = append(config.Servers, c.server)
		}
	}
	return config, true
}

// maxAdapterServers bounds the nameservers of all adapters: each is asked for
// every name.
const maxAdapterServers = 6

// maxAdapters bounds the buffer for the adapters, in bytes.
const maxAdapters = 4 << 20

func adapterAddresses() ([]*windows.IpAdapterAddresses, error) {
	const flags = windows.GAA_FLAG_INCLUDE_GATEWAYS | windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST
	size := uint32(15 << 10) // recommended by Microsoft as enough for most
	for size <= maxAdapters {
		b := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&b[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, flags, 0, first, &size)
		if errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) && size > uint32(len(b)) {
			continue
		}
		if err != nil || size == 0 {
			return nil, err
		}
		var all []*windows.IpAdapterAddresses
		for a := first; a != nil; a = a.Next {
			all = append(all, a)
		}
		return all, nil
	}
	return nil, windows.ERROR_BUFFER_OVERFLOW
}

// socketAddress reads the address of a socket address of either family.
func socketAddress(s windows.SocketAddress) (netip.Addr, bool) {
	if s.Sockaddr == nil {
		return netip.Addr{}, false
	}
	sa, err := s.Sockaddr.Sockaddr()
	if err != nil {
		return netip.Addr{}, false
	}
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrFrom4(sa.Addr), true
	case *syscall.SockaddrInet6:
		a := netip.AddrFrom16(sa.Addr)
		if sa.ZoneId != 0 {
			a = a.WithZone(strconv.FormatUint(uint64(sa.ZoneId), 10))
		}
		return a, true
	}
	return netip.Addr{}, false
}
