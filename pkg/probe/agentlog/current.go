package agentlog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// How long a line counts that no success of its channel follows, in seconds before the
// log's newest line. The channel to ssmmessages is cut and set up again, so that a
// success after a cut says nothing: cuts count for a day.
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
	// hidden: the log has no success, or may have none.
	hidden bool
	found  []*entry
	// reported: a heartbeat was sent; heartbeatFailed: it failed since.
	reported, heartbeatFailed bool
}

// An entry is a line of the report, with what decides how long it counts.
type entry struct {
	observation.AgentLogLine
	first, last int64
}

// read goes through the records, of which the newest line has the given time.
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
		return // an agent that is told to log everything logs what is normal too
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
			// Behind the frame stands the cause; that the agent hibernates matters too.
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

// classify gives the signature of a record, nil where it has none. An INFO line of
// no known frame may quote anything, a command's output also: it names no cause.
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

// channelOf says what the agent was doing by the tags of a line. framed: the line is the
// agent's own about itself.
func channelOf(rec *record) (channel observation.AgentLogChannel, framed bool) {
	has := func(tags ...string) bool {
		return slices.ContainsFunc(tags, func(tag string) bool { return strings.Contains(rec.text, tag) })
	}
	switch {
	case rec.source == fromHibernation, has("[CredentialRefresher]", "EC2RoleProvider", "[Registrar]", "[EC2Identity]",
		"[OnPremCredsProvider]", "[TokenRequestService]", "[SharedCredentialsProvider]", "SSM Agent hibernate", "SSM Agent Worker hibernate"):
		return observation.LogCredentials, true
	case has("[HealthCheck]"):
		return observation.LogHeartbeat, true
	case has("[MGSInteractor]", "websocket", "controlchannel"):
		return observation.LogMessages, true
	}
	return "", false
}

// ofWorker reports whether the agent's worker wrote a line. A line of the core process
// names the worker too, without the bracket at its end.
func ofWorker(rec *record) bool {
	if rec.source == fromWorker {
		return true
	}
	for _, tag := range workerTags {
		if strings.Contains(rec.text, tag) {
			return true
		}
	}
	return false
}

// workerTags are of the worker alone; older agents have the second and third form.
var workerTags = []string{"[ssm-agent-worker]", "[HealthCheck]", "[MessagingDeliveryService]", "[MessageService]", "SSM Agent hibernate"}

// shown gives what may be shown of a part of a record: no password, no query, nothing
// that looks like a key. Whole words alone: of a word that is cut, the end that shows what
// it is may be missing, as the "@" behind a proxy's password.
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

// uncut leaves out the last word of a text that is cut, and all from a URL on: its
// password may have a space.
func uncut(text string) string {
	if i := strings.Index(text, ":/"); i >= 0 {
		text = text[:i]
	}
	return text[:strings.LastIndexAny(text, " \t\r\n")+1]
}

// secretive reports whether a word may be a credential or a piece of one.
func secretive(word string) bool {
	if strings.ContainsAny(word, "@%=?&") {
		return true
	}
	// A key or a token is long and has letters of both cases, or digits, without a dot.
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
