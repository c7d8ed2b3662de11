package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// SyntaxFailure says why a JSON file cannot be parsed, and in which line.
func SyntaxFailure(shown string, b []byte, err error) *observation.Failure {
	offset := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	where := shown
	if offset >= 0 && offset <= int64(len(b)) {
		where = fmt.Sprintf("%s, line %d", shown, 1+bytes.Count(b[:offset], []byte("\n")))
	}
	return &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: where + ": " + observation.Excerpt(err.Error())}
}
