package reply

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// readErrorDocument extracts the code and the message from an AWS error: the
// XML of S3 and the query APIs, or the JSON of the newer ones. Anything else
// leaves out unchanged.
func readErrorDocument(out *observation.Reply, body []byte) {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0 || out.Status < 300:
	case body[0] == '<':
		var doc struct {
			XMLName xml.Name
			Code    string
			Message string
		}
		if xml.Unmarshal(body, &doc) != nil {
			return
		}
		out.ErrorCode, out.ErrorMessage = doc.Code, doc.Message
		if out.ErrorCode == "" && strings.HasSuffix(doc.XMLName.Local, "Exception") {
			out.ErrorCode = doc.XMLName.Local // <UnknownOperationException/>
		}
	case body[0] == '{':
		var doc struct {
			Type    string `json:"__type"`
			Code    string `json:"code"`
			Message string `json:"message"`
		}
		if json.Unmarshal(body, &doc) != nil {
			return
		}
		out.ErrorCode, out.ErrorMessage = cmp.Or(doc.Type, doc.Code), doc.Message
		if _, name, ok := strings.Cut(out.ErrorCode, "#"); ok {
			out.ErrorCode = name // com.amazon.coral.service#UnknownOperationException
		}
	}
	out.ErrorCode, out.ErrorMessage = observation.Truncate(out.ErrorCode, observation.MaxText), observation.Truncate(out.ErrorMessage, MaxMessage)
}
