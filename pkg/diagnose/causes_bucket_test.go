package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	ownName = "s3:logs-of-ours"
	ownHost = "logs-of-ours." + hostS3
)

// ownBucket adds a bucket of the user's own that works.
func (w *world) ownBucket() {
	w.target(endpoint.Target{Name: ownName, Service: endpoint.S3, Host: ownHost, Bucket: "logs-of-ours", VirtualHosted: true, Own: true}, true)
	w.resolves(ownName, "3.5.128.10", "3.5.128.11")
}

// noSuchName: no nameserver knows the name.
func (w *world) noSuchName(name string) {
	for _, s := range []string{vpcPlus2, vpcDefault} {
		w.fails(s, name, observation.KindNXDomain)
	}
	w.unresolved(observation.KindNXDomain, name)
}

// oldPackages adds the bucket of older agents, as an optional target.
func (w *world) oldPackages() {
	const name = "us-east-2-birdwatcher-prod"
	w.target(endpoint.Target{Name: "s3:" + name, Service: endpoint.S3, Host: hostS3, Bucket: name, MayBeAbsent: "us-east-2 has no such bucket"}, false)
	w.resolves("s3:"+name, "3.5.128.10")
}

// noSuchBucket lets S3 say that there is no such bucket.
func (w *world) noSuchBucket(name string) {
	for i := range w.Targets {
		if w.Targets[i].Name == name {
			for j := range w.Targets[i].Addresses {
				r := w.Targets[i].Addresses[j].Reply
				r.Status, r.ErrorCode = 404, noSuchBucketCode
			}
		}
	}
}

func bucketTests() []verdictTest {
	return []verdictTest{
		{name: "a bucket of one's own", status: 0, change: func(w *world) { w.ownBucket() }},
		{name: "a bucket of one's own does not exist", status: 1, want: []string{"error s3-bucket-missing " + ownName}, change: func(w *world) {
			w.ownBucket()
			w.noSuchBucket(ownName)
		}},
		{name: "a zone without a record for buckets", status: 1, want: []string{"error dns-name-missing " + ownName}, change: func(w *world) {
			w.ownBucket()
			w.noSuchName(ownName)
		}},
		{name: "a bucket of older agents is there", status: 0, change: func(w *world) { w.oldPackages() }},
		{name: "a bucket of older agents does not exist", status: 0, change: func(w *world) {
			w.oldPackages()
			w.noSuchBucket("s3:us-east-2-birdwatcher-prod")
		}},
	}
}

func TestOwnBucketIsTiedToItsFlag(t *testing.T) {
	for _, test := range bucketTests() {
		w := healthy()
		test.change(w)
		for _, f := range Judge(w.Observations).Findings {
			said := slices.Contains(f.Evidence, "requested by --bucket logs-of-ours")
			if f.Severity == Error && !said {
				t.Errorf("%s: %s does not name the flag: %q", test.name, f.Code, f.Evidence)
			}
		}
	}
}

// The user's own zone has only the host's record: the finding names the missing one,
// with the addresses that it must have.
func TestZoneForBuckets(t *testing.T) {
	w := healthy()
	w.ownBucket()
	w.noSuchName(ownName)
	f := Judge(w.Observations).Findings[0]
	want := "add a record *." + hostS3 + " to the zone that " + hostS3 + " comes from, with the same addresses (3.5.128.10 and 3.5.128.11)"
	if len(f.Fix) == 0 || !strings.HasPrefix(f.Fix[0], want) {
		t.Errorf("the fix is %q", f.Fix)
	}
}

// A bucket that cannot be checked leaves the run at a warning, and no more.
func TestBucketThatCannotBeChecked(t *testing.T) {
	w := healthy()
	w.target(endpoint.Target{Name: "s3:a.b", Service: endpoint.S3, Host: hostS3, Bucket: "a.b", Own: true, NotDocumented: "it has no FIPS name"}, true)
	r := Judge(w.Observations)
	last := r.Targets[len(r.Targets)-1]
	if r.Verdict != Warn || r.ExitStatus(true) != 0 || last.Verdict != Warn || last.Reason != "it has no FIPS name" {
		t.Errorf("the run is %s, the target %+v", r.Verdict, last)
	}
}

// A bucket that may be missing, and is, is skipped with the reason.
func TestBucketThatMayBeMissing(t *testing.T) {
	w := healthy()
	w.oldPackages()
	w.noSuchBucket("s3:us-east-2-birdwatcher-prod")
	r := Judge(w.Observations)
	last := r.Targets[len(r.Targets)-1]
	if r.Verdict != Pass || last.Verdict != Skip || last.Reason != "us-east-2 has no such bucket" || last.Breaks != "" {
		t.Errorf("the run is %s, the target %+v", r.Verdict, last)
	}
}

// An optional target that is not reached says what breaks without it; the others do not.
func TestBreaks(t *testing.T) {
	w := healthy()
	w.silent("logs")
	w.silent("ssm")
	for _, r := range Judge(w.Observations).Targets {
		want := ""
		if r.Name == "logs" {
			want = "sessions that log to CloudWatch Logs open only after minutes"
		}
		if r.Breaks != want {
			t.Errorf("%s: %q, want %q", r.Name, r.Breaks, want)
		}
	}
}

// A newer agent need not be restarted once its credentials are corrected.
func TestFlushCredentials(t *testing.T) {
	for version, want := range map[string]bool{"3.3.4268.0": true, "3.3.5226.0": true, "3.3.4177.0": false, "": false} {
		w := healthy()
		w.Node.Agent.Version = version
		w.refuses(0, 400, "AccessDeniedException", noIdentityPolicy)
		var steps string
		for _, f := range Judge(w.Observations).Findings {
			if f.Code == IAMDenied {
				steps = strings.Join(f.Fix, "\n")
			}
		}
		if got := strings.Contains(steps, "`ssm-cli flush-cached-credentials` as root"); got != want || !strings.Contains(steps, "systemctl restart") {
			t.Errorf("%q: %s", version, steps)
		}
		// Lost packets are not its business.
		w = healthy()
		w.Node.Agent.Version = version
		w.silent("ssm")
		if steps := strings.Join(Judge(w.Observations).Findings[0].Fix, "\n"); strings.Contains(steps, "flush") {
			t.Errorf("%q: %s", version, steps)
		}
	}
}
