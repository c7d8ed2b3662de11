// Command picture converts a script(1) recording of a terminal into an animated SVG
// for the documentation, with colours and timing. Its arguments are the recording, its
// timing (--log-out and --log-timing), and the command to show as typed.
//
// It runs no programs, and supports only the escape sequences of ssmcheck's report and
// progress.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: picture RECORDING TIMING COMMAND >picture.svg")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(recording, timing, command string) error {
	written, err := os.ReadFile(recording)
	if err != nil {
		return err
	}
	times, err := os.ReadFile(timing)
	if err != nil {
		return err
	}
	frames, err := replay(written, times, command)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(draw(frames))
	return err
}
