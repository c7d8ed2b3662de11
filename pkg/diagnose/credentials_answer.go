package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What a service says about a signed call.

// A verdictOfService is what a service makes of a signed call. The zero value: it was
// not asked, or did not answer.
type verdictOfService int

const (
	saysNothing verdictOfService = iota
	// saysYes: it did what it was asked.
	saysYes
	// saysDenied: it knows the caller, and a policy does not allow the call.
	saysDenied
	// saysUnknown: it does not accept the credentials.
	saysUnknown
	// saysClock: it does not accept the time in the signature.
	saysClock
	// saysElse: an answer that says nothing about credentials or policies.
	saysElse
)

// clockCodes and clockTexts mean that the clock is wrong. The JSON services use
// the same code for a wrong time and a wrong secret, and only the message
// distinguishes them (IAM User Guide, reference_sigv-troubleshooting; S3 API,
// ErrorResponses; EC2 API, errors-overview).
var (
	clockCodes = []string{"RequestTimeTooSkewed", "RequestExpired"}
	clockTexts = []string{"Signature expired", "Signature not yet current"}
)

// deniedCodes mean that a policy denies the call.
var deniedCodes = []string{"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"}

// unknownCodes are the codes for credentials that are not accepted, with what each says
// about them (S3 API, ErrorResponses; EC2 API, errors-overview; Systems Manager API,
// CommonErrors).
var unknownCodes = map[string]string{
	"ExpiredToken":                expired,
	"ExpiredTokenException":       expired,
	"TokenRefreshRequired":        expired,
	"UnrecognizedClientException": "it does not know them",
	"InvalidClientTokenId":        "it does not know them",
	"InvalidAccessKeyId":          "it does not know them",
	"InvalidToken":                "the session token does not belong to them",
	"AuthFailure":                 "it does not know whose they are",
	"InvalidSignatureException":   "the secret key does not match the access key",
	"SignatureDoesNotMatch":       "the secret key does not match the access key",
	"IncompleteSignature":         "the signature arrived incomplete",
	"MissingAuthenticationToken":  "the signature did not arrive",
	"NotSignedUp":                 "their account is not signed up for the service",
	"OptInRequired":               "their account is not signed up for the service",
}

const expired = "they have expired"

// otherRegion is in the message if the signature is for another Region than the host's.
const otherRegion = "Credential should be scoped to a valid"

// whatServiceSays reads the service's own error document. It is the only place where
// text from outside decides something, as that text is the service's data.
func whatServiceSays(c *observation.SignedCall) verdictOfService {
	if c == nil || c.NotMade != "" || c.Failure != nil || c.Status == 0 {
		return saysNothing
	}
	begins := func(text string) bool { return strings.HasPrefix(c.ErrorMessage, text) }
	_, unknown := unknownCodes[c.ErrorCode]
	switch {
	case c.Allowed():
		return saysYes
	case slices.Contains(clockCodes, c.ErrorCode), unknown && slices.ContainsFunc(clockTexts, begins):
		return saysClock
	case slices.Contains(deniedCodes, c.ErrorCode):
		return saysDenied
	case unknown:
		return saysUnknown
	}
	return saysElse
}

// A denier is whose policy refused a call. The zero value: the service does not say.
type denier int

const (
	deniedBySomeone denier = iota
	deniedByEndpoint
	deniedByIdentity
	deniedByBoundary
	deniedBySession
	deniedByOrganization
	deniedByResources
	deniedByResource
)

// denialTexts are the ends of AWS's messages, "because no … policy allows the …
// action" and "with an explicit deny in …" (IAM User Guide,
// troubleshoot_access-denied; S3 User Guide, troubleshoot-403-errors).
var denialTexts = []struct {
	by       denier
	explicit bool
	text     string
}{
	{deniedByEndpoint, false, "because no VPC endpoint policy allows the "},
	{deniedByEndpoint, true, "with an explicit deny in a VPC endpoint policy"},
	{deniedByIdentity, false, "because no identity-based policy allows the "},
	{deniedByIdentity, true, "with an explicit deny in an identity-based policy"},
	{deniedByIdentity, true, "with an explicit deny in an identity policy"},
	{deniedByBoundary, false, "because no permissions boundary allows the "},
	{deniedByBoundary, true, "with an explicit deny in a permissions boundary"},
	{deniedBySession, false, "because no session policy allows the "},
	{deniedBySession, true, "with an explicit deny in a session policy"},
	{deniedByOrganization, false, "because no service control policy allows the "},
	{deniedByOrganization, true, "with an explicit deny in a service control policy"},
	{deniedByResources, false, "because no resource control policy allows the "},
	{deniedByResources, true, "with an explicit deny in a resource control policy"},
	{deniedByResource, false, "because no resource-based policy allows the "},
	{deniedByResource, true, "with an explicit deny in a resource-based policy"},
}

// denierOf returns whose policy a denial names, and whether that policy denies the call
// explicitly. The text is at the end of the message; what precedes it are names that
// somebody else may have chosen.
func denierOf(message string) (by denier, explicit bool) {
	last := -1
	for _, d := range denialTexts {
		if i := strings.LastIndex(message, d.text); i > last {
			last, by, explicit = i, d.by, d.explicit
		}
	}
	return by, explicit
}

// say names the policy.
func (d denier) say() string {
	return [...]string{
		deniedBySomeone:      "a policy that the service does not name",
		deniedByEndpoint:     "the VPC endpoint's policy",
		deniedByIdentity:     "the policies of the role or user",
		deniedByBoundary:     "the permissions boundary of the role or user",
		deniedBySession:      "the policy of the session",
		deniedByOrganization: "a service control policy of the organization",
		deniedByResources:    "a resource control policy of the organization",
		deniedByResource:     "the policy of the resource",
	}[d]
}
