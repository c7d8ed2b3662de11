package redact

import (
	"net/netip"
	"slices"
	"strings"
)

// maxSpan limits how many parts of a word are looked up together.
const maxSpan = 8

var (
	accessKey = pattern(`^A(?:KIA|SIA|ROA|IDA|NPA|GPA|IPA)[A-Z0-9]{12,}$`)
	print256  = pattern(`^[0-9a-f]{64}$`)
	uuid      = pattern(`^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$`)
	ciscoMAC  = pattern(`^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$`)
)

// plain is the pseudonym of a word wherever it occurs, or the word itself. A
// name in a path is not a host's.
func (r *Redactor) plain(core, lower string, inPath bool) string {
	if pseudonym, known := r.names[lower]; known && !r.public.has(core) {
		return pseudonym
	}
	if r.public.buckets[core] {
		return core
	}
	if strings.Contains(core, ".") && len(core) <= maxHost {
		if pseudonym, known := r.hosts.known[lower]; known {
			return pseudonym
		}
		if isPublicHost(lower) {
			return r.publicHost(core)
		}
		if r.secretHost(core, lower, inPath) {
			return r.hosts.of(lower)
		}
	}
	if r.requests[lower] {
		return core
	}
	switch len(core) {
	case 14:
		if ciscoMAC().MatchString(lower) {
			return r.macs.of(macDigits(lower))
		}
	case 36:
		if uuid().MatchString(lower) {
			return r.uuids.of(lower)
		}
	case 64:
		if print256().MatchString(lower) {
			return r.prints.of(lower)
		}
	}
	if !strings.ContainsAny(core, ".-_") {
		return r.part(core, lower, true)
	}
	return r.parts(core, lower, true)
}

// publicHost handles an AWS name: a bucket, an id or anything else that a
// customer chose at its beginning is replaced.
func (r *Redactor) publicHost(core string) string {
	name, rest := "", core
	for _, s3 := range []string{".s3.", ".s3-"} {
		if i := strings.Index(core, s3); i > 0 && !strings.HasPrefix(core, "vpce-") {
			name, rest = r.bucket(strings.ToLower(core[:i])), core[i:]
			break
		}
	}
	return name + r.parts(rest, strings.ToLower(rest), true)
}

// secretHost reports whether a word with a dot is a host that must not be
// shown.
func (r *Redactor) secretHost(core, lower string, inPath bool) bool {
	end := strings.LastIndexByte(core, '.')
	last := core[end+1:]
	if len(last) < 2 || strings.Contains(core, "..") || strings.ContainsFunc(last, func(c rune) bool { return c < 'A' || c > 'z' || c > 'Z' && c < 'a' }) {
		return false
	}
	if _, under := r.domainOf(lower); under || ownHost().MatchString(lower) {
		return true
	}
	if inPath || fileName(core) {
		return false
	}
	// A space may be missing after a sentence.
	if isOneOf(last, "com net org edu gov mil int info biz cloud dev app example test") {
		return true
	}
	if len(last) == 2 && last == strings.ToLower(last) {
		return true
	}
	return slices.ContainsFunc(strings.FieldsFunc(core, func(c rune) bool { return c == '.' || c == '-' }),
		func(p string) bool { return !r.public.has(p) })
}

// isOneOf reports whether a word is in a space-separated list.
func isOneOf(word, list string) bool { return strings.Contains(" "+list+" ", " "+word+" ") }

func isSeparator(c byte) bool { return c == '.' || c == '-' || c == '_' }

// separatorsOf are the positions of dots, hyphens and underscores.
func separatorsOf(s string) []int {
	var at []int
	for i := range len(s) {
		if isSeparator(s[i]) {
			at = append(at, i)
		}
	}
	return at
}

// withIDs replaces the ids in a word by pseudonyms.
func (r *Redactor) withIDs(s string) string { return r.parts(s, strings.ToLower(s), false) }

