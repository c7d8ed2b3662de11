package probe

import (
	"context"
	"strings"
	"time"
)

// Credentials is where the credentials of `--signed` come from. It never holds
// them: of the access key id the last four characters, of the secret and the
// session token nothing.
type Credentials struct {
	// Asked: `--signed` was given.
	Asked bool `json:"asked"`
	// Found is not known where something that may hold them could not be
	// read; Failure then says what.
	Found Known `json:"found,omitempty"`
	// Source is what kind of place they are from, and From names it:
	// "the environment (AWS_ACCESS_KEY_ID)", "/root/.aws/credentials,
	// profile default", "the instance role node-role".
	Source CredentialSource `json:"source,omitempty"`
	From   string           `json:"from,omitempty"`
	// KeyEnd is the last four characters of the access key id.
	KeyEnd string `json:"key_end,omitempty"`
	// Temporary: a session token goes with them.
	Temporary bool `json:"temporary,omitempty"`
	// Expires is when an instance role's credentials do, by AWS's clock.
	Expires time.Time `json:"expires,omitzero"`
	// PassedOver says what was found and not used, and why: a
	// credential_process, single sign-on, one key without the other.
	PassedOver []string `json:"passed_over,omitempty"`
	Failure    *Failure `json:"failure,omitempty"`
}

// A CredentialSource is what kind of place credentials are from.
type CredentialSource string

const (
	// SourceEnvironment: ssmcheck's own environment.
	SourceEnvironment CredentialSource = "environment"
	// SourceFile: static keys of a shared credentials or configuration file.
	SourceFile CredentialSource = "file"
	// SourceRole: the instance's role, by instance metadata.
	SourceRole CredentialSource = "instance-role"
)

// keys are credentials. They leave this package only in a signature, and as
// the session token in a request that a verified connection carries.
type keys struct{ id, secret, token string }

// String keeps keys out of every text that they might get into by mistake.
func (keys) String() string { return "***" }

// GoString does the same for %#v.
func (keys) GoString() string { return "***" }

// accessKeyID is IAM's pattern (API reference, AccessKey).
var accessKeyID = pattern(`^\w{16,128}$`)

// isKeyText reports whether a text can be a secret or a session token. Neither
// has a published form; both are one word of some length.
func isKeyText(s string) bool {
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	return len(s) >= gram && len(s) <= 16<<10 && !strings.ContainsFunc(s, odd)
}

// wellFormed reports whether the keys can be credentials, and could go into a
// header.
func (k keys) wellFormed() bool {
	return accessKeyID().MatchString(k.id) && isKeyText(k.secret) && (k.token == "" || isKeyText(k.token))
}

// found notes where usable keys are from.
func (c *Credentials) found(k keys, source CredentialSource, from string) keys {
	c.Found, c.Source, c.From = Yes, source, from
	c.KeyEnd, c.Temporary = k.id[len(k.id)-4:], k.token != ""
	c.Failure = nil
	return k
}

// passOver notes what is not used.
func (c *Credentials) passOver(what string) {
	if len(c.PassedOver) < 16 {
		c.PassedOver = append(c.PassedOver, what)
	}
}

// fileCredentials looks where no call is needed: the environment, then the
// shared files. The order is the AWS SDKs'. It starts no process, asks no
// single sign-on and takes no web identity.
func (p *Prober) fileCredentials() (Credentials, keys) {
	c := Credentials{Asked: true, Found: No}
	k, ok := p.environmentKeys(&c)
	if ok {
		c.found(k, SourceEnvironment, "the environment (AWS_ACCESS_KEY_ID)")
	} else {
		k = p.sharedKeys(&c)
	}
	return c, k
}

// environmentKeys reads ssmcheck's own environment.
func (p *Prober) environmentKeys(c *Credentials) (keys, bool) {
	k := keys{p.getenv("AWS_ACCESS_KEY_ID"), p.getenv("AWS_SECRET_ACCESS_KEY"), p.getenv("AWS_SESSION_TOKEN")}
	switch {
	case k.id == "" && k.secret == "":
	case k.id == "":
		c.passOver("AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID")
	case k.secret == "":
		c.passOver("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")
	case !k.wellFormed():
		c.passOver("the keys in the environment have a form that none have")
	default:
		return k, true
	}
	for _, name := range []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		if p.getenv(name) != "" {
			c.passOver(name + " is set; such credentials are not the node's, and are not fetched")
		}
	}
	return keys{}, false
}

// findCredentials gives the node's credentials. Files on a file system that is
// away, and metadata that is silent, end with their own limits or with ctx.
func (r *run) findCredentials(ctx context.Context) (Credentials, keys) {
	type result struct {
		c Credentials
		k keys
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
		c, k := r.p.fileCredentials()
		read <- result{c: c, k: k}
	}()
	var out result
	late, stop := r.p.heart.now().after(lookLimit)
	defer stop()
	select {
	case out = <-read:
	case <-late:
		out.c = Credentials{Asked: true, Failure: &Failure{Op: OpRead, Kind: KindTimeout, Text: "the shared credentials: not read in time"}}
	case <-ctx.Done():
		out.c = Credentials{Asked: true, Failure: &Failure{Op: OpRead, Kind: KindUndecided, Text: "the run ended first"}}
		return out.c, keys{}
	}
	if out.bug != nil {
		panic(out.bug)
	}
	if out.c.Found == Yes {
		return out.c, out.k
	}
	select {
	case <-r.metadataKnown:
	case <-ctx.Done():
	}
	k := r.roleKeys(ctx, &out.c) // which also says why there are none
	return out.c, k
}
