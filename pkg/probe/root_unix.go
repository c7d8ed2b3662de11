//go:build !windows

package probe

// rootDirectory is where the names of Files begin.
func rootDirectory() string { return "/" }

// systemPath gives a name within the real root as a person knows it.
func systemPath(name string) string { return "/" + name }
