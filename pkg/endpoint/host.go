package endpoint

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// The Regions with FIPS names, by service. They are read-only.
//
// Sources: botocore 1.43.67, endpoints.json (ssm, logs, ec2, s3, monitoring);
// Systems Manager User Guide, ssm-agent-technical-details.md, section FIPS
// (ssmmessages, ec2messages). kms has them nearly everywhere: see regionTable.
// In GovCloud the plain names of all but kms and s3 are the FIPS names.
var (
	fipsUS      = []string{"us-east-1", "us-east-2", "us-west-1", "us-west-2"}
	fipsAgent   = append([]string{"ca-west-1"}, fipsUS...)
	fipsAmerica = append([]string{"ca-central-1"}, fipsAgent...)
	fipsRegions = map[Service][]string{
		SSM: fipsAmerica, Logs: fipsAmerica, EC2: fipsAmerica, SSMMessages: fipsAgent, EC2Messages: fipsAgent, Monitoring: fipsUS,
		S3: append([]string{"us-gov-east-1", "us-gov-west-1", "us-iso-east-1", "us-iso-west-1", "us-isob-east-1"}, fipsAmerica...),
	}
)

// hasFIPS reports whether the service has a FIPS name in the Region that
// differs from the plain one.
func hasFIPS(s Service, region string) bool {
	if s == KMS {
		i, ok := findRegion(region)
		return ok && regionTable[i].kmsFIPS
	}
	return slices.Contains(fipsRegions[s], region)
}

// Host returns the host name of a service in a Region, following the options
// FIPS, DualStack and Domain. A service without a FIPS name there keeps its
// plain one.
func Host(s Service, r Region, o Options) string {
	label := string(s)
	if o.FIPS && hasFIPS(s, r.Name) {
		label += "-fips"
	}
	suffix := r.Partition.DNSSuffix
	if o.DualStack {
		if s == S3 {
			label += ".dualstack"
		} else {
			suffix = r.Partition.DualStackSuffix
		}
	}
	// The agent appends its ServiceDomain to every name that it builds. It does
	// not call ec2 itself (the VSS document's script does).
	if o.Domain != "" && s != EC2 {
		suffix = o.Domain
	}
	return label + "." + r.Name + "." + suffix
}

// isFIPSName reports whether the host is a FIPS name of a service: its first
// label ends in -fips, or is S3's with a hyphen before the Region; S3's may follow
// a bucket name. The name of a single VPC endpoint is never one.
func isFIPSName(host string) bool {
	service, rest, _ := strings.Cut(host, ".")
	return IsAWSName(host) && (strings.HasSuffix(service, "-fips") || strings.HasPrefix(service, "s3-fips-") ||
		strings.HasPrefix(rest, "s3-fips.") || strings.HasPrefix(rest, "s3-fips-"))
}

// ControlHost returns an AWS name that every Region has and a node does not need.
// Resolving it tells a nameserver that strips private addresses from one that
// answers nothing.
func ControlHost(r Region) string { return Host("sts", r, Options{}) }

// patchHost returns the host that the patch documents read from, and its target's
// name. The documents build the name themselves, whatever the agent's
// configuration says.
//
// Source: AWS-RunPatchBaseline, step PatchLinux, payload 1.80: s3.REGION in
// China, s3-fips-REGION (with a hyphen) in GovCloud, otherwise
// s3.dualstack.REGION. The isolated partitions have no dual-stack S3, so their
// plain name is used.
func patchHost(r Region) (target, host string) {
	switch {
	case r.Partition.ID == "aws-cn" || r.Partition.isolated():
		return "s3", Host(S3, r, Options{})
	case r.Partition.ID == "aws-us-gov":
		return "s3-fips", "s3-fips-" + r.Name + "." + r.Partition.DNSSuffix
	default:
		return "s3-dualstack", Host(S3, r, Options{DualStack: true})
	}
}

// A HostError is a host name that cannot be used. Its text is safe to print.
type HostError struct {
	Host    string
	Problem string
}

func (e *HostError) Error() string {
	return fmt.Sprintf("host name %q: %s", clip(e.Host, 100), e.Problem)
}

// clip keeps at most n bytes of a name that an error quotes.
func clip(name string, n int) string {
	if len(name) > n {
		return name[:n] + "..."
	}
	return name
}

// ParseHost checks a host name from the user or a file and returns it in lower
// case, without a trailing dot. It rejects schemes, ports, paths, addresses and
// anything else that is not a DNS name with a *HostError.
func ParseHost(s string) (string, error) {
	fail := func(problem string) (string, error) { return "", &HostError{s, problem} }
	host := strings.ToLower(strings.TrimSuffix(s, "."))
	switch {
	case host == "":
		return fail("it is empty")
	case strings.Contains(host, "://"):
		return fail("give only the name, without a scheme")
	case isAddress(host):
		return fail("it is an address; give the name that the certificate is for")
	case strings.Contains(host, "/"):
		return fail("give only the name, without a path")
	case strings.Contains(host, ":"):
		return fail("give only the name, without a port; it is always 443")
	case len(host) > 253:
		return fail("it is longer than 253 characters")
	}
	for label := range strings.SplitSeq(host, ".") {
		if problem := checkLabel(label); problem != "" {
			return fail(problem)
		}
	}
	return host, nil
}

func isAddress(s string) bool {
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return true
	}
	_, err := netip.ParseAddrPort(s)
	return err == nil
}

const labelCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-"

// checkLabel says what is wrong with a label of a DNS name (RFC 1123). Empty:
// nothing.
func checkLabel(label string) string {
	if label == "" {
		return "it has an empty part between its dots"
	}
	if len(label) > 63 {
		return "a part of it is longer than 63 characters"
	}
	if strings.Trim(label, labelCharacters) != "" {
		return "it has an invalid character; letters, digits and hyphens are allowed"
	}
	if label[0] == '-' || label[len(label)-1] == '-' {
		return "a part of it begins or ends with a hyphen"
	}
	return ""
}
