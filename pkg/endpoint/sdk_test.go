// The tag nosdk leaves this file out where compiling the SDK's clients would
// cost minutes for nothing: under the race detector, and when vetting for
// other systems. The names do not depend on the system.

//go:build !nosdk

package endpoint_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// sdkRules are the AWS SDK's own endpoint rules, by service. ssmmessages and
// ec2messages have none. ec2 is left out: compiling its client takes 3 GB.
var sdkRules = map[endpoint.Service]func(region string, o endpoint.Options) (url.URL, error){
	endpoint.SSM: func(region string, o endpoint.Options) (url.URL, error) {
		e, err := ssm.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), ssm.EndpointParameters{
			Region: aws.String(region), UseFIPS: aws.Bool(o.FIPS), UseDualStack: aws.Bool(o.DualStack),
		})
		return e.URI, err
	},
	endpoint.KMS: func(region string, o endpoint.Options) (url.URL, error) {
		e, err := kms.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), kms.EndpointParameters{
			Region: aws.String(region), UseFIPS: aws.Bool(o.FIPS), UseDualStack: aws.Bool(o.DualStack),
		})
		return e.URI, err
	},
	endpoint.Logs: func(region string, o endpoint.Options) (url.URL, error) {
		e, err := cloudwatchlogs.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), cloudwatchlogs.EndpointParameters{
			Region: aws.String(region), UseFIPS: aws.Bool(o.FIPS), UseDualStack: aws.Bool(o.DualStack),
		})
		return e.URI, err
	},
	endpoint.Monitoring: func(region string, o endpoint.Options) (url.URL, error) {
		e, err := cloudwatch.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), cloudwatch.EndpointParameters{
			Region: aws.String(region), UseFIPS: aws.Bool(o.FIPS), UseDualStack: aws.Bool(o.DualStack),
		})
		return e.URI, err
	},
	endpoint.S3: func(region string, o endpoint.Options) (url.URL, error) {
		e, err := s3.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), s3.EndpointParameters{
			Region: aws.String(region), UseFIPS: aws.Bool(o.FIPS), UseDualStack: aws.Bool(o.DualStack),
		})
		return e.URI, err
	},
}

// TestHostAgreesWithSDK compares the names with the SDK's rules in every
// Region, and in Regions that do not exist yet: the suffix then follows from
// the prefix in both.
func TestHostAgreesWithSDK(t *testing.T) {
	invented := []string{
		"us-north-9", "xx-name-1", "cn-south-9", "us-gov-north-9", "us-iso-north-9",
		"us-isob-north-9", "us-isof-north-9", "eu-isoe-north-9", "eusc-de-north-9",
	}
	options := []endpoint.Options{{}, {FIPS: true}, {DualStack: true}, {FIPS: true, DualStack: true}}
	compared := 0
	for _, name := range append(endpoint.Regions(), invented...) {
		region, err := endpoint.LookupRegion(name)
		if err != nil {
			t.Fatal(err)
		}
		for service, rules := range sdkRules {
			for _, o := range options {
				got := endpoint.Host(service, region, o)
				if o.FIPS {
					plain := o
					plain.FIPS = false
					if got == endpoint.Host(service, region, plain) {
						// The SDK builds a FIPS name for every Region;
						// here only those are listed that AWS publishes.
						continue
					}
				}
				want, err := rules(name, o)
				if err != nil {
					t.Errorf("%s in %s, %+v: the SDK has no name: %v", service, name, o, err)
					continue
				}
				if got != want.Host {
					t.Errorf("%s in %s, FIPS %v, dual-stack %v: got %s, the SDK has %s",
						service, name, o.FIPS, o.DualStack, got, want.Host)
				}
				compared++
			}
		}
	}
	if want := len(endpoint.Regions()) * len(sdkRules) * 2; compared < want {
		t.Errorf("%d names compared, want at least the %d plain and dual-stack ones", compared, want)
	}
}

// TestGovCloudPlainNamesAreFIPS holds the reason why --fips keeps the plain
// names there: the SDK does so too.
func TestGovCloudPlainNamesAreFIPS(t *testing.T) {
	for _, name := range []string{"us-gov-east-1", "us-gov-west-1"} {
		region, err := endpoint.LookupRegion(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, service := range []endpoint.Service{endpoint.SSM, endpoint.Logs, endpoint.Monitoring} {
			want, err := sdkRules[service](name, endpoint.Options{FIPS: true})
			if err != nil {
				t.Fatal(err)
			}
			if got := endpoint.Host(service, region, endpoint.Options{FIPS: true}); got != want.Host {
				t.Errorf("%s in %s: got %s, the SDK has %s", service, name, got, want.Host)
			}
		}
	}
}
