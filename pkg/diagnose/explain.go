package diagnose

import "slices"

// An Explanation is what there is to know of a cause beyond one run: for
// someone who meets its code, and for the documentation. Its words name no
// address of a run; HOST, ADDRESS, NAMESERVER, PROXY and REGION stand for them.
type Explanation struct {
	Code   Code
	AtMost Severity
	// Summary says what the code means and when it holds.
	Summary string
	// How says how it comes about, the most likely first.
	How []string
	// Prove are steps that show it by hand.
	Prove []Step
	// Fix says what to change, the most likely first.
	Fix []string
	// GivesWayTo are the causes from which it follows: where one of them
	// holds, this one is not told.
	GivesWayTo []Code
	// See are pages of AWS's documentation.
	See []string
	// restarts: Fix says by itself to restart the agent.
	restarts bool
}

// A Step is one step of a proof: a command, and what it shows.
type Step struct {
	Command string
	Shows   string
}

// A Family is a group of causes that belong together, as the contract's tables
// have them.
type Family struct {
	Title        string
	Explanations []Explanation
}

// Families explains every cause that this version can find.
func Families() []Family {
	known := causes()
	families := []Family{
		{"The node", explainNode()},
		{"DNS: the nameservers", explainServers()},
		{"DNS: the answers", explainAnswers()},
		{"The way there", explainWay()},
		{"TLS: the certificate", explainCertificates()},
		{"TLS: the handshake", explainHandshakes()},
		{"HTTP", explainHTTP()},
		{"The proxy", explainProxies()},
		{"S3", explainS3()},
		{"Credentials", explainCredentials()},
		{"Else", explainRest()},
	}
	for i := range families {
		for j := range families[i].Explanations {
			e := &families[i].Explanations[j]
			if k := slices.IndexFunc(known, func(c cause) bool { return c.code == e.Code }); k >= 0 {
				e.AtMost, e.Summary = known[k].atMost, known[k].summary
				if known[k].restart && !e.restarts {
					e.Fix = append(e.Fix, "Restart the agent after that: after failures it waits for up to an hour before it tries again.")
				}
				e.GivesWayTo = slices.Compact(slices.Sorted(slices.Values(known[k].explainedBy)))
			}
		}
	}
	return families
}

// Explain gives the explanation of a code. It reports false for a code that
// does not exist.
func Explain(code Code) (Explanation, bool) {
	for _, f := range Families() {
		for _, e := range f.Explanations {
			if e.Code == code {
				return e, true
			}
		}
	}
	return Explanation{}, false
}

// The pages of AWS's documentation that explanations name.
const (
	docs = "https://docs.aws.amazon.com/"

	seeVPCEndpoints    = docs + "systems-manager/latest/userguide/setup-create-vpc.html"
	seeAgentTrouble    = docs + "systems-manager/latest/userguide/troubleshooting-ssm-agent.html"
	seeNodeTrouble     = docs + "systems-manager/latest/userguide/fleet-manager-troubleshooting-managed-nodes.html"
	seeAgentDetails    = docs + "systems-manager/latest/userguide/ssm-agent-technical-details.html"
	seeAgentProxy      = docs + "systems-manager/latest/userguide/configure-proxy-ssm-agent.html"
	seeAgentLinux      = docs + "systems-manager/latest/userguide/hybrid-multicloud-ssm-agent-install-linux.html"
	seeMessages        = docs + "systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html"
	seePatchBuckets    = docs + "systems-manager/latest/userguide/patch-operations-s3-buckets.html"
	seeDataProtection  = docs + "systems-manager/latest/userguide/data-protection.html"
	seeInterface       = docs + "vpc/latest/privatelink/create-interface-endpoint.html"
	seePrivateDNS      = docs + "vpc/latest/privatelink/privatelink-access-aws-services.html"
	seeEndpointPolicy  = docs + "vpc/latest/privatelink/vpc-endpoints-access.html"
	seeEndpointLimits  = docs + "vpc/latest/privatelink/vpc-limits-endpoints.html"
	seeS3Endpoints     = docs + "vpc/latest/privatelink/vpc-endpoints-s3.html"
	seeGateway         = docs + "vpc/latest/privatelink/gateway-endpoints.html"
	seePrefixLists     = docs + "vpc/latest/userguide/working-with-aws-managed-prefix-lists.html"
	seeVPCDNS          = docs + "vpc/latest/userguide/AmazonDNS-concepts.html"
	seeDHCP            = docs + "vpc/latest/userguide/DHCPOptionSetConcepts.html"
	seeIPRanges        = docs + "vpc/latest/userguide/aws-ip-syntax.html"
	seeInbound         = docs + "Route53/latest/DeveloperGuide/resolver-overview-DSN-queries-to-vpc.html"
	seeResolverLoops   = docs + "Route53/latest/DeveloperGuide/best-practices-resolver-endpoints.html"
	seeMetadata        = docs + "AWSEC2/latest/UserGuide/instancedata-data-retrieval.html"
	seeMetadataOptions = docs + "AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"
	seeTime            = docs + "AWSEC2/latest/UserGuide/configure-ec2-ntp.html"
	seeDenied          = docs + "IAM/latest/UserGuide/troubleshoot_access-denied.html"
	seeSignature       = docs + "IAM/latest/UserGuide/reference_sigv-troubleshooting.html"
	seeS3Errors        = docs + "AmazonS3/latest/API/ErrorResponses.html"
)
