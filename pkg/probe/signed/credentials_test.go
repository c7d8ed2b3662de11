package signed

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

func TestCredentialsOfTheNode(t *testing.T) {
	const other = "AKIAOTHEROTHEROTHER9"
	found := func(source observation.CredentialSource, from string) observation.Credentials {
		return observation.Credentials{Asked: true, Found: observation.Yes, Source: source, From: from, KeyEnd: "7XQ2", Temporary: true}
	}
	tests := []struct {
		name   string
		env    map[string]string
		files  map[string]string
		denied []string
		want   observation.Credentials
	}{
		{name: "the environment before a file",
			env:   map[string]string{"HOME": "/home/me", "AWS_ACCESS_KEY_ID": probetest.PlantedID, "AWS_SECRET_ACCESS_KEY": probetest.PlantedSecret, "AWS_SESSION_TOKEN": probetest.PlantedToken},
			files: map[string]string{"home/me/.aws/credentials": strings.ReplaceAll(probetest.KeysFile("default"), probetest.PlantedID, other)},
			want:  found(observation.SourceEnvironment, "the environment (AWS_ACCESS_KEY_ID)")},
		{name: "the user's own file",
			env:   map[string]string{"HOME": "/home/me"},
			files: map[string]string{"home/me/.aws/credentials": probetest.KeysFile("default"), "root/.aws/credentials": ""},
			want:  found(observation.SourceFile, "/home/me/.aws/credentials, profile default")},
		{name: "another profile",
			env:   map[string]string{"HOME": "/home/me", "AWS_PROFILE": "node"},
			files: map[string]string{"home/me/.aws/credentials": strings.ReplaceAll(probetest.KeysFile("default"), probetest.PlantedID, other) + probetest.KeysFile("node")},
			want:  found(observation.SourceFile, "/home/me/.aws/credentials, profile node")},
		{name: "the configuration file",
			env:   map[string]string{"HOME": "/home/me/", "AWS_PROFILE": "node"},
			files: map[string]string{"home/me/.aws/config": probetest.KeysFile("profile node")},
			want:  found(observation.SourceFile, "/home/me/.aws/config, profile node")},
		{name: "a file that a variable names",
			env:   map[string]string{"AWS_SHARED_CREDENTIALS_FILE": "/etc/keys"},
			files: map[string]string{"etc/keys": probetest.KeysFile("default")},
			want:  found(observation.SourceFile, "/etc/keys, profile default")},
		{name: "what the agent leaves",
			files: map[string]string{"root/.aws/credentials": probetest.KeysFile("default")},
			want:  found(observation.SourceFile, "/root/.aws/credentials, profile default")},
		{name: "nothing", want: observation.Credentials{Asked: true, Found: observation.No}},
		{name: "one key without the other",
			env:   map[string]string{"AWS_ACCESS_KEY_ID": probetest.PlantedID},
			files: map[string]string{"root/.aws/credentials": "[default]\naws_secret_access_key=" + probetest.PlantedSecret},
			want: observation.Credentials{Asked: true, Found: observation.No, PassedOver: []string{
				"AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY", "/root/.aws/credentials, profile default: it has one of the two keys only"}}},
		{name: "keys that are none",
			env:   map[string]string{"AWS_ACCESS_KEY_ID": "x\r\nHost: evil", "AWS_SECRET_ACCESS_KEY": probetest.PlantedSecret},
			files: map[string]string{"root/.aws/credentials": "[default]\naws_access_key_id=" + probetest.PlantedID + "\naws_secret_access_key=two words here"},
			want: observation.Credentials{Asked: true, Found: observation.No, PassedOver: []string{
				"the keys in the environment have a form that none have", "/root/.aws/credentials, profile default: its keys have a form that none have"}}},
		{name: "ways that are not gone",
			env: map[string]string{"HOME": "/home/me", "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"},
			files: map[string]string{
				"home/me/.aws/credentials": "[default]\ncredential_process = /bin/touch /tmp/started\n",
				"home/me/.aws/config":      "[default]\nrole_arn = arn:aws:iam::1:role/r\nsso_session = s\n"},
			want: observation.Credentials{Asked: true, Found: observation.No, PassedOver: []string{
				"AWS_WEB_IDENTITY_TOKEN_FILE is set; such credentials are not the node's, and are not fetched",
				"/home/me/.aws/credentials, profile default: credential_process would start a program, which ssmcheck does not",
				"/home/me/.aws/config, profile default: single sign-on is a person's, not the node's",
				"/home/me/.aws/config, profile default: role_arn needs a call to STS, which is not made"}}},
		{name: "a profile that is not there",
			env:   map[string]string{"HOME": "/home/me", "AWS_PROFILE": "no\x1b[2Jde"},
			files: map[string]string{"home/me/.aws/credentials": probetest.KeysFile("default")},
			want: observation.Credentials{Asked: true, Found: observation.No, PassedOver: []string{
				"/home/me/.aws/credentials: it has no profile no [2Jde"}}},
		{name: "a file that may not be read",
			files:  map[string]string{"root/.aws/credentials": probetest.KeysFile("default")},
			denied: []string{"root/.aws/credentials"},
			want: observation.Credentials{Asked: true, Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindDenied, Text: "/root/.aws/credentials: permission denied"},
				PassedOver: []string{"/root/.aws/credentials: permission denied"}}},
		{name: "a file that may not be read, and one that may",
			env:    map[string]string{"HOME": "/home/me"},
			files:  map[string]string{"home/me/.aws/credentials": "", "root/.aws/credentials": probetest.KeysFile("default")},
			denied: []string{"home/me/.aws/credentials"},
			want: observation.Credentials{Asked: true, Found: observation.Yes, Source: observation.SourceFile, From: "/root/.aws/credentials, profile default",
				KeyEnd: "7XQ2", Temporary: true, PassedOver: []string{"/home/me/.aws/credentials: permission denied"}}},
		{name: "a path outside", env: map[string]string{"AWS_SHARED_CREDENTIALS_FILE": "keys"},
			want: observation.Credentials{Asked: true, Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindUnreadable, Text: "keys: not on this system's drive"},
				PassedOver: []string{"keys: not on this system's drive"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := files.Machine{Files: probetest.NodeFS{MapFS: probetest.Root(tt.files), Denied: tt.denied}, Getenv: func(name string) string { return tt.env[name] }}
			got, k := FileCredentials(m)
			probetest.Compare(t, tt.want, got)
			if want := (Keys{probetest.PlantedID, probetest.PlantedSecret, probetest.PlantedToken}); got.Found == observation.Yes && k != want {
				t.Error("the keys are not those of the place")
			} else if got.Found != observation.Yes && k != (Keys{}) {
				t.Error("keys without a place")
			}
		})
	}
}

