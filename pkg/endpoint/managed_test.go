package endpoint

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func bucketNames(list []ManagedBucket) []string {
	var names []string
	for _, b := range list {
		names = append(names, b.Name)
	}
	return names
}

func TestManagedBuckets(t *testing.T) {
	for _, p := range published {
		manager := p.manager
		want := []string{
			"amazon-ssm-" + p.region, "aws-ssm-" + p.region, p.snapshot, manager,
			strings.Replace(manager, "aws-patch-manager-", "aws-patchmanager-macos-", 1),
			"aws-windows-downloads-" + p.region,
			p.region + "-birdwatcher-prod", "amazon-ssm-packages-" + p.region, "aws-ssm-document-attachments-" + p.region,
		}
		if p.region == "af-south-1" || p.region == "eu-south-1" {
			want[6] = "aws-ssm-distributor-file-" + p.region
		}
		if diff := cmp.Diff(want, bucketNames(ManagedBuckets(lookup(t, p.region), Capabilities()))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.region, diff)
		}
	}
}

func TestManagedBuckets_byCapability(t *testing.T) {
	r := lookup(t, "us-east-2")
	for _, c := range []struct {
		caps []Capability
		want []string
	}{
		{[]Capability{SessionManager, KMSEncryption}, nil},
		{DefaultCapabilities(), []string{"amazon-ssm-us-east-2"}},
		{[]Capability{HybridActivation}, []string{"amazon-ssm-us-east-2"}},
		{[]Capability{Distributor}, []string{"us-east-2-birdwatcher-prod", "amazon-ssm-packages-us-east-2", "aws-ssm-document-attachments-us-east-2"}},
	} {
		if diff := cmp.Diff(c.want, bucketNames(ManagedBuckets(r, c.caps))); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.caps, diff)
		}
	}
}

// Every bucket of AWS that some node needs is one that the list has.
func TestManagedBuckets_coverRequired(t *testing.T) {
	for _, name := range Regions() {
		r := lookup(t, name)
		managed := bucketNames(ManagedBuckets(r, Capabilities()))
		for _, target := range Require(r, Capabilities(), Options{Windows: true, OldDistributor: true}).Targets {
			if target.Bucket != "" && !slices.Contains(managed, target.Bucket) {
				t.Errorf("%s needs %s, which the list lacks", name, target.Bucket)
			}
		}
	}
}

// If a name is not published, the list says so and has none.
func TestManagedBuckets_notPublished(t *testing.T) {
	missing := 0
	for _, b := range ManagedBuckets(lookup(t, "mx-central-1"), Capabilities()) {
		if (b.Name == "") != (b.NotDocumented != "") {
			t.Errorf("%+v has a name and a reason, or neither", b)
		}
		if b.NotDocumented != "" {
			missing++
			if !strings.Contains(b.NotDocumented, "mx-central-1") {
				t.Errorf("%q does not name the Region", b.NotDocumented)
			}
		}
	}
	if missing != 3 {
		t.Errorf("%d names are not published, want 3", missing)
	}
}

func TestBucketPolicy(t *testing.T) {
	r := lookup(t, "cn-north-1")
	got, err := json.MarshalIndent(BucketPolicy(r, []string{"amazon-ssm-cn-north-1"}, []string{"mine"}), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadBucketsOfSystemsManager",
      "Effect": "Allow",
      "Principal": "*",
      "Action": [
        "s3:GetObject"
      ],
      "Resource": [
        "arn:aws-cn:s3:::amazon-ssm-cn-north-1/*"
      ]
    },
    {
      "Sid": "ReadOwnBuckets",
      "Effect": "Allow",
      "Principal": "*",
      "Action": [
        "s3:GetObject"
      ],
      "Resource": [
        "arn:aws-cn:s3:::mine/*"
      ]
    }
  ]
}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The longest policy keeps well below the 20,480 characters that an endpoint
// takes (vpc-endpoints-access.md).
func TestBucketPolicy_fits(t *testing.T) {
	for _, name := range Regions() {
		r := lookup(t, name)
		var all []string
		for _, b := range bucketNames(ManagedBuckets(r, Capabilities())) {
			if b != "" {
				all = append(all, b)
			}
		}
		b, err := json.MarshalIndent(BucketPolicy(r, all, nil), "", "  ")
		if err != nil || len(b) > 2048 {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
}

func TestVPCEndpointService(t *testing.T) {
	for _, c := range []struct {
		service Service
		region  string
		fips    bool
		want    string
	}{
		{SSM, "us-east-2", false, "com.amazonaws.us-east-2.ssm"},
		{S3, "us-gov-west-1", false, "com.amazonaws.us-gov-west-1.s3"},
		{KMS, "us-east-2", true, "com.amazonaws.us-east-2.kms-fips"},
		{SSM, "us-east-2", true, ""},
		{S3, "us-east-2", true, ""},
		{SSM, "cn-north-1", false, ""},
		{SSM, "us-iso-east-1", false, ""},
	} {
		if got := VPCEndpointService(c.service, lookup(t, c.region), c.fips); got != c.want {
			t.Errorf("%s in %s (FIPS %v): %q, want %q", c.service, c.region, c.fips, got, c.want)
		}
	}
}
