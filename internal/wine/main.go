// Command wine creates a directory for running Windows programs on Linux, in tests:
// `go run ./internal/wine DIR`. scripts/test-windows.sh uses it. It contains
//
//   - overlay.json, for `go build -overlay`: files of the toolchain, changed to do
//     without what wine lacks;
//   - run, which runs a Windows program, for `go test -exec`;
//   - inside, which runs one in the network of `ssmlab run`;
//   - prefix, wine's disk and registry, with our own bcryptprimitives.dll.
//
// None of this is in a released program. It needs wine and mingw-w64, and does not
// install them.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// wineDirectory is where Debian and Ubuntu have wine, which is not in PATH.
const wineDirectory = "/usr/lib/wine"

// compiler builds programs for Windows.
const compiler = "x86_64-w64-mingw32-gcc"

var (
	//go:embed bcryptprimitives.c.in
	primitives []byte
	//go:embed run.sh
	runScript []byte
	//go:embed inside.sh
	insideScript []byte
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: wine DIR")
		os.Exit(2)
	}
	if err := prepare(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "wine:", err)
		os.Exit(1)
	}
}

// prepare fills the directory.
func prepare(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := writeOverlay(dir); err != nil {
		return err
	}
	prefix := filepath.Join(dir, "prefix")
	wine, server := filepath.Join(wineDirectory, "wine64"), filepath.Join(wineDirectory, "wineserver64")
	for _, c := range [][]string{
		{wine, "wineboot", "-i"},
		// A version that current agents support.
		{wine, "reg", "add", `HKCU\Software\Wine`, "/v", "Version", "/d", "win10", "/f"},
		{server, "-k"}, // writes the registry to files
		{server, "-w"},
		// Restarted with its services. If a test's program started them, they would
		// inherit its output, and its reader would wait for them.
		{server, "-p"},
		{wine, "wineboot"},
	} {
		if err := command(prefix, c[0], c[1:]...); err != nil {
			return err
		}
	}
	source := filepath.Join(dir, "bcryptprimitives.c")
	system := filepath.Join(prefix, "drive_c", "windows", "system32")
	return errors.Join(
		os.WriteFile(source, primitives, 0o644),
		command(prefix, compiler, "-shared", "-nostdlib", "-e", "0", "-o", filepath.Join(system, "bcryptprimitives.dll"), source, "-ladvapi32"),
		os.WriteFile(filepath.Join(dir, "run"), runScript, 0o755),
		os.WriteFile(filepath.Join(dir, "inside"), insideScript, 0o755),
	)
}

// command runs a command, and returns its output in the error if it fails.
func command(prefix string, name string, args ...string) error {
	c := exec.Command(name, args...)
	// Without prompts for .NET and HTML, menus or windows.
	c.Env = append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all", "DISPLAY=", "WINEDLLOVERRIDES=mscoree,mshtml=;winemenubuilder.exe=")
	// Not a pipe, which processes that wine leaves running would keep open.
	log, err := os.CreateTemp("", "wine")
	if err != nil {
		return err
	}
	defer os.Remove(log.Name())
	defer log.Close()
	c.Stdout, c.Stderr = log, log
	if err := c.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s: %w\n%s", strings.Join(append([]string{name}, args...), " "), err, said)
	}
	return nil
}
