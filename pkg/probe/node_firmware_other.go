//go:build !windows

package probe

// systemFirmware reads what the system says of its firmware. Linux has it in
// files; the others are not asked, and the kind is not known.
func systemFirmware() []firmwareField { return nil }
