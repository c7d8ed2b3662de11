package agentlog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// How long a line counts if no success on its channel can clear it, in seconds before
// the log's newest line. The channel to ssmmessages is set up again after each cut, so a
// success after a cut proves nothing: cuts count for a day.
const (
	others = 3600
	cuts   = 24 * 3600
)

const cutID = "ws-1006"

// A reader goes through the records of a log in order.
type reader struct {
	log        *observation.AgentLog
	signatures []signature
	newest     int64
	// hidden: the log's level leaves out successes, or may.
	hidden bool
	found  []*entry
	// reported: a heartbeat was sent; heartbeatFailed: it failed since.
	reported, heartbeatFailed bool
}

// An entry is a line of the report, with the times that decide how long it counts.
type entry struct {
	observation.AgentLogLine
	first, last int64
}

// read goes through the records in order and fills the log's Lines.
func (r *reader) read(all []record) {
	for i := range all {
		r.add(&all[i])
	}
	slices.SortStableFunc(r.found, func(a, b *entry) int { return cmp.Compare(a.last, b.last) })
	if n := len(r.found) - observation.MaxAgentLogLines; n > 0 {
		r.found = r.found[n:]
	}
	for _, e := range r.found {
		e.First, e.Last = stamp(e.first), stamp(e.last)
		r.log.Lines = append(r.log.Lines, e.AgentLogLine)
	}
}

func (r *reader) add(rec *record) {
	if r.log.Worker != observation.Yes && ofWorker(rec) {
		r.log.Worker = observation.Yes
	}
	if rec.level == 'D' || rec.level == 'T' {
		return // at these levels the agent also logs what is normal
	}
	channel, framed := channelOf(rec)
	s, values := r.classify(rec, framed)
	switch {
	case s == nil, s.kind == noise:
		return
	case s.kind == cause && strings.Contains(rec.text, "[MDSInteractor]") && s.id == "http-timeout":
		return // the normal end of its long poll
	}
	switch s.id {
	case "credentials-good", "worker-start":
		if s.kind == good {
			r.log.CredentialsGood = stamp(rec.at)
		}
		r.clear(observation.LogCredentials)
	case "channel-good":
		r.log.ChannelGood = stamp(rec.at)
		r.clear(observation.LogCredentials)
		r.clear(observation.LogMessages)
	case "health-report":
		if r.reported && !r.heartbeatFailed {
			r.clear(observation.LogHeartbeat)
		}
		r.reported, r.heartbeatFailed = true, false
	case "start", "proxy-env":
	default:
		if channel == observation.LogHeartbeat {
			r.heartbeatFailed = true
		}
		if s.kind == cause {
			// The cause follows the frame; that the agent hibernates matters too.
			for i := range r.signatures {
				if h := &r.signatures[i]; h.kind != cause && (h.id == "hibernate" || h.id == "hibernate-mode") {
					if _, ok := h.match(rec.text); ok {
						r.keep(rec, h.id, channel, nil)
						break
					}
				}
			}
		}
		r.keep(rec, s.id, channel, values)
	}
}

// classify returns the signature of a record, or nil. An INFO line without a known
// frame may quote anything, even a command's output, so it names no cause.
func (r *reader) classify(rec *record, framed bool) (*signature, []value) {
	for i := range r.signatures {
		s := &r.signatures[i]
		if rec.level == 'I' && !framed && (s.kind == cause || s.kind == frame) && s.id != "hibernate" {
			continue
		}
		if values, ok := s.match(rec.text); ok {
			return s, values
		}
	}
	return nil, nil
}

