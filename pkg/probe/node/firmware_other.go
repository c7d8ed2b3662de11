//go:build !windows

package node

// systemFirmware reads what the system says of its firmware. Linux has it in
// files; the others are not asked, and the kind is not known.
func systemFirmware() []firmwareField { return nil }
