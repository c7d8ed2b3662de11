// Package ipranges reads the address ranges that Amazon publishes. It fetches nothing: a
// user names the file.
package ipranges

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"slices"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Ranges are the address ranges that Amazon publishes
// (https://ip-ranges.amazonaws.com/ip-ranges.json; Amazon VPC User Guide,
// aws-ip-ranges).
type Ranges struct {
	syncToken, created string
	blocks             []amazonBlock
}

type amazonBlock struct {
	prefix          netip.Prefix
	region, service string
}

// Open reads Amazon's ip-ranges.json from a regular file. The error is
// a *Failure that names the file.
func Open(name string) (*Ranges, error) {
	ranges, err := openIPRanges(name)
	if err == nil {
		return ranges, nil
	}
	kind, text := files.Kind(err), err.Error()
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		text = e.Err.Error()
	} else if f, ok := errors.AsType[*observation.Failure](err); ok {
		kind, text = f.Kind, f.Text
	}
	return nil, &observation.Failure{Op: observation.OpRead, Kind: kind, Text: name + ": " + text}
}

func openIPRanges(name string) (*Ranges, error) {
	// Its type is checked first: opening a FIFO would wait forever.
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: "not a regular file"}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written to it
	return Read(f)
}

// of returns what the file says about an address. For one in 64:ff9b::/96, the
// embedded IPv4 address counts.
func (r *Ranges) of(a netip.Addr) observation.AddressRange {
	var out observation.AddressRange
	a = observation.UnmapNAT64(a)
	for _, b := range r.blocks {
		if !b.prefix.Contains(a) {
			continue
		}
		out.InAmazon = true
		out.Regions = append(out.Regions, b.region)
		out.Services = append(out.Services, b.service)
	}
	slices.Sort(out.Regions)
	slices.Sort(out.Services)
	out.Regions, out.Services = slices.Compact(out.Regions), slices.Compact(out.Services)
	return out
}

// Lookup looks up every public address that the run saw. A nil Ranges (no file was
// given) returns the zero value.
func (r *Ranges) Lookup(o *observation.Observations) observation.Ranges {
	if r == nil {
		return observation.Ranges{}
	}
	out := observation.Ranges{Given: true, SyncToken: r.syncToken, Created: r.created, Known: make(map[netip.Addr]observation.AddressRange)}
	out.HasRegion = slices.ContainsFunc(r.blocks, func(b amazonBlock) bool { return b.region == o.Plan.Region })
	look := func(addrs ...netip.Addr) {
		for _, a := range addrs {
			a = a.Unmap().WithZone("")
			if _, done := out.Known[a]; !done && a.IsValid() && o.Class(a) == observation.ClassPublic {
				out.Known[a] = r.of(a)
			}
		}
	}
	for _, l := range o.System {
		look(l.Addresses...)
	}
	for _, s := range o.Servers {
		for _, a := range s.Answers {
			look(a.Addresses...)
		}
		if s.ControlHost != nil {
			look(s.ControlHost.Addresses...)
		}
	}
	for _, t := range o.Targets {
		for _, a := range t.Connections {
			look(a.Address)
		}
		look(t.Untried...)
		for _, a := range t.Addresses {
			look(a.Address)
		}
	}
	return out
}
