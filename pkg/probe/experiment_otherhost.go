package probe

import (
	"context"
	"net/netip"
	"time"
)

// otherHostPatience limits how long an experiment waits for hosts that precede, in the plan,
// the one whose name it sends.
const otherHostPatience = time.Second

// noteHandshake records whether a handshake with the target passed.
func (t *targetRun) noteHandshake(a netip.Addr, passed bool) {
	t.mu.Lock()
	t.handshakes[a] = passed
	t.mu.Unlock()
	t.run.mu.Lock()
	defer t.run.mu.Unlock()
	close(t.run.handshakes)
	t.run.handshakes = make(chan struct{})
}

// handshakesSoFar reports whether a handshake with the target passed, and
// whether another one may still.
func (t *targetRun) handshakesSoFar() (passed, open bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, ok := range t.handshakes {
		passed = passed || ok
	}
	return passed, len(t.handshakes) == 0 || len(t.handshakes) < len(t.order)
}

// otherHost returns another host that completed a handshake, or "": the first one in the
// plan, not in time, so that equal runs name the same host.
func (r *run) otherHost(ctx context.Context, host string) string {
	patience, cancel := context.WithTimeout(ctx, otherHostPatience)
	defer cancel()
	for {
		r.mu.Lock()
		changed := r.handshakes
		r.mu.Unlock()
		first, sure := r.firstOther(host)
		if sure {
			return first
		}
		select {
		case <-changed:
		case <-patience.Done():
			return first
		}
	}
}

// firstOther returns the first other host in the plan that has completed a handshake.
// sure: no host before it still may.
func (r *run) firstOther(host string) (first string, sure bool) {
	waits := false
	for _, t := range r.targets {
		if !t.plan.Tried() || t.plan.proxyURL != nil || t.plan.Host == host {
			continue
		}
		passed, open := t.handshakesSoFar()
		if passed {
			return t.plan.Host, !waits
		}
		waits = waits || open
	}
	return "", !waits
}
