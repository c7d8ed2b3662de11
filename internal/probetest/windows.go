package probetest

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/ssmcheck/ssmcheck/internal/winapi"
)

// Windows is a fake Windows machine.
type Windows struct {
	// Registry are its keys, and their values by name: string, []string or uint64.
	Registry map[string]map[string]any
	// Denied are the keys that may not be read.
	Denied []string
	// Services are the services that exist.
	Services map[string]winapi.ServiceState
	// Versions are the programs' versions, by path.
	Versions map[string]string
	// Proxy and Bypass are WinHTTP's.
	Proxy, Bypass string
	Network       []winapi.Adapter
	// Number is the version of Windows.
	Number string
}

var errType = errors.New("unexpected key value type")

func registryValue[T any](w Windows, key, name string) (v T, err error) {
	if slices.Contains(w.Denied, key) {
		return v, fs.ErrPermission
	}
	any, ok := w.Registry[strings.ToLower(key)][strings.ToLower(name)]
	if !ok {
		return v, fs.ErrNotExist
	}
	if v, ok = any.(T); !ok {
		return v, errType
	}
	return v, nil
}

func (w Windows) String(key, name string) (string, error) { return registryValue[string](w, key, name) }

func (w Windows) Strings(key, name string) ([]string, error) {
	return registryValue[[]string](w, key, name)
}

func (w Windows) Integer(key, name string) (uint64, error) {
	return registryValue[uint64](w, key, name)
}

func (w Windows) Keys(key string, most int) ([]string, error) {
	if slices.Contains(w.Denied, key) {
		return nil, fs.ErrPermission
	}
	var names []string
	for _, k := range slices.Sorted(maps.Keys(w.Registry)) {
		if name, ok := strings.CutPrefix(k, strings.ToLower(key)+`\`); ok && !strings.Contains(name, `\`) && len(names) < most {
			names = append(names, name)
		}
	}
	if _, ok := w.Registry[strings.ToLower(key)]; !ok && names == nil {
		return nil, fs.ErrNotExist
	}
	return names, nil
}

func (w Windows) Service(name string) (winapi.ServiceState, error) {
	state, ok := w.Services[name]
	if !ok {
		return state, fs.ErrNotExist
	}
	return state, nil
}

func (w Windows) FileVersion(path string) string { return w.Versions[path] }

func (w Windows) WinHTTPProxy() (proxy, bypass string, err error) { return w.Proxy, w.Bypass, nil }

func (w Windows) Adapters() ([]winapi.Adapter, error) { return slices.Clone(w.Network), nil }

func (w Windows) Version() string { return w.Number }

// Registry parses the output of `reg export`, in UTF-8. As on Windows, keys and names are
// case-insensitive: they are in lower case.
func Registry(t testing.TB, text string) map[string]map[string]any {
	t.Helper()
	keys := map[string]map[string]any{}
	var values map[string]any
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n  ", "")) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "["):
			key := strings.NewReplacer("HKEY_LOCAL_MACHINE", "HKLM", "HKEY_USERS", "HKU").Replace(strings.Trim(line, "[]"))
			values = map[string]any{}
			keys[strings.ToLower(key)] = values
		case strings.HasPrefix(line, `"`):
			name, value, ok := strings.Cut(line[1:], `"=`)
			if !ok {
				t.Fatalf("no value in %q", line)
			}
			values[strings.ToLower(name)] = regValue(t, value)
		}
	}
	return keys
}

func regValue(t testing.TB, s string) any {
	t.Helper()
	if number, ok := strings.CutPrefix(s, "dword:"); ok {
		n, err := strconv.ParseUint(number, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, kind := range []string{"hex(7):", "hex(2):"} {
		digits, ok := strings.CutPrefix(s, kind)
		if !ok {
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(digits, ",", ""))
		if err != nil || len(b)%2 != 0 {
			t.Fatalf("%v in %q", err, s)
		}
		var units []uint16
		for i := 0; i < len(b); i += 2 {
			units = append(units, uint16(b[i])|uint16(b[i+1])<<8)
		}
		words := strings.Split(strings.TrimRight(string(utf16.Decode(units)), "\x00"), "\x00")
		if kind == "hex(2):" {
			return words[0]
		}
		return words
	}
	inner, ok := strings.CutPrefix(s, `"`)
	if !ok {
		t.Fatalf("no value is %q", s)
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(strings.TrimSuffix(inner, `"`))
}