func TestKeys_haveNoText(t *testing.T) {
	k := Keys{probetest.PlantedID, probetest.PlantedSecret, probetest.PlantedToken}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, k); got != "***" {
			t.Errorf("%s gives %s", verb, got)
		}
	}
}

func TestParseProfiles(t *testing.T) {
	text := "stray = 1\n; comment\n# comment\n[ default ] ; main\nA = b # c\nB=b#c\nnested =\n  c = d\n\te = f\n" +
		"D = \"x y\"\n[profile one]\na = 1\n[one]\na = 2\n[sso-session s]\na = 3\n[broken\na = 4\n"
	probetest.Compare(t, map[string]map[string]string{
		"default":       {"a": "b", "b": "b#c", "nested": "", "d": "x y"},
		"one":           {"a": "2"},
		"sso-session s": {"a": "3"},
	}, parseProfiles([]byte(text), false))
	probetest.Compare(t, map[string]map[string]string{
		"default": {"a": "b", "b": "b#c", "nested": "", "d": "x y"},
		"one":     {"a": "1"},
	}, parseProfiles([]byte(text), true))
}

func FuzzProfiles(f *testing.F) {
	f.Add([]byte("[default]\na=b # c\n[profile x]\n k = v\n"), true)
	f.Add([]byte("[\n]\n=\n[profile ]\n\x00='"), false)
	f.Fuzz(func(t *testing.T, b []byte, prefixed bool) {
		for name := range parseProfiles(b, prefixed) {
			if name == "" || strings.TrimSpace(name) != name {
				t.Errorf("profile %q", name)
			}
		}
	})
}

