package probe

import (
	"context"
	"net/netip"
	"time"
)

// otherHostPatience bounds how long an experiment waits for the hosts that come before, in
// the plan, the one whose name it sends.
const otherHostPatience = time.Second

// noteHandshake notes how a handshake with the target ended.
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

// otherHost is a host other than this one that finished a handshake, "" for none: the
// first one of the plan, and not the first one in time, so that equal runs name the same
// host.
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

// firstOther is the first host of the plan, other than this one, that has finished a
// handshake. sure: no host before it still may.
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
