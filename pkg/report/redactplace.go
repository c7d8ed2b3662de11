package report

import (
	"regexp"
	"strings"
)

// beforeBucket is what stands before a bucket's name where nothing else can: a
// target's name, an ARN, a URL of S3, a request, an answer of S3, and the word
// itself, also before a list.
var beforeBucket = regexp.MustCompile(`(?:\bs3:(?:::|//)?|\b(?:GET|HEAD) /|://s3[a-z0-9.-]*\.amazonaws\.com[a-z.]*(?::[0-9]+)?/|` +
	`<(?:BucketName|Bucket|Name|Resource)>/?|\bbuckets? (?:[a-z0-9.-]+(?:, | and ))*)$`)

// bucketsPlace reports whether the word that follows is a bucket's name, also
// where it might as well be a word of our own.
func bucketsPlace(before string) bool { return beforeBucket.MatchString(before) }

// windowsAccount is DOMAIN\user. A path has a drive or a backslash before it, or
// goes on with one.
var windowsAccount = regexp.MustCompile(`(?:^|[\s"'(:=,;>])([A-Za-z][A-Za-z0-9-]{1,14})\\([A-Za-z0-9][A-Za-z0-9._$-]*)(?:$|[^\\\w])`)

// learnAccounts takes the accounts of a Windows domain that a value names.
func (r *redactor) learnAccounts(value string) {
	for _, x := range windowsAccount.FindAllStringSubmatch(value, -1) {
		user := strings.TrimRight(x[2], ".-")
		switch strings.ToUpper(x[1]) {
		case "AUTHORITY", "BUILTIN", "SERVICE", "FILES", "HKLM", "HKCU":
			continue // everybody's
		}
		if !fileName(user) {
			account := x[1] + `\` + user
			r.users.of(account)
			r.windows[account] = true
		}
	}
}

// afterBackslash is the user of DOMAIN\user. In a quotation the backslash stands
// twice.
var afterBackslash = regexp.MustCompile(`\\{1,2}[A-Za-z0-9][A-Za-z0-9._$-]*`)

// windowsAccounts is s with stand-ins for the accounts that were learnt.
func (r *redactor) windowsAccounts(s string) string {
	var b strings.Builder
	last := 0
	for _, x := range afterBackslash.FindAllStringIndex(s, -1) {
		user := strings.TrimRight(strings.TrimLeft(s[x[0]:x[1]], `\`), ".-")
		begin := x[0]
		for begin > last && x[0]-begin < 16 && (isWord(s[begin-1]) || s[begin-1] == '-') {
			begin--
		}
		// The letter of an escape may stand before the domain: \nDOMAIN.
		for ; begin < x[0]; begin++ {
			if account := s[begin:x[0]] + `\` + user; r.windows[account] {
				b.WriteString(s[last:begin] + r.users.of(account))
				last = x[0] + strings.Index(s[x[0]:], user) + len(user)
				break
			}
			if begin == 0 || s[begin-1] != '\\' {
				break
			}
		}
	}
	return b.String() + s[last:]
}
