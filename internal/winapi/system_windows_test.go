package winapi_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/ssmcheck/ssmcheck/internal/winapi"
)

// TestThis asks the Windows that the test runs on for what every one has.
func TestThis(t *testing.T) {
	w := winapi.This()
	if v := w.Version(); !regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`).MatchString(v) {
		t.Errorf("version %q", v)
	}
	if s, err := w.String(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, "CurrentVersion"); s == "" || err != nil {
		t.Errorf("the version in the registry: %q, %v", s, err)
	}
	if names, err := w.Keys(`HKLM\SYSTEM\CurrentControlSet\Services`, 3); len(names) != 3 || !slices.IsSorted(names) || err != nil {
		t.Errorf("the first services: %q, %v", names, err)
	}
	for _, err := range []error{
		second(w.String(`HKLM\SOFTWARE\No such key`, "x")), second(w.String(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, "No such value")),
		second(w.Keys(`HKLM\SOFTWARE\No such key`, 3)), second(w.Service("NoSuchService")), second(w.Strings(`HKU\No such key`, "x")), second(w.Integer(`HKLM\No`, "x")),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("what does not exist: %v", err)
		}
	}
	if _, err := w.String(`HKCR\x`, "x"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key that cannot be asked for: %v", err)
	}
	adapters, err := w.Adapters()
	if err != nil {
		t.Error(err)
	}
	for _, a := range adapters {
		if a.Name == "" {
			t.Errorf("an adapter without a name: %+v", a)
		}
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		t.Fatal(err)
	}
	if v := w.FileVersion(filepath.Join(system, "kernel32.dll")); !regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}$`).MatchString(v) {
		t.Errorf("version of kernel32.dll: %q", v)
	}
	if v := w.FileVersion(filepath.Join(system, "no-such.dll")); v != "" {
		t.Errorf("version of no file: %q", v)
	}
	if _, _, err := w.WinHTTPProxy(); err != nil {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestThisReadsWhatWasWritten writes values of each type below the user's own key, which
// HKU shows too.
func TestThisReadsWhatWasWritten(t *testing.T) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	const path = `Software\ssmcheck test`
	k, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.SET_VALUE|registry.CREATE_SUB_KEY)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = k.Close()
		_ = registry.DeleteKey(registry.CURRENT_USER, path)
	})
	list := []string{"https_proxy=http://a:1", "no_proxy=b"}
	for _, err := range []error{k.SetStringValue("s", "%x%"), k.SetExpandStringValue("e", "%x%"), k.SetStringsValue("m", list), k.SetDWordValue("d", 8)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w, key := winapi.This(), `HKU\`+user.User.Sid.String()+`\`+path
	for _, name := range []string{"s", "e"} {
		if s, err := w.String(key, name); s != "%x%" || err != nil {
			t.Errorf("%s: %q, %v", name, s, err)
		}
	}
	if s, err := w.Strings(key, "m"); !slices.Equal(s, list) || err != nil {
		t.Errorf("m: %q, %v", s, err)
	}
	if n, err := w.Integer(key, "d"); n != 8 || err != nil {
		t.Errorf("d: %d, %v", n, err)
	}
	if names, err := w.Keys(key, 64); len(names) != 0 || err != nil {
		t.Errorf("the keys of one without any: %q, %v", names, err)
	}
	if _, err := w.Strings(key, "s"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a value of another type: %v", err)
	}
}
