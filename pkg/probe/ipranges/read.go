package ipranges

import (
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	// maxRanges bounds Amazon's file, in bytes: in 2026 it has 2.6 MB.
	maxRanges = 8 << 20
	// maxRangesBlocks bounds its blocks: it has some fifteen thousand.
	maxRangesBlocks = 50_000
)

// Read reads Amazon's ip-ranges.json, at most 8 MiB and fifty
// thousand blocks of it. What is none is a *Failure of KindSyntax or
// KindTooLarge.
func Read(r io.Reader) (*Ranges, error) {
	in := &io.LimitedReader{R: r, N: maxRanges + 1}
	read := rangesReader{json: json.NewDecoder(in), same: make(map[string]string)}
	err := read.document()
	switch {
	case in.N <= 0:
		return nil, &observation.Failure{Op: observation.OpRead, Kind: observation.KindTooLarge, Text: "more than 8 MiB, which Amazon's ip-ranges.json does not have"}
	case err == nil && len(read.out.blocks) == 0:
		return nil, &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "it lists no blocks of addresses: not Amazon's ip-ranges.json"}
	case err != nil:
		return nil, rangesFailure(err)
	}
	return &read.out, nil
}

// A rangesReader reads the file one block after the other: a list of what is
// no block would take a hundred times its size, and ends at the first.
type rangesReader struct {
	json *json.Decoder
	out  Ranges
	// same has each Region and service once, of the thousands that name it.
	same map[string]string
}

// A rangesBlock is a block in the file, of one family or the other.
type rangesBlock struct {
	Prefix  string `json:"ip_prefix"`
	Prefix6 string `json:"ipv6_prefix"`
	Region  string `json:"region"`
	Service string `json:"service"`
}

// document reads the whole file.
func (r *rangesReader) document() error {
	if err := r.opens('{', "it"); err != nil {
		return err
	}
	for r.json.More() {
		key, err := r.json.Token()
		if err != nil {
			return err
		}
		switch key {
		case "syncToken":
			err = r.text(key, &r.out.syncToken)
		case "createDate":
			err = r.text(key, &r.out.created)
		case "prefixes":
			err = r.blocks(key, func(b rangesBlock) string { return b.Prefix })
		case "ipv6_prefixes":
			err = r.blocks(key, func(b rangesBlock) string { return b.Prefix6 })
		default:
			err = r.json.Decode(new(passedOver))
		}
		if err != nil {
			return err
		}
	}
	if _, err := r.json.Token(); err != nil { // the closing brace
		return err
	}
	switch _, err := r.json.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "more follows the document: not Amazon's ip-ranges.json"}
}

// opens takes the beginning of an object or a list.
func (r *rangesReader) opens(delim json.Delim, where string) error {
	got, err := r.json.Token()
	if err != nil || got == delim {
		return err
	}
	return otherKind(where, kindOfToken(got))
}

// text reads a string.
func (r *rangesReader) text(key any, into *string) error {
	var s string
	if err := r.json.Decode(&s); err != nil {
		return ofField(key, err)
	}
	*into = observation.Excerpt(s)
	return nil
}

// blocks reads a list of blocks. prefix is a block's own in this list.
func (r *rangesReader) blocks(key any, prefix func(rangesBlock) string) error {
	name, _ := key.(string)
	if err := r.opens('[', observation.Quoted([]byte(name))); err != nil {
		return err
	}
	for r.json.More() {
		var b rangesBlock
		if err := r.json.Decode(&b); err != nil {
			return ofField(key, err)
		}
		p, err := netip.ParsePrefix(prefix(b))
		if err != nil {
			return &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "no block of addresses: " + observation.Quoted([]byte(prefix(b)))}
		}
		if len(r.out.blocks) == maxRangesBlocks {
			return &observation.Failure{Op: observation.OpRead, Kind: observation.KindTooLarge, Text: "more than 50000 blocks of addresses, which Amazon's ip-ranges.json does not have"}
		}
		r.out.blocks = append(r.out.blocks, amazonBlock{p.Masked(), r.once(b.Region), r.once(b.Service)})
	}
	_, err := r.json.Token() // the closing bracket
	return err
}

// once gives a text that all blocks share.
func (r *rangesReader) once(s string) string {
	s = observation.Excerpt(s)
	if same, have := r.same[s]; have {
		return same
	}
	s = strings.Clone(s)
	r.same[s] = s
	return s
}

// passedOver is a value that nobody reads.
type passedOver struct{}

func (*passedOver) UnmarshalJSON([]byte) error { return nil }

// ofField says which field of the file has JSON of another kind.
func ofField(key any, err error) error {
	e, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return err
	}
	kind, _, _ := strings.Cut(e.Value, " ") // "number 7" has the value too
	where, _ := key.(string)
	if e.Field != "" {
		where += "." + e.Field
	}
	return otherKind(observation.Quoted([]byte(where)), kind)
}

func otherKind(where, kind string) error {
	return &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: where + " is JSON of another kind than Amazon's ip-ranges.json has: " + kind}
}

// kindOfToken is what encoding/json calls a value that begins so.
func kindOfToken(t json.Token) string {
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return "array"
		}
		return "object"
	case string:
		return "string"
	case bool:
		return "bool"
	case nil:
		return "null"
	}
	return "number"
}

// rangesFailure tells bytes that are no JSON from a file that cannot be read.
func rangesFailure(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) {
		return &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "no JSON of Amazon's ip-ranges.json: " + err.Error()}
	}
	return err
}