// Instance metadata and its role, well and broken.
func TestRoleCredentials(t *testing.T) {
	good := probetest.PlantedDocument(t, "Success", time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))
	none := []string{"the instance role node-role: "}
	tests := []struct {
		name     string
		metadata observation.Metadata
		answer   http.HandlerFunc
		found    observation.Known
		failure  observation.Kind
		passed   []string
	}{
		{"a role", observation.Metadata{Asked: true, Role: observation.Yes, RoleName: "node-role"},
			func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, good) }, observation.Yes, "", nil},
		{"no credentials for the role", observation.Metadata{Asked: true, Role: observation.Yes, RoleName: "node-role"},
			http.NotFound, observation.No, "", []string{none[0] + "instance metadata has no iam/security-credentials/node-role"}},
		{"a role that cannot be assumed", observation.Metadata{Asked: true, Role: observation.Yes, RoleName: "node-role"},
			func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, `{"Code":"AssumeRoleUnauthorizedAccess"}`)
			}, observation.No, "", []string{none[0] + "instance metadata says AssumeRoleUnauthorizedAccess"}},
		{"silence", observation.Metadata{Asked: true, Role: observation.Yes, RoleName: "node-role"},
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, observation.Unknown, observation.KindTimeout,
			[]string{none[0] + "no answer in 1s"}},
		{"a page, with a secret in it", observation.Metadata{Asked: true, Role: observation.Yes, RoleName: "node-role"},
			func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, probetest.PlantedSecret+good) }, observation.Unknown, observation.KindMalformed, nil},
		{"keys that are none", observation.Metadata{Asked: true, Role: observation.Yes, RoleName: "node-role"},
			func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, `{"Code":"Success","AccessKeyId":"short"}`)
			}, observation.Unknown, observation.KindMalformed, nil},
		{"no role", observation.Metadata{Asked: true, Role: observation.No}, nil, observation.No, "", []string{"the instance role: the instance has none"}},
		{"a role that is not told", observation.Metadata{Asked: true}, nil, observation.Unknown, observation.KindMalformed, nil},
		{"no metadata", observation.Metadata{Asked: true, Failure: &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindTimeout, Text: "no answer in 1s"}}, nil, observation.Unknown, observation.KindTimeout,
			[]string{"the instance role: instance metadata gives none: no answer in 1s"}},
		{"not asked", observation.Metadata{}, nil, observation.No, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := probetest.ListenIMDS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/latest/meta-data/iam/security-credentials/node-role" {
						tt.answer(w, r)
						return
					}
					(&probetest.ImdsServer{}).ServeHTTP(w, r)
				}))
				m := files.Machine{Files: probetest.Root(nil), Getenv: func(string) string { return "" }}
				c, k := FindCredentials(t.Context(), m, &attempt.Runner{Dial: dial}, observation.NodeEC2, func() observation.Metadata { return tt.metadata })
				if c.Found != tt.found || (c.Failure == nil) != (tt.failure == "") || tt.failure != "" && !c.Failure.Of(tt.failure) {
					t.Errorf("found %q, %v; want %q, %q", c.Found, c.Failure, tt.found, tt.failure)
				}
				if (k == Keys{}) == (tt.found == observation.Yes) {
					t.Errorf("keys are there: %v, found: %q", k != Keys{}, c.Found)
				}
				probetest.Compare(t, tt.passed, c.PassedOver)
				probetest.HoldsNoSecret(t, &observation.Observations{Credentials: c}, nil)
			})
		})
	}
}

// Whatever expiration metadata returns, the report can be written.
func TestRoleCredentialsExpire(t *testing.T) {
	for _, test := range []struct{ expires, want string }{
		{"2030-01-02T03:04:05+02:00", "2030-01-02T01:04:05Z"},
		{"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
		{"9999-12-31T23:59:59-23:00", ""},
		{"0001-01-01T00:00:00+23:00", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			document := probetest.PlantedDocument(t, "Success", time.Time{})
			document = strings.Replace(document, "0001-01-01T00:00:00Z", test.expires, 1)
			dial := probetest.ListenIMDS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/node-role") {
					io.WriteString(w, document)
					return
				}
				(&probetest.ImdsServer{}).ServeHTTP(w, r)
			}))
			m := files.Machine{Files: probetest.Root(nil), Getenv: func(string) string { return "" }}
			metadata := observation.Metadata{Asked: true, Role: observation.Yes, RoleName: "node-role"}
			c, _ := FindCredentials(t.Context(), m, &attempt.Runner{Dial: dial}, observation.NodeEC2, func() observation.Metadata { return metadata })
			b, err := json.Marshal(c)
			if err != nil || c.Found != observation.Yes {
				t.Fatalf("%s: found %q, %v", test.expires, c.Found, err)
			}
			var got struct{ Expires string }
			if err := json.Unmarshal(b, &got); err != nil || got.Expires != test.want {
				t.Errorf("%s is told as %q, want %q: %v", test.expires, got.Expires, test.want, err)
			}
		})
	}
}

// Files that hang and metadata that never comes end with the run.
func TestCredentialsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := make(chan struct{})
		defer close(away)
		m := files.Machine{Files: probetest.Root(nil), Getenv: func(string) string { <-away; return "" }}
		start := time.Now()
		c, k := FindCredentials(t.Context(), m, new(attempt.Runner), observation.NodeUnknown, func() observation.Metadata { return observation.Metadata{} })
		if c.Found != observation.Unknown || !c.Failure.Of(observation.KindTimeout) || k != (Keys{}) || time.Since(start) != readLimit {
			t.Errorf("%+v after %v, want a time-out", c, time.Since(start))
		}
	})
}
