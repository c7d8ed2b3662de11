// Package winapi is what Windows says of itself that stands in no file: its registry,
// its services, its adapters. A caller asks a System, which a test replaces, so that
// what follows from the answers is tested on every system.
//
// It runs no program, asks for no right but to look, and judges nothing.
package winapi

import "net/netip"

// A System answers as one Windows. What does not exist is an error that is
// fs.ErrNotExist, and with any other nothing is known.
//
// A key is written as people write it, `HKLM\SYSTEM\CurrentControlSet`, with HKLM or
// HKU as its first part.
type System interface {
	// String is a value of the type REG_SZ or REG_EXPAND_SZ, as it stands there.
	String(key, name string) (string, error)
	// Strings is one of the type REG_MULTI_SZ.
	Strings(key, name string) ([]string, error)
	// Integer is one of the type REG_DWORD or REG_QWORD.
	Integer(key, name string) (uint64, error)
	// Keys are the names of the keys in one, no more than most of them, in their order.
	Keys(key string, most int) ([]string, error)
	// Service is the state of a service.
	Service(name string) (ServiceState, error)
	// FileVersion is the version in the version resource of a program, "3.3.1142.0".
	// Empty: it has none, or it could not be read.
	FileVersion(path string) string
	// WinHTTPProxy is the machine's proxy of WinHTTP, and what goes around it. Empty:
	// there is none, or no WinHTTP.
	WinHTTPProxy() (proxy, bypass string, err error)
	// Adapters are the network adapters that are up.
	Adapters() ([]Adapter, error)
	// Version is Windows's own, "10.0.20348".
	Version() string
}

// A ServiceState is what the Service Control Manager says of a service. The zero value
// is that of one that is stopped or stopping.
type ServiceState struct {
	Running bool
	// Starting: it was started, and has not yet said that it runs. It is not Running.
	Starting bool
}

// An Adapter is a network adapter that is up.
type Adapter struct {
	// Name is as people know it, "Ethernet".
	Name string
	// Loopback is set for the one that leads nowhere.
	Loopback bool
	// Gateway: it has a default gateway.
	Gateway bool
	// MetricIPv4 and MetricIPv6 are those of the interface, the lowest asked first.
	MetricIPv4, MetricIPv6 uint32
	// Suffix is the connection-specific DNS suffix. Empty: none.
	Suffix string
	// Servers are its nameservers in their order.
	Servers []netip.Addr
}
