//go:build !windows

package main

// consoleUTF8 reports whether the locale is a UTF-8 one.
func consoleUTF8(getenv func(string) string) bool { return localeUTF8(getenv) }
