package main

import "golang.org/x/sys/windows"

// utf8CodePage is the Windows code page for UTF-8.
const utf8CodePage = 65001

// consoleUTF8 reports whether the console's output is UTF-8. Without a console
// this is unknown, and ASCII is safe.
func consoleUTF8(func(string) string) bool {
	page, err := windows.GetConsoleOutputCP()
	return err == nil && page == utf8CodePage
}
