package observation

import "net/netip"

// Ranges is what Amazon's published addresses say of those that a run met.
type Ranges struct {
	// Given: `--ip-ranges` named a file.
	Given bool `json:"given"`
	// SyncToken and Created are the file's own version and date.
	SyncToken string `json:"sync_token,omitempty"`
	Created   string `json:"created,omitempty"`
	// HasRegion: it has blocks of the run's Region. Of a Region that it does
	// not know (a newer one, an isolated partition's) it tells nothing.
	HasRegion bool `json:"has_region"`
	// Known has every public address that was met.
	Known map[netip.Addr]AddressRange `json:"known,omitempty"`
}

// An AddressRange is what the file says of one address.
type AddressRange struct {
	// InAmazon: a block of the file has it.
	InAmazon bool `json:"in_amazon"`
	// Regions and Services are those of its blocks, sorted. "GLOBAL" and
	// "AMAZON" are such words of the file's.
	Regions  []string `json:"regions,omitempty"`
	Services []string `json:"services,omitempty"`
}
