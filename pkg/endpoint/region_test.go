package endpoint

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// sdkPartitions are the expressions by which the AWS SDK tells partitions
// (aws-sdk-go-v2 v1.48.0, partitions.json).
var sdkPartitions = []struct{ id, regions string }{
	{"aws", `^(us|eu|ap|sa|ca|me|af|il|mx)\-\w+\-\d+$`},
	{"aws-cn", `^cn\-\w+\-\d+$`},
	{"aws-eusc", `^eusc\-(de)\-\w+\-\d+$`},
	{"aws-iso", `^us\-iso\-\w+\-\d+$`},
	{"aws-iso-b", `^us\-isob\-\w+\-\d+$`},
	{"aws-iso-e", `^eu\-isoe\-\w+\-\d+$`},
	{"aws-iso-f", `^us\-isof\-\w+\-\d+$`},
	{"aws-us-gov", `^us\-gov\-\w+\-\d+$`},
}

func TestLookupRegion_knownAndInPartition(t *testing.T) {
	names := Regions()
	if len(names) != 48 {
		t.Errorf("%d Regions, want the 48 of the SDK's list", len(names))
	}
	if !slices.IsSorted(names) {
		t.Error("Regions are not sorted, so that a lookup may miss one")
	}
	for _, name := range names {
		r := lookup(t, name)
		if !r.Known || r.Title == "" {
			t.Errorf("%s: known %v, title %q", name, r.Known, r.Title)
		}
		matches := 0
		for _, p := range sdkPartitions {
			if regexp.MustCompile(p.regions).MatchString(name) {
				matches++
				if r.Partition.ID != p.id {
					t.Errorf("%s is in %s, the SDK says %s", name, r.Partition.ID, p.id)
				}
			}
		}
		if matches != 1 {
			t.Errorf("%s fits %d of the SDK's partitions", name, matches)
		}
	}
}

func TestLookupRegion_unknown(t *testing.T) {
	for _, tt := range []struct{ name, partition, ssm string }{
		{"xx-name-1", "aws", "ssm.xx-name-1.amazonaws.com"},
		{"us-south-1", "aws", "ssm.us-south-1.amazonaws.com"},
		{"cn-south-12", "aws-cn", "ssm.cn-south-12.amazonaws.com.cn"},
		{"us-gov-north-1", "aws-us-gov", "ssm.us-gov-north-1.amazonaws.com"},
		{"eusc-de-west-1", "aws-eusc", "ssm.eusc-de-west-1.amazonaws.eu"},
		{"us-isof-west-1", "aws-iso-f", "ssm.us-isof-west-1.csp.hci.ic.gov"},
	} {
		r := lookup(t, tt.name)
		if r.Known || r.EC2Messages != SupportUnknown || r.Partition.ID != tt.partition {
			t.Errorf("%s: got %+v", tt.name, r)
		}
		req := Require(r, []Capability{RunCommand}, Options{})
		if got := req.Targets[0].Host; got != tt.ssm {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.ssm)
		}
		i := slices.IndexFunc(req.Targets, func(t Target) bool { return t.Name == "ec2messages" })
		if i < 0 || req.Targets[i].MayBeAbsent == "" || req.Targets[i].NotApplicable != "" {
			t.Errorf("%s: ec2messages must be looked for and may be absent: %+v", tt.name, req.Targets)
		}
	}
}

func TestLookupRegion_malformed(t *testing.T) {
	for _, tt := range []struct{ name, problem, suggestion string }{
		{"", "empty", ""},
		{"  ", "empty", ""},
		{"“us-east-2”", "typographic quotation", "us-east-2"},
		{"“us-east-2” ", "typographic quotation", "us-east-2"},
		{"«eu-west-3»", "typographic quotation", "eu-west-3"},
		{`"us-east-2"`, "quotation", "us-east-2"},
		{"US-East-2", "lower case", "us-east-2"},
		{" us-east-2\n", "space", "us-east-2"},
		{"us-east-2a", "zone", "us-east-2"},
		{"us-west-2-lax-1a", "zone", "us-west-2"},
		{"fips-us-east-1", "FIPS", "us-east-1 with --fips"},
		{"ssm.us-east-2.amazonaws.com", "host name", ""},
		{"useast2", "words-number", ""},
		{"us_east_2", "hyphens", "us-east-2"},
		{"us–east–2", "dashes", "us-east-2"},
		{"us−gov—west‑1 ", "dashes", "us-gov-west-1"},
		{"us–east–2a", "zone", "us-east-2"},
		{"fips_us_east_1", "FIPS", "us-east-1 with --fips"},
		{"us-east-", "words-number", ""},
		{"us-east-2\x1b[31m", "words-number", ""},
		{"us-east-2\x00", "words-number", ""},
		{"us-éast-2", "words-number", ""},
		{"../../x-1", "host name", ""},
	} {
		_, err := LookupRegion(tt.name)
		regionError, ok := errors.AsType[*RegionError](err)
		if !ok {
			t.Errorf("%q: error %v, want a *RegionError", tt.name, err)
			continue
		}
		if !strings.Contains(regionError.Problem, tt.problem) || regionError.Suggestion != tt.suggestion {
			t.Errorf("%q: %+v, want a problem with %q and the suggestion %q", tt.name, regionError, tt.problem, tt.suggestion)
		}
		if text := regionError.Error(); !strings.Contains(text, strconv.Quote(tt.name)) || !strings.Contains(text, tt.suggestion) {
			t.Errorf("%q: the text does not name it, or the suggestion: %s", tt.name, text)
		}
	}
	_, err := LookupRegion("us-" + strings.Repeat("x", 200) + "-1")
	if !isError[*RegionError](err) || len(err.Error()) > 200 {
		t.Errorf("a name of 205 characters: error %v, want a short *RegionError", err)
	}
}

func FuzzLookupRegion(f *testing.F) {
	for _, name := range append(Regions(), "xx-name-1", "“us-east-2”", "us-east-2a", "\x1b[2J", "fips-us-east-1", "") {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		r, err := LookupRegion(name)
		if err != nil {
			if !isError[*RegionError](err) {
				t.Fatalf("error of type %T", err)
			}
			for _, c := range err.Error() {
				if !unicode.IsPrint(c) {
					t.Fatalf("the error has the character %U in it", c)
				}
			}
			// The suggestion must be valid.
			suggestion, _, _ := strings.Cut(err.(*RegionError).Suggestion, " ")
			if suggestion != "" {
				lookup(t, suggestion)
			}
			return
		}
		for _, target := range Require(r, Capabilities(), Options{Windows: true}).Targets {
			if got, err := ParseHost(target.Host); err != nil || got != target.Host {
				t.Fatalf("%s: host %q: %v", target.Name, target.Host, err)
			}
			if !IsAWSName(target.Host) || target.Foreign {
				t.Fatalf("%s: host %q does not count as AWS's", target.Name, target.Host)
			}
		}
	})
}
