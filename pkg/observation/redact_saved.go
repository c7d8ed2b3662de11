package observation

import (
	"slices"
	"strconv"
	"strings"
)

// HideProxySecrets removes what an older version may have left of a proxy's
// password, path and query in saved observations: in the proxies themselves, and
// in the texts that quote them. What this version wrote is unchanged. The function
// that it returns removes the same pieces from any other text of that file.
func (o *Observations) HideProxySecrets() (hide func(string) string) {
	s := savedProxies{}
	proxies, noProxies := o.proxySettings()
	for _, p := range proxies {
		s.add(*p)
	}
	for _, p := range noProxies {
		if i := strings.LastIndexByte(*p, '@'); i >= 0 {
			_, password, _ := strings.Cut(strings.Replace((*p)[:i], "://", "", 1), ":")
			s.keepPassword(password)
		}
	}
	for _, p := range o.settings() {
		s.hideSetting(p, HidePath)
	}
	s.hideSetting(&o.Node.Trust.Directories, HidePaths)
	s.Secrets = NewSecrets(s.pieces...)
	for _, p := range proxies {
		*p = RedactProxy(*p)
	}
	for _, p := range noProxies {
		*p = RedactNoProxy(*p)
	}
	switch o.Plan.Proxy {
	case "", ProxyAuto, ProxyNone, ProxyGiven:
	default:
		o.Plan.Proxy = ProxyGiven
	}
	if f := o.Node.Proxy.Invalid; f != nil {
		f.Text = s.invalid(f.Text, o.Node.Proxy.HTTPS)
	}
	s.hideConfig(&o.Node.Agent.Config)
	for i := range o.Node.AgentLog.Lines {
		l := &o.Node.AgentLog.Lines[i]
		l.Host, l.Server, l.Address, l.Detail = s.Hide(l.Host), s.Hide(l.Server), s.Hide(l.Address), s.Hide(l.Detail)
	}
	for i := range o.Targets {
		s.hideProxy(o.Targets[i].Proxy)
		s.hideProxy(o.Targets[i].ShellProxy)
		s.hideProxy(o.Targets[i].UnusedProxy)
	}
	for i := range o.Signed {
		c := &o.Signed[i]
		c.ErrorMessage, c.NotMade = s.Secrets.Hide(c.ErrorMessage), s.Secrets.Hide(c.NotMade)
		s.failure(c.Failure)
		s.failure(c.First)
	}
	return s.Secrets.Hide
}

// proxySettings are all fields that hold a proxy's address, and all that hold a no_proxy.
func (o *Observations) proxySettings() (all, no []*string) {
	n := &o.Node.Proxy
	all, no = []*string{&n.HTTPS, &n.HTTP, &n.ShellHTTPS, &n.Metadata}, []*string{&n.No, &n.ShellNo}
	for i := range n.Unused {
		all, no = append(all, &n.Unused[i].URL), append(no, &n.Unused[i].NoProxy)
	}
	for i := range o.Plan.Targets {
		all = append(all, &o.Plan.Targets[i].Proxy)
		if u := o.Plan.Targets[i].UnusedProxy; u != nil {
			all, no = append(all, &u.URL), append(no, &u.NoProxy)
		}
	}
	for i := range o.Targets {
		for _, w := range []*ProxyObservation{o.Targets[i].Proxy, o.Targets[i].ShellProxy, o.Targets[i].UnusedProxy} {
			if w != nil {
				all = append(all, &w.URL)
			}
		}
	}
	for i := range o.Signed {
		all = append(all, &o.Signed[i].Proxy)
	}
	return all, no
}

// settings are all fields that hold another value, or the name of a file that a
// setting names, in which someone may have put a URL by mistake.
func (o *Observations) settings() []*string {
	n := &o.Node
	all := []*string{&n.Trust.File, &n.Trust.From, &n.Proxy.From, &n.Proxy.Incomplete, &n.Hostname, &n.Registration.InstanceID, &n.Agent.Config.SigningRegion, &n.Agent.Config.LogsRegion, &o.Credentials.From}
	for i := range n.Agent.From {
		all = append(all, &n.Agent.From[i])
	}
	for i := range o.Credentials.PassedOver {
		all = append(all, &o.Credentials.PassedOver[i])
	}
	for i := range o.Targets {
		for j := range o.Targets[i].Addresses {
			if h := o.Targets[i].Addresses[j].Stages.Handshake; h != nil && h.VerifyFailure != nil {
				all = append(all, &h.VerifyFailure.Text) // it names a file of the trust store
			}
		}
	}
	return all
}

// savedProxies are the pieces of a file's proxies that are not shown.
type savedProxies struct {
	pieces []string
	Secrets
}

// add records what is not shown of a proxy, if the file has it.
func (s *savedProxies) add(raw string) {
	if RedactProxy(raw) == raw {
		return
	}
	t := readProxy(raw)
	_, password, has := strings.Cut(t.userinfo, ":")
	if !has && strings.Contains(t.userinfo, "%") {
		password = t.userinfo
	}
	behind := raw[strings.Index(raw, "://")+1:]
	behind = strings.TrimPrefix(behind, "//")
	if i := strings.IndexAny(behind, "/?#"); i >= 0 {
		behind = behind[i:]
	} else {
		behind = ""
	}
	s.keepPassword(password)
	s.keep(behind)
}

