package files

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

// rootDirectory is what names in Files are relative to: the system's drive.
func rootDirectory() string {
	if drive := os.Getenv("SystemDrive"); drive != "" {
		return drive + `\`
	}
	return `C:\`
}

// SystemPath converts a name in the real root to the path that people know.
func SystemPath(name string) string {
	return rootDirectory() + strings.ReplaceAll(name, "/", `\`)
}

// exhausted are the errors of a process or system that may open no more files.
var exhausted = []syscall.Errno{windows.WSAEMFILE, windows.WSAENOBUFS, windows.ERROR_TOO_MANY_OPEN_FILES, windows.ERROR_NOT_ENOUGH_MEMORY}
