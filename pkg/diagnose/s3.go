package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// inS3 are the causes that S3's own answers show.
func inS3() []cause {
	return []cause{
		{
			code: S3PolicyDenies, atMost: Error,
			find: func(f *facts) []match {
				return f.buckets(func(w *way) bool {
					return w.target.PublicKey != "" && w.climb.Reply.Status == 403 && !f.signedReads(w.target)
				}, defeats)
			},
			tell: tellPolicyDenies,
		},
		{
			code: S3BucketMissing, atMost: Error, everyWay: true,
			find: func(f *facts) []match {
				return f.buckets(func(w *way) bool { return w.climb.Reply.ErrorCode == noSuchBucketCode && w.target.absent == "" }, defeats)
			},
			tell: tellBucketMissing,
		},
		{
			code: S3WrongRegion, atMost: Warning,
			find: func(f *facts) []match {
				return f.buckets(func(w *way) bool {
					r := w.climb.Reply
					return r.BucketRegion != "" && r.BucketRegion != f.o.Plan.Region || r.ErrorCode == "PermanentRedirect"
				}, touches)
			},
			tell: tellWrongRegion,
		},
	}
}

// buckets are the matches at the ways on which AWS answered for a bucket and
// of which ok holds.
func (f *facts) buckets(ok func(*way) bool, e effect) []match {
	answered := func(w *way) bool { return w.state == stateProven }
	var ms []match
	for _, w := range f.ways(func(w *way) bool {
		return w.target.Service == endpoint.S3 && w.target.Bucket != "" && answered(w) && ok(w)
	}) {
		does := e
		if slices.ContainsFunc(w.target.ways, func(w *way) bool { return answered(w) && !ok(w) }) {
			does = touches // another address gives the object
		}
		line := w.line()
		if r := w.climb.Reply; r.ErrorCode != "" {
			line += ": " + told(r.ErrorCode+": "+r.ErrorMessage)
		}
		ms = append(ms, match{target: w.target, way: w, effect: does, evidence: []string{"bucket " + w.target.Bucket + " at " + line}})
	}
	return ms
}

// noSuchBucketCode is S3's code for a bucket that does not exist.
const noSuchBucketCode = "NoSuchBucket"

// noSuchBucket reports whether S3 says of the target's bucket that it does not
// exist, wherever AWS answered.
func noSuchBucket(t *target) bool {
	if t.Bucket == "" || !t.works() {
		return false
	}
	return !slices.ContainsFunc(t.ways, func(w *way) bool {
		return w.state == stateProven && w.climb.Reply.ErrorCode != noSuchBucketCode
	})
}

func bucketsOf(ts []*target) string {
	var names []string
	for _, t := range ts {
		names = append(names, t.Bucket)
	}
	return few(names, 3)
}

func tellPolicyDenies(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), waysOf(ms)
	arn := "arn:" + f.o.Plan.Partition + ":s3:::" + ts[0].Bucket + "/*"
	return words{
		title:   "S3 refuses a public object of " + bucketsOf(ts) + ": a policy on the way denies it",
		more:    append(f.signedToo(ts[0]), "everybody may read "+ts[0].Bucket+"/"+ts[0].PublicKey+", so that the bucket's own policy is not the reason"),
		confirm: []string{f.curl(ws[0])},
		fix: []string{
			"allow s3:GetObject on " + arn + " for every principal (\"*\") in the policy of the VPC endpoint for S3, gateway or interface",
			"remove conditions on the principal (aws:PrincipalOrgID, aws:PrincipalAccount) from that statement: these reads are not signed",
			"if a proxy is on the way, allow that path there too",
		},
	}
}

func tellBucketMissing(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), waysOf(ms)
	w := words{
		title:   "there is no bucket " + bucketsOf(ts),
		confirm: []string{f.curl(ws[0])},
		fix: []string{
			"see that the bucket's name and the Region " + f.o.Plan.Region + " are spelt right",
			"where an S3-compatible server answers in AWS's place, correct the address of " + everyHost(ts),
		},
	}
	if slices.ContainsFunc(ts, func(t *target) bool { return t.ForOldDistributor() && !f.own(t) }) {
		w.fix = slices.Insert(w.fix, 0, "update the agent, which is "+safe(f.o.Node.Agent.Version)+": Distributor needs no bucket of AWS from 3.3.551.0 on")
	}
	return w
}

func tellWrongRegion(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), waysOf(ms)
	region := ws[0].climb.Reply.BucketRegion
	if region == "" {
		region = "another Region"
	}
	return words{
		title:   plural(len(ts), "bucket ", "buckets ") + bucketsOf(ts) + plural(len(ts), " is in ", " are in ") + safe(region) + ", not in " + f.o.Plan.Region,
		confirm: []string{f.curl(ws[0])},
		fix: []string{
			"use a bucket in " + f.o.Plan.Region + ", or see that the node reaches S3 in " + safe(region) + " too: a gateway endpoint serves its own Region only",
		},
	}
}

// readProof says whether a bucket that answered could be read, "" where it is
// none or did not answer.
func readProof(t *target) string {
	if t.Bucket == "" {
		return ""
	}
	proof := ""
	for _, w := range t.ways {
		if w.state != stateProven {
			continue
		}
		switch s := w.climb.Reply.Status; {
		case s >= 200 && s < 300:
			return "proved"
		default:
			proof = "not proved"
		}
	}
	return proof
}
