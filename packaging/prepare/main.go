// Command prepare writes the files of a release that GoReleaser cannot make itself:
// completions, the licences of what is linked, the man page compressed and as text,
// and the resources of ssmcheck.exe. Those go next to the program's sources, the
// only place where Go's linker finds them. GoReleaser runs it at the top of the
// repository.
//
// It compiles nothing for another system and publishes nothing. What it writes
// depends only on the sources, the version and mandoc.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

func main() {
	version := flag.String("version", "", "the `version` of the release, without a v")
	flag.Parse()
	if err := run(*version, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "prepare:", err)
		os.Exit(1)
	}
}

func run(version string, args []string) error {
	if len(args) != 1 {
		return errors.New("name the directory to write to")
	}
	dir := args[0]
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for _, step := range []func(string) error{completions, licences, manPage} {
		if err := step(dir); err != nil {
			return err
		}
	}
	return resources(dir, version)
}

// completions has the program write its completions, which are the same for every
// system.
func completions(dir string) error {
	for shell, name := range map[string]string{
		"bash": "ssmcheck.bash", "zsh": "_ssmcheck", "fish": "ssmcheck.fish", "powershell": "ssmcheck.ps1",
	} {
		text, err := output("go", "run", "-trimpath", "-buildvcs=false", "./cmd/ssmcheck", "completion", shell)
		if err != nil {
			return err
		}
		if err := write(dir, "completions/"+name, text); err != nil {
			return err
		}
	}
	return nil
}

// manPage compresses the page for packages, and formats it as text for Windows,
// without overstriking.
func manPage(dir string) error {
	page, err := os.ReadFile("docs/ssmcheck.1")
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(page); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := write(dir, "ssmcheck.1.gz", packed.Bytes()); err != nil {
		return err
	}
	text, err := output("mandoc", "-T", "ascii", "-O", "width=80", "docs/ssmcheck.1")
	if err != nil {
		return err
	}
	return write(dir, "ssmcheck.txt", regexp.MustCompile(`.\x08`).ReplaceAll(text, nil))
}

// resources writes the version and the icon that Windows shows for the program.
func resources(dir, version string) error {
	number, err := numbers(version)
	if err != nil {
		return err
	}
	icon, err := filepath.Rel(dir, "packaging/icon.png") // relative to resources.json
	if err != nil {
		return err
	}
	const neutral, english = "0000", "0409"
	type object = map[string]any
	description, err := json.MarshalIndent(object{
		"RT_GROUP_ICON": object{"#1": object{neutral: icon}},
		"RT_VERSION": object{"#1": object{neutral: object{
			"fixed": object{"file_version": number, "product_version": number},
			"info": object{english: object{
				"ProductName":      "ssmcheck",
				"FileDescription":  "Find out why a node cannot be managed through AWS Systems Manager",
				"CompanyName":      "The ssmcheck authors",
				"LegalCopyright":   "The ssmcheck authors, Apache License 2.0",
				"OriginalFilename": "ssmcheck.exe",
				"InternalName":     "ssmcheck",
				"FileVersion":      version,
				"ProductVersion":   version,
			}},
		}}},
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := write(dir, "resources.json", description); err != nil {
		return err
	}
	_, err = output("tools/run.sh", "small", "go-winres", "make", "--in", filepath.Join(dir, "resources.json"),
		"--arch", "amd64,arm64", "--out", "cmd/ssmcheck/rsrc")
	return err
}

// numbers returns the part of a version that Windows compares.
func numbers(version string) (string, error) {
	found := regexp.MustCompile(`^\d+\.\d+\.\d+`).FindString(version)
	if found == "" {
		return "", fmt.Errorf("-version: %q does not begin like 1.2.3", version)
	}
	return found, nil
}

func write(dir, name string, data []byte) error {
	if len(data) == 0 {
		return fmt.Errorf("%s is empty", name)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// output runs a command for this machine and returns its standard output.
func output(args ...string) ([]byte, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "GOOS=", "GOARCH=", "CGO_ENABLED=0", "LC_ALL=C")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args[0], err)
	}
	return out, nil
}
