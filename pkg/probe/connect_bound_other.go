//go:build !linux

package probe

// dialBound would dial by one interface. This system says of none what it is.
func (p *Prober) dialBound(string) dialFunc { return nil }
