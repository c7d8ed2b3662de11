package agent

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

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
			p := bareAgent(test.files)
			p.Getenv = func(name string) string {
				if name == test.env {
					return "x"
				}
				return ""
			}
			if got, _ := p.Container(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
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
			fsys := probetest.NodeFS{MapFS: probetest.Root(map[string]string{path: test.text})}
			if test.denied {
				fsys.Denied = []string{path}
			}
			test.want.Path = "/" + path
			probetest.Compare(t, test.want, NewReader(files.Machine{Files: fsys}, nil).Registration())
		})
	}
}
