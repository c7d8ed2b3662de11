package service

// OsRelease gives the assignments of os-release (os-release(5)). Empty: it is not
// there or cannot be read.
func (p Reader) OsRelease() map[string]string {
	values := map[string]string{}
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		b, failure := p.ReadFile(name)
		if failure != nil {
			continue
		}
		for _, pair := range parseEnvironmentFile(string(b)) {
			values[pair.name] = pair.value
		}
		if values["PRETTY_NAME"] != "" {
			break
		}
	}
	return values
}