func (r *reader) keep(rec *record, id string, channel observation.AgentLogChannel, values []value) {
	limit := int64(0)
	switch {
	case id == cutID:
		limit = cuts
		channel = "" // no success clears it
	case channel == "", r.hidden:
		limit = others
	}
	if age := r.newest - rec.at; limit > 0 && (age > limit || age < -limit) {
		return
	}
	i := slices.IndexFunc(r.found, func(e *entry) bool { return e.ID == id && e.Channel == channel })
	if i < 0 {
		r.found = append(r.found, &entry{first: rec.at})
		i = len(r.found) - 1
	}
	e := r.found[i]
	e.last = rec.at
	line := observation.AgentLogLine{ID: id, Channel: channel, Count: e.Count + 1, File: rec.file.Path}
	for _, v := range values {
		shown := shown(v.text, rec.cut && strings.HasSuffix(rec.text, v.text))
		switch v.name {
		case "action":
			line.Action = shown
		case "host":
			line.Host = shown
		case "server":
			line.Server = shown
		case "address":
			line.Address = shown
		case "detail":
			line.Detail = shown
		}
	}
	e.AgentLogLine = line
}

func (r *reader) clear(channel observation.AgentLogChannel) {
	r.found = slices.DeleteFunc(r.found, func(e *entry) bool { return e.Channel == channel })
}

// channelOf determines by a line's tags what the agent was doing. framed: the agent
// writes about itself.
func channelOf(rec *record) (channel observation.AgentLogChannel, framed bool) {
	switch {
	case rec.source == fromHibernation, containsAny(rec.text, "[CredentialRefresher]", "EC2RoleProvider", "[Registrar]", "[EC2Identity]",
		"[OnPremCredsProvider]", "[TokenRequestService]", "[SharedCredentialsProvider]", "SSM Agent hibernate", "SSM Agent Worker hibernate"):
		return observation.LogCredentials, true
	case strings.Contains(rec.text, "[HealthCheck]"):
		return observation.LogHeartbeat, true
	case containsAny(rec.text, "[MGSInteractor]", "websocket", "controlchannel"):
		return observation.LogMessages, true
	}
	return "", false
}

// ofWorker reports whether the agent's worker wrote a line. The core process names the
// worker too, but without the closing bracket.
func ofWorker(rec *record) bool {
	return rec.source == fromWorker || containsAny(rec.text, workerTags...)
}

func containsAny(text string, tags ...string) bool {
	return slices.ContainsFunc(tags, func(tag string) bool { return strings.Contains(text, tag) })
}

// workerTags appear only in the worker's lines; older agents have the second and third.
var workerTags = []string{"[ssm-agent-worker]", "[HealthCheck]", "[MessagingDeliveryService]", "[MessageService]", "SSM Agent hibernate"}

// shown returns what may be shown of part of a record: no password, no query, nothing
// that looks like a key. It keeps whole words only: a word that is cut off may lack the
// end that shows what it is, such as the "@" after a proxy's password.
func shown(text string, cut bool) string {
	text = strings.ToValidUTF8(text, "")
	if cut {
		text = uncut(text)
	}
	var out strings.Builder
	for word := range strings.FieldsSeq(observation.RedactText(text)) {
		if secretive(word) {
			word = observation.Hidden
		}
		if out.Len()+len(" ")+len(word) > observation.MaxExcerpt {
			break
		}
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(word)
	}
	return strings.TrimRight(observation.Excerpt(out.String()), ".,;)")
}

// uncut removes the last word of a text that is cut off, and everything from a URL on:
// its password may contain a space.
func uncut(text string) string {
	if i := strings.Index(text, ":/"); i >= 0 {
		text = text[:i]
	}
	return text[:strings.LastIndexAny(text, " \t\r\n")+1]
}

// secretive reports whether a word may be a credential or part of one.
func secretive(word string) bool {
	if strings.ContainsAny(word, "@%=?&") {
		return true
	}
	// A key or a token is long, without dots, colons and hyphens.
	const long = 32
	run := 0
	for _, c := range []byte(word) {
		if c == '.' || c == ':' || c == '-' {
			run = 0
			continue
		}
		if run++; run >= long {
			return true
		}
	}
	return false
}
