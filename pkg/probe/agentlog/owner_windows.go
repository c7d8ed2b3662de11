package agentlog

import "io/fs"

// trusted: by default, Windows lets only administrators create links.
func trusted(fs.FileInfo) bool { return true }
