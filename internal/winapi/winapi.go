// Package winapi reads what Windows keeps outside files: its registry, services and
// adapters. Callers use a System, which tests replace, so that the code that depends on
// the answers is tested on every system.
//
// It runs no program, requests read access only, and draws no conclusions.
package winapi

import "net/netip"

// A System is a Windows machine. For what does not exist, the error is fs.ErrNotExist;
// any other error means that nothing is known.
//
// Keys are written as people write them, `HKLM\SYSTEM\CurrentControlSet`, and begin with
// HKLM or HKU.
type System interface {
	// String is a REG_SZ or REG_EXPAND_SZ value, not expanded.
	String(key, name string) (string, error)
	// Strings is a REG_MULTI_SZ value.
	Strings(key, name string) ([]string, error)
	// Integer is a REG_DWORD or REG_QWORD value.
	Integer(key, name string) (uint64, error)
	// Keys are the names of a key's subkeys, sorted, at most most of them.
	Keys(key string, most int) ([]string, error)
	// Service is the state of a service.
	Service(name string) (ServiceState, error)
	// FileVersion is the version in a program's version resource, "3.3.1142.0". Empty: it
	// has none, or it could not be read.
	FileVersion(path string) string
	// WinHTTPProxy is the machine's WinHTTP proxy, and the hosts that bypass it. Empty:
	// there is none, or no WinHTTP.
	WinHTTPProxy() (proxy, bypass string, err error)
	// Adapters are the network adapters that are up.
	Adapters() ([]Adapter, error)
	// Version is Windows's own, "10.0.20348".
	Version() string
}

// A ServiceState is a service's state in the Service Control Manager. The zero value means
// stopped or stopping.
type ServiceState struct {
	Running bool
	// Starting: it was started, and has not yet reported that it runs. It is not Running.
	Starting bool
}

// An Adapter is a network adapter that is up.
type Adapter struct {
	// Name is the display name, "Ethernet".
	Name string
	// Loopback: it is the loopback adapter.
	Loopback bool
	// Gateway: it has a default gateway.
	Gateway bool
	// MetricIPv4 and MetricIPv6 are the interface's; the lowest is queried first.
	MetricIPv4, MetricIPv6 uint32
	// Suffix is the connection-specific DNS suffix. Empty: none.
	Suffix string
	// Servers are its nameservers, in order.
	Servers []netip.Addr
}
