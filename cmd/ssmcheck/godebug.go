package main

import "os"

// ignoreShellGODEBUG keeps this shell's GODEBUG from changing the ClientHello:
// the GODEBUG of the agent's service decides that. It affects this process only.
func ignoreShellGODEBUG() {
	if settings := os.Getenv("GODEBUG"); settings != "" {
		_ = os.Setenv("GODEBUG", settings+",tlsmlkem=1") // the last one counts
	}
}
