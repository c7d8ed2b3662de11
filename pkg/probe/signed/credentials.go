package signed

import (
	"context"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// Keys are credentials. They leave this package only in a signature, and as the
// session token of a request on a verified connection.
type Keys struct{ id, secret, token string }

// String keeps keys out of any text by mistake.
func (Keys) String() string { return "***" }

// GoString does the same for %#v.
func (Keys) GoString() string { return "***" }

// isKeyID reports whether a text has the form of an IAM access key id (API
// reference, AccessKey).
func isKeyID(s string) bool {
	return observation.ConsistsOf(s, 16, 128, func(c byte) bool { return observation.IsLetter(c) || observation.IsDigit(c) || c == '_' })
}

// isKeyText reports whether a text can be a secret or a session token. Neither
// has a published form; both are one long word.
func isKeyText(s string) bool {
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	return len(s) >= observation.SecretGram && len(s) <= 16<<10 && !strings.ContainsFunc(s, odd)
}

// wellFormed reports whether the keys can be credentials and fit into a header.
func (k Keys) wellFormed() bool {
	return isKeyID(k.id) && isKeyText(k.secret) && (k.token == "" || isKeyText(k.token))
}

// found records where usable keys come from.
func foundKeys(c *observation.Credentials, k Keys, source observation.CredentialSource, from string) Keys {
	c.Found, c.Source, c.From = observation.Yes, source, from
	c.KeyEnd, c.Temporary = k.id[len(k.id)-4:], k.token != ""
	c.Failure = nil
	return k
}

// passOver records a source that is not used.
func passOver(c *observation.Credentials, what string) {
	if len(c.PassedOver) < 16 {
		c.PassedOver = append(c.PassedOver, what)
	}
}

// FileCredentials searches where no call is needed: the environment, then the
// shared files, in the order of the AWS SDKs. It starts no process, and uses
// neither single sign-on nor a web identity.
func FileCredentials(p files.Machine) (observation.Credentials, Keys) {
	c := observation.Credentials{Asked: true, Found: observation.No}
	k, ok := environmentKeys(p, &c)
	if ok {
		foundKeys(&c, k, observation.SourceEnvironment, "the environment (AWS_ACCESS_KEY_ID)")
	} else {
		k = sharedKeys(p, &c)
	}
	return c, k
}

// environmentKeys reads ssmcheck's own environment.
func environmentKeys(p files.Machine, c *observation.Credentials) (Keys, bool) {
	k := Keys{p.Env("AWS_ACCESS_KEY_ID"), p.Env("AWS_SECRET_ACCESS_KEY"), p.Env("AWS_SESSION_TOKEN")}
	switch {
	case k.id == "" && k.secret == "":
	case k.id == "":
		passOver(c, "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID")
	case k.secret == "":
		passOver(c, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")
	case !k.wellFormed():
		passOver(c, "the keys in the environment have a form that none have")
	default:
		return k, true
	}
	for _, name := range []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		if p.Env(name) != "" {
			passOver(c, name+" is set; such credentials are not the node's, and are not fetched")
		}
	}
	return Keys{}, false
}

// FindCredentials returns the node's credentials. Files on an unreachable file
// system, and silent metadata, are subject to their own limits and to ctx.
// metadata waits for what is known of the instance, or for ctx.
func FindCredentials(ctx context.Context, m files.Machine, p *attempt.Runner, kind observation.NodeKind, metadata func() observation.Metadata) (observation.Credentials, Keys) {
	type result struct {
		c observation.Credentials
		k Keys
		// bug is what broke the reader. nil: nothing.
		bug any
	}
	read := make(chan result, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				read <- result{bug: v}
			}
		}()
		c, k := FileCredentials(m)
		read <- result{c: c, k: k}
	}()
	var out result
	late, stop := p.Heart.Now().After(readLimit)
	defer stop()
	select {
	case out = <-read:
	case <-late:
		out.c = observation.Credentials{Asked: true, Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindTimeout, Text: "the shared credentials: not read in time"}}
	case <-ctx.Done():
		out.c = observation.Credentials{Asked: true, Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindUndecided, Text: "the run ended first"}}
		return out.c, Keys{}
	}
	if out.bug != nil {
		panic(out.bug)
	}
	if out.c.Found == observation.Yes {
		return out.c, out.k
	}
	k := roleKeys(ctx, p, kind, metadata(), &out.c) // which also says why there are none
	return out.c, k
}

// readLimit limits the search in files. It takes a few milliseconds unless one
// hangs (on an unreachable network file system, say).
const readLimit = 2 * time.Second
