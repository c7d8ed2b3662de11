package node

import "golang.org/x/sys/unix"

// systemVersion is that of macOS, "15.3".
func systemVersion() string {
	v, err := unix.Sysctl("kern.osproductversion")
	if err != nil {
		return "" // then it is not known
	}
	return v
}
