package endpoint_test

import (
	"fmt"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// What a firewall in front of a node must allow for Session Manager and for updates of the
// agent.
func ExampleRequire() {
	region, err := endpoint.LookupRegion("me-south-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	capabilities := []endpoint.Capability{endpoint.SessionManager, endpoint.AgentUpdate}
	for _, t := range endpoint.Require(region, capabilities, endpoint.Options{}).Targets {
		fmt.Printf("%s %s:%d\n", t.Name, t.Host, t.Port)
	}
	// Output:
	// ssm ssm.me-south-1.amazonaws.com:443
	// ssmmessages ssmmessages.me-south-1.amazonaws.com:443
	// s3 s3.me-south-1.amazonaws.com:443
	// s3:amazon-ssm-me-south-1 s3.me-south-1.amazonaws.com:443
}

// A Region in typographic quotes is rejected with the name that was meant.
func ExampleLookupRegion() {
	_, err := endpoint.LookupRegion("“us-east-2”")
	fmt.Println(err)
	// Output: malformed Region "“us-east-2”": it contains typographic quotation marks; give us-east-2
}
