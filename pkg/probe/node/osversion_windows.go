package node

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// systemVersion is Windows's own, "10.0.20348"; 6.2 is Windows Server 2012.
func systemVersion() string {
	v := windows.RtlGetVersion()
	return fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
}
