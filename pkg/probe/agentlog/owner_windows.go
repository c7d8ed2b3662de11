package agentlog

import "io/fs"

// trusted: Windows lets administrators alone make links, unless told otherwise.
func trusted(fs.FileInfo) bool { return true }
