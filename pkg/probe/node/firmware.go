package node

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A firmwareField is one thing that the firmware says about the machine.
type firmwareField struct {
	// from is the file or the registry value.
	from, value string
	// isUUID is set for ids, which can only show that this is EC2, never that it is
	// another machine.
	isUUID bool
}

// firmware determines whether this is an EC2 instance by what the firmware says, and
// returns the evidence. A container shows its host's firmware.
func (p Reader) firmware() (observation.NodeKind, string) {
	if p.System() != "linux" {
		return firmwareKind(windowsFirmware(p.API()))
	}
	const dmi = "sys/class/dmi/id/"
	var read []firmwareField
	var unread *observation.Failure
	for _, name := range []string{
		dmi + "sys_vendor", dmi + "bios_vendor", dmi + "bios_version", dmi + "product_version",
		dmi + "chassis_asset_tag", "sys/hypervisor/uuid", dmi + "product_uuid",
	} {
		b, failure := p.ReadFile(name)
		isUUID := strings.HasSuffix(name, "uuid")
		if failure != nil {
			// Only root may read the machine's own id, which is just one more sign.
			if !failure.Of(observation.KindAbsent) && !(isUUID && failure.Of(observation.KindDenied)) {
				unread = failure
			}
			continue
		}
		read = append(read, firmwareField{p.Shown(name), observation.Excerpt(string(b)), isUUID})
	}
	kind, from := firmwareKind(read)
	if kind != observation.NodeEC2 && unread != nil {
		return observation.NodeUnknown, unread.Text // the unread field may say EC2
	}
	return kind, from
}

// firmwareInstanceID returns the instance's id from Nitro's firmware (EC2 User
// Guide, identify_ec2_instances). Empty: not known.
func (p Reader) firmwareInstanceID() string {
	if p.System() != "linux" {
		return ""
	}
	b, failure := p.ReadFile("sys/class/dmi/id/board_asset_tag")
	if id := strings.TrimSpace(string(b)); failure == nil && observation.IsInstanceID(id) {
		return id
	}
	return ""
}

// firmwareKind judges what was read. On Nitro every vendor field is "Amazon
// EC2"; on Xen the versions end with ".amazon" and the ids begin with "ec2".
//
// Sources: amazon-ssm-agent, common/identity/availableidentities/ec2 (how the
// agent does it), and EC2 User Guide, identify_ec2_instances.
func firmwareKind(read []firmwareField) (observation.NodeKind, string) {
	for _, f := range read {
		value := strings.ToLower(f.value)
		if f.isUUID && strings.HasPrefix(value, "ec2") ||
			!f.isUUID && (value == "amazon ec2" || strings.HasSuffix(value, ".amazon")) {
			return observation.NodeEC2, f.from + ": " + f.value
		}
	}
	for _, f := range read {
		if !f.isUUID && f.value != "" {
			return observation.NodeHybrid, f.from + ": " + f.value
		}
	}
	return observation.NodeUnknown, ""
}
