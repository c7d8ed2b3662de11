package ipranges

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	// maxRanges is the largest file accepted, in bytes. Amazon's has 2.6 MB in 2026.
	maxRanges = 8 << 20
	// maxRangesBlocks is the largest number of blocks. Amazon's has about 15,000.
	maxRangesBlocks = 50_000
	// maxRangesCommas limits what decoding allocates, as a value may take much
	// more memory than its text. Amazon's file has four commas per block.
	maxRangesCommas = 8 * maxRangesBlocks
)

// A rangesDocument is the relevant part of Amazon's file.
type rangesDocument struct {
	SyncToken  string `json:"syncToken"`
	CreateDate string `json:"createDate"`
	Prefixes   []struct {
		Prefix string `json:"ip_prefix"`
		rangesOwner
	} `json:"prefixes"`
	Prefixes6 []struct {
		Prefix string `json:"ipv6_prefix"`
		rangesOwner
	} `json:"ipv6_prefixes"`
}

type rangesOwner struct {
	Region  string `json:"region"`
	Service string `json:"service"`
}

// Read parses Amazon's ip-ranges.json, of at most 8 MiB and 50,000 blocks. For any
// other file, the error is a *Failure of KindSyntax or KindTooLarge.
func Read(r io.Reader) (*Ranges, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxRanges+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxRanges || bytes.Count(b, []byte("{")) > maxRangesBlocks+1 || bytes.Count(b, []byte(",")) > maxRangesCommas {
		return nil, rangesFailure(observation.KindTooLarge, "larger than Amazon's ip-ranges.json: the limit is 8 MiB and 50000 blocks")
	}
	var d rangesDocument
	if err := json.Unmarshal(b, &d); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			kind, _, _ := strings.Cut(e.Value, " ") // "number 7" contains the value too
			return nil, rangesFailure(observation.KindSyntax, "not Amazon's ip-ranges.json: "+observation.Quoted([]byte(e.Field))+" must not be a JSON "+kind)
		}
		return nil, rangesFailure(observation.KindSyntax, "not the JSON of Amazon's ip-ranges.json: "+err.Error())
	}
	if len(d.Prefixes)+len(d.Prefixes6) == 0 {
		return nil, rangesFailure(observation.KindSyntax, "not Amazon's ip-ranges.json: it lists no address blocks")
	}
	out := &Ranges{syncToken: observation.Excerpt(d.SyncToken), created: observation.Excerpt(d.CreateDate)}
	for _, p := range d.Prefixes {
		if err := out.add(p.Prefix, p.rangesOwner); err != nil {
			return nil, err
		}
	}
	for _, p := range d.Prefixes6 {
		if err := out.add(p.Prefix, p.rangesOwner); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *Ranges) add(prefix string, owner rangesOwner) error {
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		return rangesFailure(observation.KindSyntax, "not Amazon's ip-ranges.json: not an address block: "+observation.Quoted([]byte(prefix)))
	}
	r.blocks = append(r.blocks, amazonBlock{p.Masked(), observation.Excerpt(owner.Region), observation.Excerpt(owner.Service)})
	return nil
}

func rangesFailure(kind observation.Kind, text string) error {
	return &observation.Failure{Op: observation.OpRead, Kind: kind, Text: text}
}
