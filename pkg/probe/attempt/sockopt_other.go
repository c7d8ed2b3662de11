//go:build !linux

package attempt

// DialSmall would connect with small segments. This system does not announce
// them to the peer, so the experiment would prove nothing.
func (p *Runner) DialSmall() DialFunc { return nil }

// DialBound would dial through one interface. This system does not say what
// kind an interface is.
func (p *Runner) DialBound(string) DialFunc { return nil }
