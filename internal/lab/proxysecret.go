package lab

import "net/url"

// ProxySecrets returns values of a proxy variable that contain a secret where people
// and programs put it: between the first colon after the scheme and the last "@", in
// a path, a query or a fragment. Each resembles one that was once revealed. The secret
// must consist of letters and digits.
func ProxySecrets(secret string) []string {
	const at = "@127.0.0.1:3128"
	user := "http://user:"
	shapes := []string{
		// Valid ones.
		user + secret + at,
		"user:" + secret + at,
		"HTTP://user:" + secret + at,
		"https://user:" + secret + at,
		"socks5://user:" + secret + at,
		user + secret + "@[::1]:3128",
		user + secret + "@proxy.corp.example:3128",
		user + "%40" + secret + "%3A%2F" + at,
		user + secret + "@more" + at,
		user + "a:" + secret + at,
		"http://user%3A" + secret + at,
		"http://user%3A" + secret + ":" + at,
		"http://:" + secret + at,
		"http://" + secret + ":" + at, // a token as the user
		"http://us%20er:" + secret + at,
		// With a wrong port, a wrong scheme, or none.
		user + secret + "@127.0.0.1:312800",
		user + secret + "@127.0.0.1:31x28",
		user + secret + "@127.0.0.1: 3128",
		user + secret + "@",
		"ftp://user:" + secret + at,
		"htp://user:" + secret + at,
		"http:user:" + secret + at,
		"http:/user:" + secret + at,
		"http:///user:" + secret + at,
		"http//user:" + secret + at,
		"//user:" + secret + at,
		`http:\\user:` + secret + at,
		"mailto:user:" + secret + at,
		"user:" + secret,
		"127.0.0.1:3128:user:" + secret,
		"http://127.0.0.1:3128:user:" + secret,
		"http://user%3A" + secret + "%40127.0.0.1:3128",
		// Quoted, with spaces, and two in one.
		`"` + user + secret + at + `"`,
		"'" + user + secret + at + "'",
		"“" + user + secret + at + "”",
		user + secret + at + " ",
		" " + user + secret + at,
		user + secret + at + "\t",
		user + secret + at + "," + user + secret + at,
		user + secret + at + " " + user + secret + at,
		user + secret + at + user + secret + at,
		"http=" + user + secret + at + ";https=" + user + secret + at,
		// The secret is where Go finds a host.
		user + "p@" + secret + "/Pw" + at,
		"user:p@" + secret + "/Pw" + at,
		user + "1234/" + secret + at,
		"user:12#" + secret + at,
		user + "://" + secret + at,
		user + "http://" + secret + at,
		// In a path, a query, a fragment.
		"http://127.0.0.1:3128/?auth=" + secret,
		"http://127.0.0.1:3128/" + secret,
		"http://127.0.0.1:3128#" + secret,
		"http://127.0.0.1:3128?" + secret,
		"127.0.0.1:3128/?auth=" + secret,
		"http://127.0.0.1:3128/?auth=a@" + secret,
		"http://proxy.corp.example/#a:b@" + secret,
		user + "x" + at + "/" + secret + "?" + secret,
		"http://127.0.0.1:31x28/?auth=" + secret,
	}
	for _, c := range []string{
		"/", "#", "?", " ", `"`, `\`, "[", "]", "^", "<", ">", "`", "|", "{", "%", "%zz", "ü", "ß", "$", "'", "&", "=", ";", ",", "*", "\x1b[31m", "\u2028", "\xff",
	} {
		shapes = append(shapes, user+secret+c+"Pw"+at, user+"Pw"+c+secret+at)
	}
	return append(shapes, (&url.URL{Scheme: "http", User: url.UserPassword("user", secret+`/#?%"`), Host: "127.0.0.1:3128"}).String())
}
