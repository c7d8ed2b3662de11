package main

import "syscall"

// disturbLess lets this program and what it starts come before what else runs
// on the machine: the network's time is to be measured, and not theirs. By hand
// it is no different.
func disturbLess() {
	// Without the right to do so it is measured as it is.
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, -19)
}
