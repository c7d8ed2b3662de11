package signed

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// sharedKeys searches the shared files for static keys: the user's, then those
// of the agent's own user, where a hybrid node's agent stores its credentials.
func sharedKeys(p files.Machine, c *observation.Credentials) Keys {
	profile := cmp.Or(p.Env("AWS_PROFILE"), p.Env("AWS_DEFAULT_PROFILE"), "default")
	shown := observation.ShownSetting(profile)
	for _, f := range sharedFiles(p) {
		var b []byte
		name, ok := p.NameOf(f.path)
		failure := &observation.Failure{Op: observation.OpRead, Kind: observation.KindUnreadable, Text: observation.ShownSetting(f.path) + ": not on this system's drive"}
		if ok {
			b, failure = p.ReadFile(name)
		}
		if failure.Of(observation.KindAbsent) {
			continue
		}
		if failure != nil {
			passOver(c, failure.Text)
			if c.Failure == nil {
				c.Found, c.Failure = observation.Unknown, failure
			}
			continue
		}
		place := p.Shown(name) + ", profile " + shown
		s, ok := parseProfiles(b, f.prefixed)[profile]
		k := Keys{s["aws_access_key_id"], s["aws_secret_access_key"], s["aws_session_token"]}
		switch {
		case !ok:
			passOver(c, p.Shown(name)+": it has no profile "+shown)
		case k.id != "" && k.secret != "" && k.wellFormed():
			return foundKeys(c, k, observation.SourceFile, place)
		case k.id != "" && k.secret != "":
			passOver(c, place+": its keys have a form that none have")
		case k.id != "" || k.secret != "":
			passOver(c, place+": it has one of the two keys only")
		default:
			for _, other := range otherProviders {
				if s[other.key] != "" {
					passOver(c, place+": "+other.why)
				}
			}
		}
	}
	return Keys{}
}

// otherProviders are a profile's other sources of credentials, which are not
// used.
var otherProviders = []struct{ key, why string }{
	{"credential_process", "credential_process would start a program, which ssmcheck does not"},
	{"sso_session", "single sign-on is a person's, not the node's"},
	{"sso_start_url", "single sign-on is a person's, not the node's"},
	{"role_arn", "role_arn needs a call to STS, which is not made"},
	{"web_identity_token_file", "a web identity needs a call to STS, which is not made"},
}

// A sharedFile is a file that may contain keys. A section is called "profile
// NAME" in a configuration file, and NAME in a credentials file.
type sharedFile struct {
	path     string
	prefixed bool
}

// sharedFiles lists them in the SDKs' order, with those of the agent's user
// last.
func sharedFiles(p files.Machine) []sharedFile {
	home, root := p.Env("HOME"), "/root"
	if p.System() == "windows" {
		home = p.Env("USERPROFILE")
		root = files.SystemPath("Windows/System32/config/systemprofile")
	}
	var files []sharedFile
	add := func(given, dir, base string, prefixed bool) {
		file := given
		if file == "" && dir != "" {
			file = strings.TrimRight(dir, `/\`) + "/.aws/" + base
		}
		if file != "" && !slices.ContainsFunc(files, func(f sharedFile) bool { return f.path == file }) {
			files = append(files, sharedFile{file, prefixed})
		}
	}
	add(p.Env("AWS_SHARED_CREDENTIALS_FILE"), home, "credentials", false)
	add(p.Env("AWS_CONFIG_FILE"), home, "config", true)
	add("", root, "credentials", false)
	return files
}

// parseProfiles reads the profiles of a shared file as the AWS SDKs do: keys in
// any case, comments after "#" or ";" and a space; nested settings, which are
// indented, are skipped. In a configuration file only "default" needs no
// "profile" before its name.
func parseProfiles(b []byte, prefixed bool) map[string]map[string]string {
	profiles := make(map[string]map[string]string)
	var current map[string]string
	for _, line := range files.Lines(b) {
		if line == "" || strings.ContainsRune(" \t#;", rune(line[0])) {
			continue
		}
		if line[0] == '[' {
			current = nil
			name, _, ok := strings.Cut(line[1:], "]")
			if name, is := profileName(name, prefixed); ok && is {
				if current = profiles[name]; current == nil {
					current = make(map[string]string)
					profiles[name] = current
				}
			}
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && current != nil {
			current[strings.ToLower(strings.TrimSpace(key))] = profileValue(value)
		}
	}
	return profiles
}

func profileName(section string, prefixed bool) (string, bool) {
	section = strings.TrimSpace(section)
	word, rest, _ := strings.Cut(strings.ReplaceAll(section, "\t", " "), " ")
	if word == "profile" && rest != "" {
		return strings.TrimSpace(rest), true
	}
	return section, section != "" && (!prefixed || section == "default")
}

func profileValue(s string) string {
	for _, comment := range []string{" #", " ;", "\t#", "\t;"} {
		s, _, _ = strings.Cut(s, comment)
	}
	s = strings.TrimSpace(s)
	if n := len(s); n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}
