package scenarios

import . "github.com/ssmcheck/ssmcheck/internal/lab"

// signedScenarios are the worlds in which signed calls are requested.
func signedScenarios() []Scenario {
	flag := []string{"--signed"}
	refused := func(status int, code, message string) Fault {
		return onEdges(func(e *Edge) { e.HTTP.Refuses = &Refusal{Status: status, Code: code, Message: message} }, "ssm")
	}
	denied := "User: arn:aws:sts::123456789012:assumed-role/node/" + InstanceID +
		" is not authorized to perform: ssm:DescribeDocument on resource: arn:aws:ssm:us-east-2::document/AWS-RunShellScript because no "
	return []Scenario{
		{Name: "signed", Title: "signed calls are requested and allowed", Base: PrivateVPC, Args: flag, Want: passes()},
		{
			Name: "credentials-missing", Title: "signed calls are requested, and there are no credentials",
			Base: HybridPublic, Args: flag,
			Want: warns("credentials-missing"),
		},
		{
			Name: "credentials-missing-role", Title: "the same on an instance without a role, whose agent runs and so may have credentials of its own",
			Base: PrivateVPC, Faults: []Fault{func(w *World) { w.Metadata.Role = "" }, withAgent(Agent{})}, Args: flag,
			Want: warns("credentials-missing"),
		},
		{
			Name: "credentials-rejected", Title: "ssm does not know the credentials",
			Base: PrivateVPC, Faults: []Fault{refused(400, "UnrecognizedClientException", "The security token included in the request is invalid.")}, Args: flag,
			Want: fails("credentials-rejected", "ssm"),
		},
		{
			Name: "credentials-expired", Title: "the credentials have expired",
			Base: PrivateVPC, Faults: []Fault{refused(400, "ExpiredTokenException", "The security token included in the request is expired")}, Args: flag,
			Want: fails("credentials-rejected", "ssm"),
		},
		{
			Name: "iam-denied", Title: "the role lacks the permission for ssm",
			Base: PrivateVPC, Faults: []Fault{refused(400, "AccessDeniedException", denied+"identity-based policy allows the ssm:DescribeDocument action")}, Args: flag,
			Want: fails("iam-denied", "ssm"),
		},
		{
			Name: "endpoint-policy-denies", Title: "the policy of the ssm endpoint does not allow the call",
			Base: PrivateVPC, Faults: []Fault{refused(400, "AccessDeniedException", denied+"VPC endpoint policy allows the ssm:DescribeDocument action")}, Args: flag,
			Want: fails("endpoint-policy-denies", "ssm"),
		},
	}
}
