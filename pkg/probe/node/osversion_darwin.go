package node

import "golang.org/x/sys/unix"

// systemVersion returns macOS's version, "15.3".
func systemVersion() string {
	v, err := unix.Sysctl("kern.osproductversion")
	if err != nil {
		return "" // not known
	}
	return v
}
