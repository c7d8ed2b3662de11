package probe

import (
	"net/url"
	"strings"
)

// redactURL gives a URL, or something that was meant as one, without its
// password and without its path, and printable. It works on the text: of an
// address that cannot be parsed, or that a bare "/" in the password makes
// parse as another one, nothing secret may be left.
func redactURL(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if ok && !strings.ContainsAny(scheme, ":@") {
		scheme += "://"
	} else {
		scheme, rest = "", raw // "://" is a piece of the password
	}
	user := ""
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		name, _, hasPassword := strings.Cut(rest[:at], ":")
		user = name + "@"
		if hasPassword {
			user = name + ":***@"
		}
		rest = rest[at+1:]
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return excerpt(scheme + user + rest)
}

// redactedProxy gives the address of a proxy that is used, whole but for its
// password.
func redactedProxy(u *url.URL) string {
	c := *u
	if _, secret := u.User.Password(); secret {
		c.User = url.UserPassword(u.User.Username(), "***")
	}
	return strings.Replace(c.String(), "%2A%2A%2A", "***", 1)
}

// shownLocation gives where a redirect points, without what may be a secret: a
// password, and the query, where portals have their sessions and S3 its
// signatures.
func shownLocation(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || strings.Contains(u.Path, "@") { // a password without "//" parses as a path
		if at := strings.LastIndexByte(raw, '@'); at >= 0 {
			return "***@" + redactURL(raw[at+1:]) // whatever stands before it
		}
		return redactURL(raw)
	}
	if u.User != nil {
		u.User = url.User("***")
	}
	if u.RawQuery != "" {
		u.RawQuery = "***"
	}
	u.Fragment, u.RawFragment = "", ""
	return strings.Replace(u.String(), "%2A%2A%2A", "***", 1)
}
