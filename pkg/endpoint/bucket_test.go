package endpoint

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// published are the bucket names as the User Guide prints them, whole.
var published = []struct{ region, snapshot, manager string }{
	{"af-south-1", "patch-baseline-snapshot-af-south-1-tbxdb5b9", "aws-patch-manager-af-south-1-bdd5f65a9"},
	{"ap-east-1", "patch-baseline-snapshot-ap-east-1", "aws-patch-manager-ap-east-1-632356271"},
	{"ap-northeast-1", "patch-baseline-snapshot-ap-northeast-1", "aws-patch-manager-ap-northeast-1-4849fa78f"},
	{"ap-northeast-2", "patch-baseline-snapshot-ap-northeast-2", "aws-patch-manager-ap-northeast-2-10467995c"},
	{"ap-northeast-3", "patch-baseline-snapshot-ap-northeast-3", "aws-patch-manager-ap-northeast-3-67373598a"},
	{"ap-south-1", "patch-baseline-snapshot-ap-south-1", "aws-patch-manager-ap-south-1-cb7c62ff9"},
	{"ap-south-2", "patch-baseline-snapshot-ap-south-2-50209442", "aws-patch-manager-ap-south-2-32f4b4128"},
	{"ap-southeast-1", "patch-baseline-snapshot-ap-southeast-1", "aws-patch-manager-ap-southeast-1-7fdfd9ef7"},
	{"ap-southeast-2", "patch-baseline-snapshot-ap-southeast-2", "aws-patch-manager-ap-southeast-2-17283a275"},
	{"ap-southeast-3", "patch-baseline-snapshot-ap-southeast-3-be0a3174", "aws-patch-manager-ap-southeast-3-aa48fc462"},
	{"ap-southeast-4", "patch-baseline-snapshot-ap-southeast-4-dc6f76ce", "aws-patch-manager-ap-southeast-4-01e2c40d3"},
	{"ca-central-1", "patch-baseline-snapshot-ca-central-1", "aws-patch-manager-ca-central-1-3148e69e3"},
	{"ca-west-1", "patch-baseline-snapshot-ca-west-1", "aws-patch-manager-ca-west-1-9e3a4b2f9"},
	{"eu-central-1", "patch-baseline-snapshot-eu-central-1", "aws-patch-manager-eu-central-1-9163fdaaf"},
	{"eu-central-2", "patch-baseline-snapshot-eu-central-2", "aws-patch-manager-eu-central-2-184ce43c8"},
	{"eu-north-1", "patch-baseline-snapshot-eu-north-1", "aws-patch-manager-eu-north-1-795879e9b"},
	{"eu-south-1", "patch-baseline-snapshot-eu-south-1", "aws-patch-manager-eu-south-1-c52f3f594"},
	{"eu-south-2", "patch-baseline-snapshot-eu-south-2-df2c9d70", "aws-patch-manager-eu-south-2-a4cf248b1"},
	{"eu-west-1", "patch-baseline-snapshot-eu-west-1", "aws-patch-manager-eu-west-1-5522fb710"},
	{"eu-west-2", "patch-baseline-snapshot-eu-west-2", "aws-patch-manager-eu-west-2-902a2bc74"},
	{"eu-west-3", "patch-baseline-snapshot-eu-west-3", "aws-patch-manager-eu-west-3-29bf85721"},
	{"il-central-1", "patch-baseline-snapshot-il-central-1", "aws-patch-manager-il-central-1-e221cb57b"},
	{"me-central-1", "patch-baseline-snapshot-me-central-1", "aws-patch-manager-me-central-1-2932f2f80"},
	{"me-south-1", "patch-baseline-snapshot-me-south-1-uduvl7q8", "aws-patch-manager-me-south-1-a53fc9dce"},
	{"sa-east-1", "patch-baseline-snapshot-sa-east-1", "aws-patch-manager-sa-east-1-ddf4b6a09"},
	{"us-east-1", "patch-baseline-snapshot-us-east-1", "aws-patch-manager-us-east-1-1970c647d"},
	{"us-east-2", "patch-baseline-snapshot-us-east-2", "aws-patch-manager-us-east-2-552881074"},
	{"us-west-1", "patch-baseline-snapshot-us-west-1", "aws-patch-manager-us-west-1-8badb4304"},
	{"us-west-2", "patch-baseline-snapshot-us-west-2", "aws-patch-manager-us-west-2-34d7f99f8"},
}

