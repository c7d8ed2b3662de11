package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// sameWish is how long further signals are the first one once more: timeout(1)
// signals the program and then its whole group, and a service manager sends
// SIGHUP beside SIGTERM.
const sameWish = 300 * time.Millisecond

// onInterrupt calls f at the first interrupt, SIGTERM or SIGHUP (the terminal
// is gone), so that the report made so far is still written. A later one ends
// the program at once.
func onInterrupt(f func()) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signals = append(signals, syscall.SIGHUP)
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, signals...)
	go func() {
		<-c
		time.AfterFunc(sameWish, func() { signal.Reset(signals...) })
		f()
	}()
}
