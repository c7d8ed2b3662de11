package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A patch changes one place of one file of the toolchain.
type patch struct {
	file     string // below GOROOT
	old, new string
}

// patches make up for what wine 8 lacks.
var patches = []patch{
	// Every UDP socket asks that a message of ICMP be no error (since Go 1.23).
	{
		"src/net/fd_windows.go",
		"		err = syscall.WSAIoctl(fd.pfd.Sysfd, windows.SIO_UDP_NETRESET, (*byte)(unsafe.Pointer(&flag)), size, nil, 0, &ret, nil, 0)\n" +
			"		if err != nil {\n			return wrapSyscallError(\"wsaioctl\", err)\n		}\n",
		"		_ = syscall.WSAIoctl(fd.pfd.Sysfd, windows.SIO_UDP_NETRESET, (*byte)(unsafe.Pointer(&flag)), size, nil, 0, &ret, nil, 0)\n",
	},
	// The store of root certificates is filled by the first verification of a program,
	// and a second one at the same time finds it empty.
	{
		"src/crypto/x509/root_windows.go",
		"\nfunc (c *Certificate) systemVerify(opts *VerifyOptions) (chains [][]*Certificate, err error) {\n",
		"\nvar oneVerification = make(chan struct{}, 1)\n" +
			"\nfunc (c *Certificate) systemVerify(opts *VerifyOptions) (chains [][]*Certificate, err error) {\n" +
			"	oneVerification <- struct{}{}\n	defer func() { <-oneVerification }()\n",
	},
	// A file is deleted as Windows 10 does. Go has the older way too, for its own
	// tests and for older systems, which give another error than wine.
	{"src/internal/syscall/windows/at_windows.go", "\nvar TestDeleteatFallback bool\n", "\nvar TestDeleteatFallback = true\n"},
}

// writeOverlay writes the changed files and the list of them.
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

// apply changes the text of the file, which must be the one that is known.
func (p patch) apply(text string) (string, error) {
	if n := strings.Count(text, p.old); n != 1 {
		return "", fmt.Errorf("%s of this toolchain has %d times what wine lacks, and must have it once: see internal/wine/overlay.go\n%s", p.file, n, p.old)
	}
	return strings.Replace(text, p.old, p.new, 1), nil
}
