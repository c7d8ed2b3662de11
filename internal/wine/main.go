// Command wine makes a directory in which Windows programs run on Linux, for
// tests: `go run ./internal/wine DIR`. scripts/test-windows.sh says how it is
// used. It holds
//
//   - overlay.json, for `go build -overlay`: files of the toolchain that do
//     without what wine lacks;
//   - run, which runs a Windows program, and is for `go test -exec`;
//   - inside, which runs one in the network of `ssmlab run`;
//   - prefix, the disk and the registry that wine shows, with a
//     bcryptprimitives.dll of our own.
//
// Nothing of it goes into a program that is released. It needs wine and
// mingw-w64, and does not install them.
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

// Where Debian and Ubuntu have wine, without a name in the path.
const wineDirectory = "/usr/lib/wine"

// compiler makes programs for Windows.
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
		// A Windows that agents run on today.
		{wine, "reg", "add", `HKCU\Software\Wine`, "/v", "Version", "/d", "win10", "/f"},
		{server, "-k"}, // only now is the registry in files
		{server, "-w"},
		// Started again by itself, with its services: a test's program that starts
		// them would lend them its output, and who reads that would wait for them.
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

// command runs a command that says nothing unless it fails.
func command(prefix string, name string, args ...string) error {
	c := exec.Command(name, args...)
	// No programs for .NET and HTML are asked for, no menu is made, no window opened.
	c.Env = append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all", "DISPLAY=", "WINEDLLOVERRIDES=mscoree,mshtml=;winemenubuilder.exe=")
	// A file, and no pipe: what wine leaves running would hold it.
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
