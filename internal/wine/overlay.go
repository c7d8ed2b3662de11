package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A patch changes a file of the toolchain at one place.
type patch struct {
	file     string // below GOROOT
	old, new string
}

// patches work around what wine 8 lacks.
var patches = []patch{
	// Since Go 1.23 every UDP socket requests that ICMP messages are not errors.
	{
		"src/net/fd_windows.go",
		"		err = syscall.WSAIoctl(fd.pfd.Sysfd, windows.SIO_UDP_NETRESET, (*byte)(unsafe.Pointer(&flag)), size, nil, 0, &ret, nil, 0)\n" +
			"		if err != nil {\n			return wrapSyscallError(\"wsaioctl\", err)\n		}\n",
		"		_ = syscall.WSAIoctl(fd.pfd.Sysfd, windows.SIO_UDP_NETRESET, (*byte)(unsafe.Pointer(&flag)), size, nil, 0, &ret, nil, 0)\n",
	},
	// The first verification fills the store of root certificates. A concurrent one
	// would find it empty.
	{
		"src/crypto/x509/root_windows.go",
		"\nfunc (c *Certificate) systemVerify(opts *VerifyOptions) (chains [][]*Certificate, err error) {\n",
		"\nvar oneVerification = make(chan struct{}, 1)\n" +
			"\nfunc (c *Certificate) systemVerify(opts *VerifyOptions) (chains [][]*Certificate, err error) {\n" +
			"	oneVerification <- struct{}{}\n	defer func() { <-oneVerification }()\n",
	},
	// Go deletes files as on Windows 10. It falls back to the older way for its own
	// tests and on older systems, which it recognises by an error that wine does not
	// return.
	{"src/internal/syscall/windows/at_windows.go", "\nvar TestDeleteatFallback bool\n", "\nvar TestDeleteatFallback = true\n"},
}

// writeOverlay writes the changed files and their list.
func writeOverlay(dir string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	replace := map[string]string{}
	for _, p := range patches {
		original := filepath.Join(strings.TrimSpace(string(root)), filepath.FromSlash(p.file))
		text, err := os.ReadFile(original)
		if err != nil {
			return err
		}
		changed, err := p.apply(string(text))
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.Base(original))
		if err := os.WriteFile(to, []byte(changed), 0o644); err != nil {
			return err
		}
		replace[original] = to
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o644)
}

// apply changes a file's text, which must contain the old text once.
func (p patch) apply(text string) (string, error) {
	if n := strings.Count(text, p.old); n != 1 {
		return "", fmt.Errorf("%s of this toolchain has %d times what wine lacks, and must have it once: see internal/wine/overlay.go\n%s", p.file, n, p.old)
	}
	return strings.Replace(text, p.old, p.new, 1), nil
}
