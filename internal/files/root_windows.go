package files

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

// rootDirectory is where the names of Files begin: the system's drive.
func rootDirectory() string {
	if drive := os.Getenv("SystemDrive"); drive != "" {
		return drive + `\`
	}
	return `C:\`
}

// SystemPath gives a name within the real root as a person knows it.
func SystemPath(name string) string {
	return rootDirectory() + strings.ReplaceAll(name, "/", `\`)
}

// exhausted are the errors that say that a process or the system may open no more.
var exhausted = []syscall.Errno{windows.WSAEMFILE, windows.WSAENOBUFS, windows.ERROR_TOO_MANY_OPEN_FILES, windows.ERROR_NOT_ENOUGH_MEMORY}
