package agentlog

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const identity = "var/lib/amazon/ssm/runtimeconfig/identity_config.json"

func TestCredentials(t *testing.T) {
	const whole = `{"SchemaVersion":"1.1","InstanceId":"mi-0123456789abcdef0","IdentityType":"OnPrem","ShareFile":"/root/SECRET/credentials","ShareProfile":"SECRET",` +
		`"CredentialsExpiresAt":"2026-09-14T08:07:14Z","CredentialsRetrievedAt":"2026-09-14T09:07:14+02:00","CredentialSource":"SSM"}`
	expires, retrieved := time.Date(2026, 9, 14, 8, 7, 14, 0, time.UTC), time.Date(2026, 9, 14, 7, 7, 14, 0, time.UTC)
	shared := observation.AgentCredentials{Source: observation.CredentialsOfSSM, Shared: true, RetrievedAt: retrieved, ExpiresAt: expires}
	alone, unnamed := shared, shared
	alone.Shared, unnamed.Source = false, ""
	for _, test := range []struct {
		text string
		want observation.AgentCredentials
		kind observation.Kind
	}{
		{text: whole, want: shared},
		{text: strings.Replace(whole, "/root/SECRET/credentials", "", 1), want: alone},
		{text: strings.Replace(whole, `"SSM"`, `"SECRET"`, 1), want: unnamed},
		{text: `{"CredentialsExpiresAt":"0001-01-01T00:00:00Z"}`},
		{text: `{"CredentialsExpiresAt":"SECRET"}`, kind: observation.KindSyntax},
		{text: `SECRET`, kind: observation.KindSyntax},
		{text: whole + strings.Repeat(" ", smallWindow), kind: observation.KindTooLarge},
	} {
		got := Credentials(fstest.MapFS{identity: {Data: []byte(test.text)}}, "linux", func(name string) string { return "/" + name })
		b, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if test.kind != "" {
			test.want.Failure = got.Failure
		}
		if got != test.want || test.kind != "" && !got.Failure.Of(test.kind) || strings.Contains(string(b), "SECRET") || strings.Contains(string(b), "mi-") {
			t.Errorf("%.120s: %s, want %+v and kind %q", test.text, b, test.want, test.kind)
		}
	}
}

func TestCredentials_files(t *testing.T) {
	data := &fstest.MapFile{Data: []byte(`{"ShareFile":"x"}`)}
	for system, name := range map[string]string{
		"linux": identity, "darwin": "opt/aws/ssm/data/runtimeconfig/identity_config.json", "windows": "ProgramData/Amazon/SSM/runtimeconfig/identity_config.json",
	} {
		if got := Credentials(fstest.MapFS{name: data}, system, func(s string) string { return s }); !got.Shared {
			t.Errorf("%s: %+v, want what %s says", system, got, name)
		}
	}
	if got := Credentials(fstest.MapFS{}, "linux", func(s string) string { return s }); got != (observation.AgentCredentials{}) {
		t.Errorf("no file: %+v", got)
	}
	for err, kind := range map[error]observation.Kind{syscall.EACCES: observation.KindDenied, syscall.EIO: observation.KindUnreadable} {
		files := probetest.FailingFS{MapFS: fstest.MapFS{identity: data}, Name: identity, Step: "open", Err: err}
		if got := Credentials(files, "linux", func(s string) string { return s }); !got.Failure.Of(kind) || got.Shared {
			t.Errorf("%v: %+v, want kind %s", err, got, kind)
		}
	}
}
