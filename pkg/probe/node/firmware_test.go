package node

import (
	"maps"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestFirmware(t *testing.T) {
	const dmi = "sys/class/dmi/id/"
	for _, test := range []struct {
		name  string
		files map[string]string
		kind  observation.NodeKind
		from  string
	}{
		{"Nitro", map[string]string{dmi + "sys_vendor": "Amazon EC2\n", dmi + "bios_version": "1.0\n"},
			observation.NodeEC2, "/sys/class/dmi/id/sys_vendor: Amazon EC2"},
		{"Xen by its version", map[string]string{dmi + "sys_vendor": "Xen\n", dmi + "bios_version": "4.11.amazon\n"},
			observation.NodeEC2, "/sys/class/dmi/id/bios_version: 4.11.amazon"},
		{"Xen by its id", map[string]string{dmi + "sys_vendor": "Xen\n", "sys/hypervisor/uuid": "ec2f1b8e-1b1b-4b1b-8b1b-1b1b1b1b1b1b\n"},
			observation.NodeEC2, "/sys/hypervisor/uuid: ec2f1b8e-1b1b-4b1b-8b1b-1b1b1b1b1b1b"},
		{"Xen of another", map[string]string{dmi + "sys_vendor": "Xen\n", dmi + "bios_version": "4.17\n", "sys/hypervisor/uuid": "0c2f1b8e\n"},
			observation.NodeHybrid, "/sys/class/dmi/id/sys_vendor: Xen"},
		{"a server", map[string]string{dmi + "sys_vendor": "Dell Inc.\n"},
			observation.NodeHybrid, "/sys/class/dmi/id/sys_vendor: Dell Inc."},
		{"control characters stay out", map[string]string{dmi + "sys_vendor": "Evil\x1b[2J\x00Corp\n"},
			observation.NodeHybrid, "/sys/class/dmi/id/sys_vendor: Evil [2J Corp"},
		{"nothing to read", nil, observation.NodeUnknown, ""},
		{"empty fields", map[string]string{dmi + "sys_vendor": "\n"}, observation.NodeUnknown, ""},
		{"an id alone that is not EC2's", map[string]string{dmi + "product_uuid": "deadbeef\n"}, observation.NodeUnknown, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			kind, from := bareNode(test.files).firmware()
			if kind != test.kind || from != test.from {
				t.Errorf("got %s by %q, want %s by %q", kind, from, test.kind, test.from)
			}
		})
	}
}

// TestFirmware_unread: an id that could not be read may be EC2's. One that only root
// may read is one more sign, and its absence says nothing.
func TestFirmware_unread(t *testing.T) {
	const vendor, hypervisor, product = "sys/class/dmi/id/sys_vendor", "sys/hypervisor/uuid", "sys/class/dmi/id/product_uuid"
	contents := probetest.Root(map[string]string{vendor: "Xen\n", hypervisor: "ec2f1b8e\n", product: "ec2f1b8e\n"})
	for _, test := range []struct {
		err  error
		want observation.NodeKind
	}{{syscall.EIO, observation.NodeUnknown}, {syscall.EMFILE, observation.NodeUnknown}, {syscall.EACCES, observation.NodeHybrid}} {
		for _, name := range []string{hypervisor, product} {
			fsys := maps.Clone(contents)
			maps.DeleteFunc(fsys, func(other string, _ *fstest.MapFile) bool { return other != vendor && other != name })
			p := bareNode(nil)
			p.Files = probetest.FailingFS{MapFS: fsys, Name: name, Step: "read", Err: test.err}
			if kind, from := p.firmware(); kind != test.want {
				t.Errorf("%s: %v: %s by %q, want %s", name, test.err, kind, from, test.want)
			}
		}
	}
}

func TestInstanceIDOfTheFirmware(t *testing.T) {
	for _, test := range []struct{ name, tag, want string }{
		{"Nitro", "i-0a1b2c3d4e5f60718\n", "i-0a1b2c3d4e5f60718"},
		{"another maker's tag", "Not Specified\n", ""},
		{"an id with more behind it", "i-0a1b2c3d4e5f60718 -rf /\n", ""},
		{"none", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "sys/class/dmi/id/board_asset_tag": test.tag}
			if got := bareNode(files).Inspect(t.Context()).InstanceID; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	files := map[string]string{"sys/class/dmi/id/sys_vendor": "VMware, Inc.\n", "sys/class/dmi/id/board_asset_tag": "i-0a1b2c3d4e5f60718\n"}
	if got := bareNode(files).Inspect(t.Context()).InstanceID; got != "" {
		t.Errorf("of a machine that is no EC2 instance: %q, want none", got)
	}
}

func TestOSVersion(t *testing.T) {
	p := bareNode(map[string]string{"etc/os-release": "-> ../usr/lib/os-release", "usr/lib/os-release": "NAME=\"Amazon Linux\"\nPRETTY_NAME=\"Amazon Linux 2023\"\n"})
	if got := p.osVersion(); got != "Amazon Linux 2023" {
		t.Errorf("got %q", got)
	}
	if got := bareNode(nil).osVersion(); got != "" {
		t.Errorf("without a file: got %q, want none", got)
	}
}
