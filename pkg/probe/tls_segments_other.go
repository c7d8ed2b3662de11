//go:build !linux

package probe

// dialSmall would connect with small segments. This system does not tell the
// other side of them, so that the experiment would prove nothing.
func (p *Prober) dialSmall() dialFunc { return nil }
