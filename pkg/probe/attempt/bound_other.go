//go:build !linux

package attempt

// DialBound would dial by one interface. This system says of none what it is.
func (p *Runner) DialBound(string) DialFunc { return nil }
