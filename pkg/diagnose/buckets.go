package diagnose

import (
	"slices"
	"strings"
)

// askedByFlag says of buckets of one's own which flag asked for them: no
// capability does.
func (f *facts) askedByFlag(ts []*target) []string {
	var flags []string
	for _, t := range ts {
		if f.own(t) {
			flags = append(flags, "--bucket "+t.Bucket)
		}
	}
	if len(flags) == 0 {
		return nil
	}
	return []string{"asked for by " + few(flags, 6)}
}

// s3Host is the host of S3 below which the target's bucket has its name, "" for
// a bucket that is named in the path.
func s3Host(t *target) string {
	if !t.VirtualHosted {
		return ""
	}
	host, _ := strings.CutPrefix(t.Host, t.Bucket+".")
	return host
}

// zoneForBuckets says what is missing where the name of a bucket does not exist
// and that of S3 does: a zone of one's own has a record for the host and none
// for what is below it. A host that somebody named may not exist at all.
func (f *facts) zoneForBuckets(w *words, ts []*target) []string {
	var fix []string
	for _, t := range ts {
		host := s3Host(t)
		i := slices.IndexFunc(f.targets, func(o *target) bool { return o.Bucket == "" && sameName(o.Host, host) })
		if host == "" || t.Overridden != "" || i >= 0 && !f.targets[i].resolved.outcome.hasAddress() {
			continue
		}
		w.more = append(w.more, "the agent reads and writes a bucket of yours at its own name below "+host)
		record := "*." + host
		if i < 0 {
			fix = append(fix, "if there is a private zone for "+host+", add a record "+record+" to it, with the addresses of its own")
			continue
		}
		addresses := addrList(f.targets[i].resolved.addrs)
		w.more = append(w.more, host+" itself has addresses ("+addresses+")")
		fix = append(fix, "add a record "+record+" to the zone that "+host+" comes from, with the same addresses ("+addresses+"); the private DNS of an interface endpoint for S3 has both")
	}
	return fix
}
