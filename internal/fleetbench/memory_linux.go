package main

import (
	"fmt"
	"os"
	"syscall"
)

// peakMemory returns the peak resident memory of a process.
func peakMemory(p *os.ProcessState) string {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return fmt.Sprintf("%d MiB", u.Maxrss/1024)
	}
	return "not known"
}
