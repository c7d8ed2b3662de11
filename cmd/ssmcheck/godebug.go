package main

import "os"

// sendAsTheAgent keeps a GODEBUG of this shell from deciding which ClientHello
// is sent: the one of the agent's service does. It changes this process alone.
func sendAsTheAgent() {
	if settings := os.Getenv("GODEBUG"); settings != "" {
		_ = os.Setenv("GODEBUG", settings+",tlsmlkem=1") // the last one counts
	}
}
