package endpoint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOwnBucketNames: the agent's SDK puts the bucket's name in front of the host if a
// certificate for *.HOST covers the result.
func TestOwnBucketNames(t *testing.T) {
	for _, tt := range []struct {
		region, bucket string
		o              Options
		host           string
		hosted         bool
	}{
		{"us-east-2", "logs", Options{}, "logs.s3.us-east-2.amazonaws.com", true},
		{"us-east-2", "logs.corp", Options{}, "s3.us-east-2.amazonaws.com", false},
		{"us-east-2", "Logs_of_2012", Options{}, "s3.us-east-2.amazonaws.com", false},
		{"us-east-2", strings.Repeat("a", 64), Options{}, "s3.us-east-2.amazonaws.com", false},
		{"us-east-2", "logs", Options{DualStack: true}, "logs.s3.dualstack.us-east-2.amazonaws.com", true},
		{"us-east-2", "logs", Options{FIPS: true}, "logs.s3-fips.us-east-2.amazonaws.com", true},
		{"us-east-2", "logs", Options{FIPS: true, DualStack: true}, "logs.s3-fips.dualstack.us-east-2.amazonaws.com", true},
		{"eu-west-1", "logs.corp", Options{FIPS: true}, "s3.eu-west-1.amazonaws.com", false}, // it has no FIPS names
		{"us-gov-west-1", "logs", Options{FIPS: true}, "logs.s3-fips.us-gov-west-1.amazonaws.com", true},
		{"cn-north-1", "logs", Options{}, "logs.s3.cn-north-1.amazonaws.com.cn", true},
		{"us-east-2", "logs", Options{Domain: "aws.example.net"}, "logs.s3.us-east-2.aws.example.net", true},
		// AWS's own bucket for patching, given by --bucket because this version does not know its name.
		{"mx-central-1", "patch-baseline-snapshot-mx-central-1-12345", Options{}, "s3.dualstack.mx-central-1.amazonaws.com", false},
	} {
		tt.o.Buckets = []string{tt.bucket}
		got := find(t, Require(lookup(t, tt.region), []Capability{SessionManager}, tt.o).Targets, "s3:"+tt.bucket)
		if got.Host != tt.host || got.VirtualHosted != tt.hosted || got.Bucket != tt.bucket || got.NotDocumented != "" {
			t.Errorf("%s in %s: %+v, want %s, %v", tt.bucket, tt.region, got, tt.host, tt.hosted)
		}
	}
}

func TestBucketWithoutFIPSName(t *testing.T) {
	for _, bucket := range []string{"logs.corp", "Logs"} {
		o := Options{FIPS: true, Buckets: []string{bucket}}
		got := find(t, Require(lookup(t, "us-east-2"), []Capability{SessionManager}, o).Targets, "s3:"+bucket)
		if !strings.Contains(got.NotDocumented, "BUCKET.s3-fips.us-east-2.amazonaws.com") {
			t.Errorf("%s: %+v", bucket, got)
		}
		if other := got.WithHost("s3.corp.example", "--endpoint"); other.VirtualHosted {
			t.Errorf("at another host: %+v", other)
		}
	}
}

// TestTargets_everyHostHasAddress: S3 has FIPS names with a bucket's name only.
func TestTargets_everyHostHasAddress(t *testing.T) {
	for _, region := range Regions() {
		for _, o := range []Options{{FIPS: true}, {FIPS: true, DualStack: true}, {FIPS: true, OldDistributor: true}} {
			r := lookup(t, region)
			req := Require(r, Capabilities(), o)
			for _, target := range append(req.Targets, OldPackages(r, req, o)...) {
				if strings.HasPrefix(target.Host, "s3-fips.") {
					t.Errorf("%s: %s is at %s", region, target.Name, target.Host)
				}
			}
		}
	}
}

func TestAtS3(t *testing.T) {
	o := Options{Buckets: []string{"logs", "logs.corp"}}
	req := Require(lookup(t, "us-east-2"), []Capability{SessionManager}, o)
	for bucket, want := range map[string]string{
		"logs":      "logs.s3-fips.dualstack.us-east-2.amazonaws.com",
		"logs.corp": "s3-fips.dualstack.us-east-2.amazonaws.com",
	} {
		got := find(t, req.Targets, "s3:"+bucket).AtS3("s3-fips.dualstack.us-east-2.amazonaws.com", "the agent's configuration")
		if got.Host != want || got.VirtualHosted != (bucket == "logs") || got.Overridden == "" || !got.FIPS {
			t.Errorf("%s: %+v, want %s", bucket, got, want)
		}
	}
}

