package probe

import (
	"testing"

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
			kind, from := bare(test.files).firmware()
			if kind != test.kind || from != test.from {
				t.Errorf("got %s by %q, want %s by %q", kind, from, test.kind, test.from)
			}
		})
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
			if got := bare(files).LookAtNode(t.Context()).InstanceID; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	files := map[string]string{"sys/class/dmi/id/sys_vendor": "VMware, Inc.\n", "sys/class/dmi/id/board_asset_tag": "i-0a1b2c3d4e5f60718\n"}
	if got := bare(files).LookAtNode(t.Context()).InstanceID; got != "" {
		t.Errorf("of a machine that is no EC2 instance: %q, want none", got)
	}
}

func TestContainer(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		env   string
		want  string
	}{
		{"a machine", map[string]string{"proc/1/cgroup": "0::/init.scope\n"}, "", ""},
		{"Docker", map[string]string{".dockerenv": ""}, "", "/.dockerenv"},
		{"Podman", map[string]string{"run/.containerenv": ""}, "", "/run/.containerenv"},
		{"nspawn", map[string]string{"run/systemd/container": "systemd-nspawn\n"}, "", "/run/systemd/container: systemd-nspawn"},
		{"ECS", nil, "ECS_CONTAINER_METADATA_URI_V4", "the environment variable ECS_CONTAINER_METADATA_URI_V4"},
		{"Kubernetes", nil, "KUBERNETES_SERVICE_HOST", "the environment variable KUBERNETES_SERVICE_HOST"},
		{"cgroup version 1", map[string]string{"proc/1/cgroup": "12:pids:/kubepods/besteffort/pod1\n"}, "",
			"/proc/1/cgroup: 12:pids:/kubepods/besteffort/pod1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := bare(test.files)
			p.Getenv = func(name string) string {
				if name == test.env {
					return "x"
				}
				return ""
			}
			if got, _ := p.container(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestOSVersion(t *testing.T) {
	p := bare(map[string]string{"etc/os-release": "-> ../usr/lib/os-release", "usr/lib/os-release": "NAME=\"Amazon Linux\"\nPRETTY_NAME=\"Amazon Linux 2023\"\n"})
	if got := p.osVersion(); got != "Amazon Linux 2023" {
		t.Errorf("got %q", got)
	}
	if got := bare(nil).osVersion(); got != "" {
		t.Errorf("without a file: got %q, want none", got)
	}
}

func TestRegistration(t *testing.T) {
	const path = "var/lib/amazon/ssm/registration"
	for _, test := range []struct {
		name   string
		text   string
		denied bool
		want   observation.Registration
	}{
		{name: "registered", text: `{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"eu-west-1"}`,
			want: observation.Registration{InstanceID: "mi-0123456789abcdef0", Region: "eu-west-1"}},
		{name: "cleared", text: `{"ManagedInstanceID":"","Region":"eu-west-1"}`,
			want: observation.Registration{Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindAbsent, Text: "/" + path + ": it holds no registration"}}},
		{name: "broken", text: "{\n\"ManagedInstanceID\": mi-1}",
			want: observation.Registration{Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: "/" + path + ", line 2: invalid character 'm' looking for beginning of value"}}},
		{name: "not ours to read", text: `{"ManagedInstanceID":"mi-0123456789abcdef0"}`, denied: true,
			want: observation.Registration{Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindDenied, Text: "/" + path + ": permission denied"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := nodeFS{MapFS: root(map[string]string{path: test.text})}
			if test.denied {
				files.denied = []string{path}
			}
			test.want.Path = "/" + path
			compare(t, test.want, (&Prober{Files: files}).registration())
		})
	}
}
