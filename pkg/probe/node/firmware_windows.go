package node

import (
	"golang.org/x/sys/windows/registry"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// systemFirmware reads what Windows keeps of the SMBIOS tables.
func systemFirmware() []firmwareField {
	const path = `HARDWARE\DESCRIPTION\System\BIOS`
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
	if err != nil {
		return nil // then the kind is not known
	}
	defer func() { _ = key.Close() }()
	var read []firmwareField
	for _, name := range []string{"SystemManufacturer", "BIOSVendor", "BIOSVersion", "SystemVersion"} {
		if value, _, err := key.GetStringValue(name); err == nil {
			read = append(read, firmwareField{from: `HKLM\` + path + `\` + name, value: observation.Excerpt(value)})
		}
	}
	return read
}