// parts replaces what is between the dots, hyphens and underscores of a word:
// known names, also of several parts; addresses written with hyphens, ids,
// account numbers and keys; and, if strict, anything that is not a common word.
func (r *Redactor) parts(core, lower string, strict bool) string {
	if len(lower) != len(core) { // letters that have another length when small
		lower = core
	}
	ends := append(separatorsOf(core), len(core))
	var b strings.Builder
	done, endpointID := 0, -1
	begin := 0
	for k := 0; k < len(ends); k++ {
		pseudonym, end := "", ends[k]
		for span := min(r.maxParts, len(ends)-k); span > 0; span-- {
			to := ends[k+span-1]
			if s, known := r.names[lower[begin:to]]; known && (span > 1 || !r.public.has(core[begin:to])) {
				pseudonym, end, k = s, to, k+span-1
				break
			}
		}
		if pseudonym == "" && begin < end {
			part := core[begin:end]
			if to, a := quad(core, ends, k, begin); a.IsValid() {
				if strict && !r.answered[a] {
					r.addresses.ownAddress(a)
				}
				pseudonym, end, k = strings.ReplaceAll(r.addresses.of(a).String(), ".", core[ends[k]:ends[k]+1]), to, k+3
			} else if before := previous(lower, begin); before != "" && isID(part) {
				pseudonym = r.id(before, part)
				if before == "vpce" {
					endpointID = k
				}
			} else if k > 0 && endpointID == k-1 && len(part) == 8 && core[begin-1] == '-' {
				// What AWS puts behind a VPC endpoint's id in a host name.
				pseudonym = r.id("vpce-name", part)
			} else if s := r.part(part, lower[begin:end], strict); s != part {
				pseudonym = s
			}
		}
		if pseudonym != "" {
			b.WriteString(core[done:begin])
			b.WriteString(pseudonym)
			done = end
		}
		begin = end + 1
	}
	if done == 0 {
		return core
	}
	return b.String() + core[done:]
}

// part replaces a single, unknown part between two separators.
func (r *Redactor) part(part, lower string, strict bool) string {
	switch {
	case len(part) == 12 && strings.Trim(part, "0123456789") == "":
		return r.accounts.of(part)
	case len(part) >= 16 && accessKey().MatchString(part):
		return r.keys.of(part)
	case strict && !r.public.has(part):
		return r.word(lower)
	}
	return part
}

// previous is the lower-case word that precedes a hyphen before i.
func previous(lower string, i int) string {
	if i == 0 || lower[i-1] != '-' {
		return ""
	}
	begin := i - 1
	for begin > 0 && lower[begin-1] >= 'a' && lower[begin-1] <= 'z' && i-begin <= 10 {
		begin--
	}
	if begin > 0 && !isSeparator(lower[begin-1]) {
		return ""
	}
	return lower[begin : i-1]
}

// isID reports whether a part has the form of the end of an AWS id.
func isID(s string) bool {
	if len(s) < 8 || len(s) > 17 || !strings.ContainsAny(s, "0123456789") {
		return false
	}
	for i := range len(s) {
		if !isHex(s[i]) || isLarge(s[i]) {
			return false
		}
	}
	return true
}

// quad returns the IPv4 address whose four numbers are separated by hyphens or
// underscores, starting at part k, and where it ends.
func quad(core string, ends []int, k, begin int) (end int, a netip.Addr) {
	if k+3 >= len(ends) || core[ends[k]] == '.' || core[ends[k]] != core[ends[k+1]] || core[ends[k]] != core[ends[k+2]] {
		return 0, a
	}
	if end = ends[k+3]; end-begin > len("255-255-255-255") {
		return 0, a
	}
	a, err := netip.ParseAddr(strings.ReplaceAll(core[begin:end], core[ends[k]:ends[k]+1], "."))
	if err != nil {
		return 0, netip.Addr{}
	}
	return end, a
}
