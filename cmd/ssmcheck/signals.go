package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalDebounce is how long further signals are ignored: timeout(1) signals
// the program and then its whole group, and a service manager sends SIGHUP along
// with SIGTERM.
const signalDebounce = 300 * time.Millisecond

// onInterrupt calls f on the first interrupt, SIGTERM or SIGHUP (the terminal is
// gone), so that the report so far is still written. A later signal ends the
// program at once.
func onInterrupt(f func()) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // ignored under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, signals...)
	go func() {
		<-c
		time.AfterFunc(signalDebounce, func() { signal.Reset(signals...) })
		f()
	}()
}
