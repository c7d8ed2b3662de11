package probetest

import "golang.org/x/sys/windows"

// Wine reports whether this is wine instead of Windows: only its ntdll.dll has that function.
func Wine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