func TestPatchBuckets_29Regions(t *testing.T) {
	if len(published) != 29 || len(patchBucketTable) != len(published) {
		t.Fatalf("%d Regions published, %d in the table, want 29", len(published), len(patchBucketTable))
	}
	for _, p := range published {
		t.Run(p.region, func(t *testing.T) {
			r := lookup(t, p.region)
			req := Require(r, Capabilities(), Options{Windows: true})
			var got []string
			for _, target := range req.Targets {
				if target.Bucket != "" {
					got = append(got, target.Bucket)
				}
			}
			modules := "aws-ssm-" + p.region
			if slices.Contains([]string{"af-south-1", "ap-northeast-3", "eu-south-1", "me-south-1"}, p.region) {
				modules = p.manager
			}
			want := []string{"amazon-ssm-" + p.region, modules, p.snapshot, "aws-windows-downloads-" + p.region}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("buckets (-want +got):\n%s", diff)
			}
		})
	}
}

// TestManagerSuffixes holds the whole column of the table, though patching
// uses four of the names only.
func TestManagerSuffixes(t *testing.T) {
	for _, p := range published {
		if got := "aws-patch-manager-" + p.region + "-" + patchBucketTable[p.region].managerSuffix; got != p.manager {
			t.Errorf("got %s, want %s", got, p.manager)
		}
	}
}

func TestPatchBuckets_bahrain(t *testing.T) {
	req := Require(lookup(t, "me-south-1"), Capabilities(), Options{})
	for _, name := range []string{
		"s3:patch-baseline-snapshot-me-south-1-uduvl7q8",
		"s3:aws-patch-manager-me-south-1-a53fc9dce",
	} {
		i := slices.IndexFunc(req.Targets, func(t Target) bool { return t.Name == name })
		if i < 0 {
			t.Errorf("no target %s", name)
			continue
		}
		if got, want := req.Targets[i].Host, "s3.dualstack.me-south-1.amazonaws.com"; got != want {
			t.Errorf("%s is read at %s, want %s", name, got, want)
		}
	}
}

func TestRegionsWithoutBucketData(t *testing.T) {
	without := 0
	for _, name := range append(Regions(), "xx-name-1") {
		r := lookup(t, name)
		req := Require(r, []Capability{PatchManager, AgentUpdate}, Options{})
		if _, ok := patchBucketTable[name]; ok {
			for _, target := range req.Targets {
				if target.NotDocumented != "" {
					t.Errorf("%s in %s: %s", target.Name, name, target.NotDocumented)
				}
			}
			continue
		}
		without++
		i := slices.IndexFunc(req.Targets, func(t Target) bool { return t.Name == "s3:patch-baseline-snapshot" })
		if i < 0 {
			t.Errorf("%s: no target for the snapshot bucket", name)
			continue
		}
		snapshot := req.Targets[i]
		if snapshot.Bucket != "" || !strings.Contains(snapshot.NotDocumented, name) {
			t.Errorf("%s: bucket %q, reason %q", name, snapshot.Bucket, snapshot.NotDocumented)
		}
		if !slices.ContainsFunc(req.Needs[PatchManager], func(n Need) bool { return slices.Contains(n, snapshot.Name) }) {
			t.Errorf("%s: Patch Manager does not need %s, so that nothing would say that it was not checked", name, snapshot.Name)
		}
	}
	if want := len(Regions()) + 1 - 29; without != want {
		t.Errorf("%d Regions without data, want %d", without, want)
	}
}

func TestParseBucket(t *testing.T) {
	for _, good := range []string{"abc", "my.bucket-1", "Old_Bucket", strings.Repeat("a", 255)} {
		if got, err := ParseBucket(good); err != nil || got != good {
			t.Errorf("%q: got %q, %v", good, got, err)
		}
	}
	for _, bad := range []string{
		"", "ab", ".abc", "-abc", "a/b", "a b", "s3://abc", "abc?x", "abc#x", "a%2fb", "../..", "a\nb", "b\u00fccket",
		strings.Repeat("a", 256),
	} {
		if _, err := ParseBucket(bad); !isError[*BucketError](err) {
			t.Errorf("%q: error %v, want a *BucketError", bad, err)
		}
	}
}

func lookup(t *testing.T, name string) Region {
	t.Helper()
	r, err := LookupRegion(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func isError[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
