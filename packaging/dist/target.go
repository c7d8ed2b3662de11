package main

import (
	"fmt"
	"slices"
	"strings"
)

// A target is a system that ssmcheck is released for.
type target struct {
	os, arch string
	// level is the setting for the oldest processor of the architecture that
	// the SSM Agent supports; Go's own defaults depend on where it builds.
	level string
	// packaged is what nfpm calls the architecture. It gives each format its
	// own name for it (amd64 in a deb is x86_64 in an rpm).
	packaged string
}

func (t target) String() string { return t.os + "/" + t.arch }

// exe is the name of the program there.
func (t target) exe() string {
	if t.os == "windows" {
		return "ssmcheck.exe"
	}
	return "ssmcheck"
}

func allTargets() []target {
	return []target{
		{"linux", "amd64", "GOAMD64=v1", "amd64"},
		{"linux", "arm64", "GOARM64=v8.0", "arm64"},
		{"linux", "arm", "GOARM=6", "arm6"}, // Raspberry Pi OS runs on ARMv6
		{"linux", "386", "GO386=sse2", "386"},
		{"windows", "amd64", "GOAMD64=v1", ""},
		{"windows", "arm64", "GOARM64=v8.0", ""},
		{"darwin", "amd64", "GOAMD64=v1", ""},
		{"darwin", "arm64", "GOARM64=v8.0", ""},
	}
}

// chooseTargets reads a list such as "linux/amd64,linux/arm64"; an empty one
// means all.
func chooseTargets(list string) ([]target, error) {
	all := allTargets()
	if list == "" {
		return all, nil
	}
	var chosen []target
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(all, func(t target) bool { return t.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("-targets: %q is none of %v", name, all)
		}
		if slices.Contains(chosen, all[i]) {
			return nil, fmt.Errorf("-targets: %s is named twice", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