func TestOldPackages(t *testing.T) {
	r := lookup(t, "us-east-2")
	for _, tt := range []struct {
		caps []Capability
		o    Options
		want []string
	}{
		{DefaultCapabilities(), Options{}, nil},
		{[]Capability{Distributor}, Options{}, []string{"s3:us-east-2-birdwatcher-prod", "s3:amazon-ssm-packages-us-east-2", "s3:aws-ssm-document-attachments-us-east-2"}},
		{[]Capability{Distributor}, Options{OldDistributor: true}, []string{"s3:amazon-ssm-packages-us-east-2", "s3:aws-ssm-document-attachments-us-east-2"}},
		{Capabilities(), Options{OldDistributor: true, Buckets: []string{"amazon-ssm-packages-us-east-2"}}, []string{"s3:aws-ssm-document-attachments-us-east-2"}},
	} {
		got := OldPackages(r, Require(r, tt.caps, tt.o), tt.o)
		if diff := cmp.Diff(tt.want, names(got)); diff != "" {
			t.Errorf("%v, %+v (-want +got):\n%s", tt.caps, tt.o, diff)
		}
		for _, target := range got {
			if target.MayBeAbsent == "" {
				t.Errorf("%s may be missing, and does not say so", target.Name)
			}
		}
	}
}

// TestIfUnreachable: every target says what breaks without it.
func TestIfUnreachable(t *testing.T) {
	for _, region := range append(Regions(), "xx-name-1") {
		r := lookup(t, region)
		for _, o := range []Options{{Windows: true, Buckets: []string{"logs"}}, {FIPS: true}, {OldDistributor: true}} {
			req := Require(r, Capabilities(), o)
			for _, target := range append(append(req.Targets, Optional(r, Requirements{}, o)...), OldPackages(r, req, o)...) {
				switch s := target.IfUnreachable(); {
				case s == "":
					t.Errorf("%s: %s does not say what breaks without it", region, target.Name)
				case strings.Contains(s, "patching") != (strings.Contains(target.Purpose, "patch") || strings.Contains(target.Purpose, "Windows")):
					t.Errorf("%s: %s (%s): %s", region, target.Name, target.Purpose, s)
				case strings.HasSuffix(s, "."):
					t.Errorf("%s: %q ends as a sentence", target.Name, s)
				}
			}
		}
	}
}

// TestDualStackNames are those that the agent builds with UseDualStackEndpoint
// (common/identity/endpoint/endpoint.go, 3.3.3270.0), in every partition.
func TestDualStackNames(t *testing.T) {
	for region, want := range map[string][2]string{
		"us-east-2":       {"api.aws", "amazonaws.com"},
		"us-gov-west-1":   {"api.aws", "amazonaws.com"},
		"cn-north-1":      {"api.amazonwebservices.com.cn", "amazonaws.com.cn"},
		"us-iso-east-1":   {"api.aws.ic.gov", "c2s.ic.gov"},
		"us-isob-east-1":  {"api.aws.scloud", "sc2s.sgov.gov"},
		"us-isof-south-1": {"api.aws.hci.ic.gov", "csp.hci.ic.gov"},
		"eu-isoe-west-1":  {"api.cloud-aws.adc-e.uk", "cloud.adc-e.uk"},
		"eusc-de-east-1":  {"api.amazonwebservices.eu", "amazonaws.eu"},
	} {
		dual := Options{DualStack: true}
		for _, s := range []Service{SSM, SSMMessages, EC2Messages, KMS, Logs, Monitoring} {
			if got := Host(s, lookup(t, region), dual); got != string(s)+"."+region+"."+want[0] {
				t.Errorf("%s: %s", region, got)
			}
		}
		if got := Host(S3, lookup(t, region), dual); got != "s3.dualstack."+region+"."+want[1] {
			t.Errorf("%s: %s", region, got)
		}
		dual.Domain = "aws.example.net"
		if got := Host(SSM, lookup(t, region), dual) + " " + Host(S3, lookup(t, region), dual); got != "ssm."+region+".aws.example.net s3.dualstack."+region+".aws.example.net" {
			t.Errorf("%s with a ServiceDomain: %s", region, got)
		}
	}
}
