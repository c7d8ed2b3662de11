package winapi

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// This is this machine's Windows.
func This() System { return this{} }

type this struct{}

// open opens a key for reading.
func open(key string, access uint32) (registry.Key, error) {
	top, path, _ := strings.Cut(key, `\`)
	switch top {
	case "HKLM":
		return registry.OpenKey(registry.LOCAL_MACHINE, path, access)
	case "HKU":
		return registry.OpenKey(registry.USERS, path, access)
	}
	return 0, fs.ErrInvalid
}

func value[T any](key string, get func(registry.Key) (T, error)) (got T, err error) {
	k, err := open(key, registry.QUERY_VALUE)
	if err != nil {
		return got, err
	}
	defer func() { _ = k.Close() }() // nothing was written to it
	return get(k)
}

func (this) String(key, name string) (string, error) {
	return value(key, func(k registry.Key) (string, error) {
		s, _, err := k.GetStringValue(name)
		return s, err
	})
}

func (this) Strings(key, name string) ([]string, error) {
	return value(key, func(k registry.Key) ([]string, error) {
		s, _, err := k.GetStringsValue(name)
		return s, err
	})
}

func (this) Integer(key, name string) (uint64, error) {
	return value(key, func(k registry.Key) (uint64, error) {
		n, _, err := k.GetIntegerValue(name)
		return n, err
	})
}

func (this) Keys(key string, most int) ([]string, error) {
	k, err := open(key, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return nil, err
	}
	defer func() { _ = k.Close() }() // nothing was written to it
	names, err := k.ReadSubKeyNames(most)
	if errors.Is(err, io.EOF) {
		err = nil // these are all
	}
	slices.Sort(names)
	return names, err
}

func (this) Service(name string) (ServiceState, error) {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return ServiceState{}, err
	}
	defer func() { _ = windows.CloseServiceHandle(manager) }()
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return ServiceState{}, err
	}
	service, err := windows.OpenService(manager, wide, windows.SERVICE_QUERY_STATUS)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return ServiceState{}, fs.ErrNotExist
	}
	if err != nil {
		return ServiceState{}, err
	}
	defer func() { _ = windows.CloseServiceHandle(service) }()
	var status windows.SERVICE_STATUS
	if err := windows.QueryServiceStatus(service, &status); err != nil {
		return ServiceState{}, err
	}
	switch status.CurrentState {
	case windows.SERVICE_RUNNING, windows.SERVICE_CONTINUE_PENDING:
		return ServiceState{Running: true}, nil
	case windows.SERVICE_START_PENDING:
		return ServiceState{Starting: true}, nil
	}
	return ServiceState{}, nil
}

// maxResource limits a version resource, in bytes.
const maxResource = 1 << 20

func (this) FileVersion(path string) string {
	size, err := windows.GetFileVersionInfoSize(path, nil)
	if err != nil || size == 0 || size > maxResource {
		return ""
	}
	b := make([]byte, size)
	if err := windows.GetFileVersionInfo(path, 0, size, unsafe.Pointer(&b[0])); err != nil {
		return ""
	}
	var info *windows.VS_FIXEDFILEINFO
	var length uint32
	if err := windows.VerQueryValue(unsafe.Pointer(&b[0]), `\`, unsafe.Pointer(&info), &length); err != nil || info == nil {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d.%d", info.FileVersionMS>>16, info.FileVersionMS&0xffff, info.FileVersionLS>>16, info.FileVersionLS&0xffff)
}

func (this) WinHTTPProxy() (proxy, bypass string, err error) {
	var info struct {
		accessType    uint32
		proxy, bypass *uint16
	}
	call := windows.NewLazySystemDLL("winhttp.dll").NewProc("WinHttpGetDefaultProxyConfiguration")
	if call.Find() != nil {
		return "", "", nil
	}
	if ok, _, err := call.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return "", "", err
	}
	// The caller must free the two strings.
	free := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
	text := func(s *uint16) string {
		if s == nil {
			return ""
		}
		defer func() { _, _, _ = free.Call(uintptr(unsafe.Pointer(s))) }()
		return windows.UTF16PtrToString(s)
	}
	return text(info.proxy), text(info.bypass), nil
}

func (this) Version() string {
	v := windows.RtlGetVersion()
	return fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
}

// maxAdapters limits the buffer for the adapters, in bytes.
const maxAdapters = 4 << 20

func (this) Adapters() ([]Adapter, error) {
	const flags = windows.GAA_FLAG_INCLUDE_GATEWAYS | windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST
	size := uint32(15 << 10) // recommended by Microsoft as usually enough
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
		var all []Adapter
		for a := first; a != nil; a = a.Next {
			if a.OperStatus == windows.IfOperStatusUp {
				all = append(all, adapter(a))
			}
		}
		return all, nil
	}
	return nil, windows.ERROR_BUFFER_OVERFLOW
}

func adapter(a *windows.IpAdapterAddresses) Adapter {
	out := Adapter{
		Name:       windows.UTF16PtrToString(a.FriendlyName),
		Loopback:   a.IfType == windows.IF_TYPE_SOFTWARE_LOOPBACK,
		Gateway:    a.FirstGatewayAddress != nil,
		MetricIPv4: a.Ipv4Metric,
		MetricIPv6: a.Ipv6Metric,
		Suffix:     windows.UTF16PtrToString(a.DnsSuffix),
	}
	for s := a.FirstDnsServerAddress; s != nil; s = s.Next {
		if addr, ok := socketAddress(s.Address); ok {
			out.Servers = append(out.Servers, addr)
		}
	}
	return out
}

// socketAddress converts a socket address of either family.
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
