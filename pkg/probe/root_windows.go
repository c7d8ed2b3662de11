package probe

import (
	"os"
	"strings"
)

// rootDirectory is where the names of Files begin: the system's drive.
func rootDirectory() string {
	if drive := os.Getenv("SystemDrive"); drive != "" {
		return drive + `\`
	}
	return `C:\`
}

// systemPath gives a name within the real root as a person knows it.
func systemPath(name string) string {
	return rootDirectory() + strings.ReplaceAll(name, "/", `\`)
}
