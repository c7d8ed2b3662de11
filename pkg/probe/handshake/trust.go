package handshake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// A Trust is this node's trust store, used by one run. It verifies each chain
// once, or none if CheckStore objects to the store. The zero value is ready.
type Trust struct {
	Machine files.Machine
	Config  StoreSettings
	// RootCAs replace the node's. nil: the node's.
	RootCAs *x509.CertPool
	// VerifyChain replaces crypto/x509's in a test.
	VerifyChain func(*x509.Certificate, x509.VerifyOptions) ([][]*x509.Certificate, error)
	checked     sync.Once
	unsafe      *observation.Failure
	// roots are read if the agent's environment names another store than ssmcheck's.
	// nil: crypto/x509 finds them.
	roots *x509.CertPool
	// whole reads the store again if none of its roots verifies a chain: crypto/x509
	// skips what it cannot read.
	whole func() (*x509.CertPool, *observation.Failure)

	mu     sync.Mutex
	proofs map[[sha256.Size]byte]*proof
}

// A proof is the trust store's verdict on a chain.
type proof struct {
	done  chan struct{}
	tasks attempt.TaskGroup
	// certificates are those of the chain, as they are recorded.
	certificates []observation.Certificate
	// failure is why it could not be asked.
	failure *observation.Failure
	// err is the verification's at this node's time, and later at a time at
	// which the chain was valid.
	err, later error
}

// A pendingProof is a proof that a connection waits for.
type pendingProof struct {
	p     *attempt.Runner
	chain []*x509.Certificate
	made  *proof
	began attempt.Moment
}

// StartProof starts the verification and does not wait for it. An empty chain
// needs none.
func (t *Trust) StartProof(p *attempt.Runner, chain []*x509.Certificate) pendingProof {
	w := pendingProof{p: p, chain: chain, began: p.Heart.Now()}
	if len(chain) > 0 {
		w.made = t.begin(p, chain)
	}
	return w
}

// wait returns the proof. The verification ignores contexts: on Windows and
// macOS it may use the network, and its files may be on a disk that hangs. It
// is abandoned when ctx ends or the limit for one attempt passes.
func (w pendingProof) wait(ctx context.Context) (*proof, *observation.Failure) {
	made := w.made
	took, failure := w.began.Within(ctx, w.p.Limit(), observation.OpHandshake, func(ctx context.Context) error {
		select {
		case <-made.done:
			return nil
		default:
		}
		select {
		case <-made.done:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	if failure != nil {
		failure.Text = "not verified in " + took.String()
		return made, failure
	}
	made.tasks.Wait()
	if made.failure != nil {
		failure = new(*made.failure) // other connections share it
	}
	return made, failure
}

// begin returns the proof of a chain, starting it if necessary.
func (t *Trust) begin(p *attempt.Runner, chain []*x509.Certificate) *proof {
	hash := sha256.New()
	for _, c := range chain {
		hash.Write(c.Raw) // begins with its length
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := [sha256.Size]byte(hash.Sum(nil))
	if made := t.proofs[key]; made != nil {
		return made
	}
	made := &proof{done: make(chan struct{}), certificates: recorded(chain)}
	if t.proofs == nil {
		t.proofs = make(map[[sha256.Size]byte]*proof)
	}
	t.proofs[key] = made
	made.tasks.Go(func() {
		defer close(made.done)
		attempt.GrowForHandshake()
		if t.RootCAs == nil {
			t.checked.Do(func() {
				if t.unsafe = CheckStore(t.Machine, t.Config); t.unsafe != nil || len(StoreFiles) == 0 {
					return
				}
				t.whole = sync.OnceValues(func() (*x509.CertPool, *observation.Failure) { return Roots(t.Machine, t.Config) })
				if !IsOwnStore(t.Machine, t.Config) {
					t.roots, _ = t.whole()
				}
			})
			if made.failure = t.unsafe; t.unsafe != nil {
				return
			}
		}
		made.verify(p, t, cmp.Or(t.RootCAs, t.roots), chain)
		if made.failure == nil && t.whole != nil && untrusted(made.later) {
			// If part of the whole store could not be read, the agent may trust what is there.
			roots, unread := t.whole()
			if made.verify(p, t, roots, chain); made.failure == nil && untrusted(made.later) {
				made.failure = unread
			}
		}
	})
	return made
}

// verify uses crypto/x509, which tries at most a hundred signatures: at this
// node's time, and if the time may be why that fails, also at another.
func (m *proof) verify(p *attempt.Runner, t *Trust, roots *x509.CertPool, chain []*x509.Certificate) {
	pool := x509.NewCertPool()
	for _, c := range chain[1:] {
		pool.AddCert(c)
	}
	o := x509.VerifyOptions{Roots: roots, Intermediates: pool, CurrentTime: p.Clock()}
	if m.err, m.later = t.chains(chain[0], o), nil; m.err == nil {
		return
	}
	if f := attempt.FailureOf(observation.OpRead, m.err); attempt.FailureOf(observation.OpHandshake, m.err).Of(observation.KindNoResources) {
		f.Kind, m.failure = observation.KindNoResources, f // it says nothing about the certificate
		return
	}
	m.later = m.err
	if expired(m.err) || outOfTime(chain, o.CurrentTime) {
		o.CurrentTime = within(chain)
		m.later = t.chains(chain[0], o)
	}
}

// untrusted reports whether no root was found for a chain.
func untrusted(err error) bool {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.SystemRootsError](err)
	return ok
}

// chains is crypto/x509's verification, replaceable by a test.
func (t *Trust) chains(leaf *x509.Certificate, o x509.VerifyOptions) error {
	verify := (*x509.Certificate).Verify
	if t.VerifyChain != nil {
		verify = t.VerifyChain
	}
	_, err := verify(leaf, o)
	return err
}

// expired reports whether a certificate of the chain, or the root, is expired
// or not yet valid.
func expired(err error) bool {
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && invalid.Reason == x509.Expired
}

func outOfTime(chain []*x509.Certificate, now time.Time) bool {
	return slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return now.Before(c.NotBefore) || now.After(c.NotAfter) })
}
