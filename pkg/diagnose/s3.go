package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
)

// S3.
const (
	S3PolicyDenies  Code = "s3-policy-denies"
	S3BucketMissing Code = "s3-bucket-missing"
	S3WrongRegion   Code = "s3-wrong-region"
)

// s3Causes are the causes that show in S3's own answers.
func s3Causes() []cause {
	return []cause{
		{
			code: S3PolicyDenies, atMost: Error,
			find: func(f *facts) []match {
				return f.buckets(func(w *path) bool {
					return w.target.PublicKey != "" && w.stages.Reply.Status == 403 && !f.signedReads(w.target)
				}, invalidates)
			},
			describe: describePolicyDenies,
			actions:  (*facts).allowBuckets,
		},
		{
			code: S3BucketMissing, atMost: Error, anyPath: true,
			find: func(f *facts) []match {
				return f.buckets(func(w *path) bool { return w.stages.Reply.ErrorCode == noSuchBucketCode && w.target.absent == "" }, invalidates)
			},
			describe: describeBucketMissing,
		},
		{
			code: S3WrongRegion, atMost: Warning,
			find: func(f *facts) []match {
				return f.buckets(func(w *path) bool {
					r := w.stages.Reply
					return r.BucketRegion != "" && r.BucketRegion != f.o.Plan.Region || r.ErrorCode == "PermanentRedirect"
				}, affects)
			},
			describe: describeWrongRegion,
		},
	}
}

// buckets matches the paths on which AWS answered for a bucket and for which ok holds.
func (f *facts) buckets(ok func(*path) bool, e effect) []match {
	answered := func(w *path) bool { return w.state == reachedAWS }
	var ms []match
	for _, w := range f.paths(func(w *path) bool {
		return w.target.Service == endpoint.S3 && w.target.Bucket != "" && answered(w) && ok(w)
	}) {
		does := e
		if slices.ContainsFunc(w.target.paths, func(w *path) bool { return answered(w) && !ok(w) }) {
			does = affects // another address returns the object
		}
		line := w.line()
		if r := w.stages.Reply; r.ErrorCode != "" {
			line += ": " + quoted(r.ErrorCode+": "+r.ErrorMessage)
		}
		ms = append(ms, match{target: w.target, path: w, effect: does, evidence: []string{"bucket " + w.target.Bucket + " at " + line}})
	}
	return ms
}

// noSuchBucketCode is S3's code for a bucket that does not exist.
const noSuchBucketCode = "NoSuchBucket"

// noSuchBucket reports whether S3 says, wherever AWS answered, that the target's bucket
// does not exist.
func noSuchBucket(t *target) bool {
	if t.Bucket == "" || !t.works() {
		return false
	}
	return every(t.paths, func(w *path) bool {
		return w.state != reachedAWS || w.stages.Reply.ErrorCode == noSuchBucketCode
	})
}

func bucketsOf(ts []*target) string { return joinMax(mapTo(ts, bucketName), 3) }

func bucketName(t *target) string { return t.Bucket }

func describePolicyDenies(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	arn := "arn:" + f.o.Plan.Partition + ":s3:::" + ts[0].Bucket + "/*"
	return words{
		title:  "S3 refuses a public object of " + bucketsOf(ts) + ": a policy on the path denies it",
		more:   append(f.signedEvidence(ts[0]), "everybody may read "+ts[0].Bucket+"/"+ts[0].PublicKey+", so the bucket's own policy is not the reason"),
		checks: []Check{f.try(ws[0])},
		fix: []string{
			"allow s3:GetObject on " + arn + " for every principal (\"*\") in the policy of the VPC endpoint for S3, gateway or interface",
			"remove conditions on the principal (aws:PrincipalOrgID, aws:PrincipalAccount) from that statement: these reads are unsigned",
			"if a proxy is on the path, allow that URL there too",
		},
	}
}

