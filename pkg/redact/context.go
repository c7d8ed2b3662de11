package redact

import "strings"

// The text before a name may say what kind of name it is, even if it could also
// be a common word. Each function looks back only a few bytes.

// afterAny reports whether one of the texts precedes i.
func (x *scan) afterAny(i int, texts ...string) bool {
	for _, t := range texts {
		if strings.HasSuffix(x.s[:i], t) {
			return true
		}
	}
	return false
}

// bucketsPlace reports whether a bucket's name begins at i. In some places any
// name is a bucket's, in others only a known one: a target's name, an ARN, an
// S3 URL, a request to S3 and its answer.
func (x *scan) bucketsPlace(i int) (place, sure bool) {
	if i == x.bucketAt || x.afterAny(i, "s3:::", "s3://") {
		return true, true
	}
	return x.afterAny(i, "s3:", "GET /", "HEAD /", "<BucketName>", "<Bucket>", "<Name>", "<Resource>", "<Resource>/"), false
}

// isBucketName reports whether S3 accepts the name.
func isBucketName(s string) bool {
	if len(s) < 3 || len(s) > 63 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isWord(c) && c != '.' && c != '-' || isLarge(c) {
			return false
		}
	}
	return true
}

// rolePlace replaces the path of a role, a user or a group in an ARN. core is
// the word that begins at i.
func (x *scan) rolePlace(i int, core string) bool {
	switch core {
	case "assumed-role", "role", "user", "group", "instance-profile":
	default:
		return false
	}
	at := i + len(core)
	if at >= len(x.s) || x.s[at] != '/' || i > 0 && x.s[i-1] == '/' {
		return false
	}
	for at < len(x.s) && x.s[at] == '/' {
		at++
		n := runOf(x.s[at:], isIAM)
		if name := x.s[at : at+n]; n > 0 {
			if pseudonym := x.r.withIDs(name); pseudonym != name {
				x.replace(at, at+n, pseudonym)
			} else {
				x.replace(at, at+n, x.r.call(name, &x.r.roles))
			}
		}
		at += n
	}
	x.i = at
	return true
}

func isIAM(c byte) bool { return isWord(c) || strings.IndexByte("+=,.@-", c) >= 0 }

// runOf is the length of the longest prefix of s whose bytes all satisfy is.
func runOf(s string, is func(byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

// account replaces DOMAIN\user, whose domain begins at i. Inside quotation
// marks the backslash is doubled. A path differs: it has a drive or a backslash
// before it, or continues with one.
func (x *scan) account(i int, domain string) bool {
	at := i + len(domain)
	slashes := runOf(x.s[at:], func(c byte) bool { return c == '\\' })
	if slashes == 0 || slashes > 2 || len(domain) > 15 || !isWord(domain[0]) {
		return false
	}
	at += slashes
	end := at + runOf(x.s[at:], func(c byte) bool { return isWord(c) || c == '.' || c == '$' || c == '-' })
	user := strings.TrimRight(x.s[at:end], ".-")
	key := strings.ToLower(domain + `\` + user)
	pseudonym, known := x.r.users.known[key]
	if !known {
		if user == "" || fileName(user) || end < len(x.s) && x.s[end] == '\\' || i > 0 && !strings.ContainsRune(" \t\"'(:=,;>", rune(x.s[i-1])) {
			return false
		}
		switch strings.ToUpper(domain) {
		case "AUTHORITY", "BUILTIN", "SERVICE", "FILES", "HKLM", "HKCU":
			return false // everybody's
		case "MANAGER", "NT":
			if strings.HasSuffix(x.s[:i], `\Session `) || strings.HasSuffix(x.s[:i], `\Windows `) {
				return false // a key of Windows's registry
			}
		}
		pseudonym = x.r.users.of(key)
		x.r.word(strings.ToLower(domain))
		x.r.users.set(strings.ToLower(user), pseudonym)
		x.r.call(user, &x.r.users)
	}
	x.replace(i, at+len(user), pseudonym)
	return true
}