// hideSetting hides and records what must not be shown of a value.
func (s *savedProxies) hideSetting(value *string, hide func(string) string) {
	shown := hide(*value)
	if shown == *value {
		return
	}
	rest := strings.TrimPrefix(*value, strings.TrimSuffix(shown, Hidden))
	rest = strings.ReplaceAll(rest, "%40", "@")
	if address := strings.TrimLeft(rest, `/\`); address != rest {
		s.add("http://" + address)
	} else {
		s.add("http://user:" + rest)
	}
	*value = shown
}

// Limits on the pieces to search for: each byte takes memory, and short pieces occur in
// many words by chance.
const (
	minSavedPiece  = 4
	maxSavedPieces = 64
	maxSavedPiece  = 1024
)

// keep records a piece that is too long to occur by chance. A host after an "@" is
// no secret, and many texts contain it.
func (s *savedProxies) keep(piece string) {
	if i := strings.LastIndexByte(piece, '@'); i >= 0 {
		piece = piece[:i]
	}
	piece = piece[:min(len(piece), maxSavedPiece)]
	if len(piece) >= minSavedPiece && len(s.pieces) < maxSavedPieces && !slices.Contains(s.pieces, piece) {
		s.pieces = append(s.pieces, piece)
	}
}

// keepPassword records a password and its words, which are apart if it was taken
// for a host and a path.
func (s *savedProxies) keepPassword(password string) {
	if strings.Trim(password, "*") == "" {
		return
	}
	s.keep(password)
	for word := range strings.FieldsFuncSeq(password, func(r rune) bool { return strings.ContainsRune("/?#@: ", r) }) {
		s.keep(word)
	}
}

// Hide removes them from a text, and whatever else may be a secret of a URL.
func (s savedProxies) Hide(text string) string { return s.Secrets.Hide(RedactText(text)) }

// invalid rewrites the text of ProxyConfig.Invalid: the quoted address, followed by the
// problem.
func (s savedProxies) invalid(text, proxy string) string {
	i := strings.LastIndex(text, `": `)
	if i < 0 || strings.Contains(text[i:], "@") {
		return strconv.Quote(proxy) + ": it cannot be used"
	}
	return strconv.Quote(proxy) + s.Secrets.Hide(text[i+1:])
}

// hideConfig removes them from what the agent's configuration quotes: its
// endpoints are URLs too.
func (s savedProxies) hideConfig(c *AgentConfig) {
	for _, texts := range []map[string]string{c.Unusable, c.Hostless} {
		for name, text := range texts {
			texts[name] = s.Hide(text)
		}
	}
	c.BucketUnusable = s.Hide(c.BucketUnusable)
	for i, note := range c.Notes {
		c.Notes[i] = s.Hide(note)
	}
	s.failure(c.Failure)
}

// hideProxy removes them from what was observed of a proxy. The name that was
// resolved may have been part of the password, too.
func (s savedProxies) hideProxy(w *ProxyObservation) {
	if w == nil {
		return
	}
	all := s.hideOpening(w.URL, w.Lookup, w.Tunnel)
	if w.Connect != nil {
		all.failure(w.Connect.Failure)
	}
	all.hideExperiments(w.URL, w.Experiments)
	all.hideAll(w.Inside)
	if w.WebSocket != nil {
		all.hideAll(w.WebSocket.Stages)
		all.hideExperiments(w.URL, w.WebSocket.Experiments)
	}
}

func (s savedProxies) hideExperiments(proxy string, es []Experiment) {
	for i := range es {
		e, all := &es[i], s
		if e.Proxy != nil {
			all = s.hideOpening(proxy, e.Proxy.Lookup, e.Proxy.Tunnel)
		}
		e.Text, e.NotMade = all.Hide(e.Text), all.Hide(e.NotMade)
		all.hideAll(e.Result)
	}
}

// hideOpening removes them from the opening of a tunnel. It returns them together
// with the name that was resolved, if that may be one of the pieces.
func (s savedProxies) hideOpening(proxy string, l *SystemLookup, r *Reply) savedProxies {
	all := s
	if l != nil {
		if !sameHost(l.Host, readProxy(proxy).hostname()) {
			all.whole = ""
			if len(l.Host) >= minSavedPiece {
				all.whole = l.Host
			}
			l.Host = Hidden
		}
		all.failure(l.Failure)
	}
	if r != nil {
		all.failure(r.Failure)
		for _, t := range []*string{&r.RequestID, &r.Server, &r.ContentType, &r.Location, &r.Body, &r.ErrorCode, &r.ErrorMessage, &r.Socks} {
			*t = all.Secrets.Hide(*t)
		}
	}
	return all
}

// hideAll hides them in an attempt's stages, including its connection.
func (s savedProxies) hideAll(c Stages) {
	s.HideStages(c)
	if c.Connect != nil {
		s.failure(c.Connect.Failure)
	}
}

func (s savedProxies) failure(f *Failure) {
	if f != nil {
		f.Text = s.Hide(f.Text)
	}
}