func describeBucketMissing(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title:  "there is no bucket " + bucketsOf(ts),
		checks: []Check{f.try(ws[0])},
		fix: []string{
			"check the spelling of the bucket's name and of the Region " + f.o.Plan.Region,
			"if an S3-compatible server answers in AWS's place, correct the address of " + everyHost(ts),
		},
	}
	if slices.ContainsFunc(ts, func(t *target) bool { return t.ForOldDistributor() && !f.ownBucket(t) }) {
		w.fix = slices.Insert(w.fix, 0, "update the agent, which is "+safe(f.o.Node.Agent.Version)+": from 3.3.551.0 on, Distributor needs no AWS bucket")
	}
	return w
}

func describeWrongRegion(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	region := ws[0].stages.Reply.BucketRegion
	if region == "" {
		region = "another Region"
	}
	return words{
		title:  plural(len(ts), "bucket ", "buckets ") + bucketsOf(ts) + plural(len(ts), " is in ", " are in ") + safe(region) + ", not in " + f.o.Plan.Region,
		checks: []Check{f.try(ws[0])},
		fix: []string{
			"use a bucket in " + f.o.Plan.Region + ", or check that the node also reaches S3 in " + safe(region) + ": a gateway endpoint serves only its own Region",
		},
	}
}

// readProof says whether a bucket that answered could be read, or "" if there is no
// bucket or no answer.
func readProof(t *target) string {
	answers := filter(t.paths, func(w *path) bool { return w.state == reachedAWS })
	switch {
	case t.Bucket == "" || len(answers) == 0:
		return ""
	case slices.ContainsFunc(answers, func(w *path) bool { return w.stages.Reply.Status/100 == 2 }):
		return "proved"
	}
	return "not proved"
}

// askedByFlag says which flag requested the user's own buckets: no capability does.
func (f *facts) askedByFlag(ts []*target) []string {
	own := filter(ts, f.ownBucket)
	if len(own) == 0 {
		return nil
	}
	return []string{"requested by " + joinMax(mapTo(own, func(t *target) string { return "--bucket " + t.Bucket }), 6)}
}

// s3Host is the S3 host under which the target's bucket has its name, or "" if the
// bucket is in the path.
func s3Host(t *target) string {
	if !t.VirtualHosted {
		return ""
	}
	host, _ := strings.CutPrefix(t.Host, t.Bucket+".")
	return host
}

// zoneForBuckets says what is missing if S3's name exists, but that of a bucket does
// not: the user's own zone has a record for the host, but none for names below it. A
// host that somebody set may not exist at all.
func (f *facts) zoneForBuckets(w *words, ts []*target) []string {
	var steps []string
	for _, t := range ts {
		host := s3Host(t)
		i := slices.IndexFunc(f.targets, func(o *target) bool { return o.Bucket == "" && sameName(o.Host, host) })
		if host == "" || t.Overridden != "" || i >= 0 && !f.targets[i].resolved.outcome.hasAddress() {
			continue
		}
		w.more = append(w.more, "the agent reads and writes your bucket under its own name below "+host)
		record := "*." + host
		if i < 0 {
			steps = append(steps, "if there is a private zone for "+host+", add a record "+record+" to it, with the zone's own addresses")
			continue
		}
		addresses := addrList(f.targets[i].resolved.addrs)
		w.more = append(w.more, host+" itself has addresses ("+addresses+")")
		steps = append(steps, "add a record "+record+" to the zone that "+host+" comes from, with the same addresses ("+addresses+"); the private DNS of an interface endpoint for S3 has both")
	}
	return steps
}

// allowBuckets proposes that the endpoint's policy allow the targets' buckets.
func (f *facts) allowBuckets(ts []*target) []fix.Action {
	if _, err := endpoint.LookupRegion(f.o.Plan.Region); err != nil {
		return nil
	}
	a := fix.Action{Kind: fix.AllowBuckets}
	for _, t := range ts {
		if name, err := endpoint.ParseBucket(t.Bucket); err == nil {
			a.Buckets = appendNew(a.Buckets, name)
		}
	}
	return []fix.Action{a}
}
