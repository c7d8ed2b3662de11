package observation

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Limits on the labels that a person gives a node.
const (
	MaxLabels = 16
	maxLabel  = 256 // bytes of a value, and of a key
)

// ParseLabel splits KEY=VALUE. The key can be part of a label name in Prometheus, which
// reserves those that begin with two underscores.
func ParseLabel(s string) (key, value string, err error) {
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		return "", "", errors.New("a label without a value; give KEY=VALUE, such as role=web")
	}
	return key, value, CheckLabel(key, value)
}

// CheckLabel says why a label is invalid. nil: it is valid.
func CheckLabel(key, value string) error {
	letter := func(c byte) bool { return c == '_' || IsLetter(c) }
	switch {
	case key == "" || !letter(key[0]) || !ConsistsOf(key, 1, maxLabel, func(c byte) bool { return letter(c) || IsDigit(c) }):
		return fmt.Errorf("the key %q; a key has letters, digits and underscores, and begins with no digit", key[:min(len(key), 64)])
	case strings.HasPrefix(key, "__"):
		return fmt.Errorf("the key %q begins with two underscores; give one that does not", key)
	case len(value) > maxLabel:
		return fmt.Errorf("the value of %s has %d bytes; give one of at most %d", key, len(value), maxLabel)
	case strings.ContainsFunc(value, unicode.IsControl):
		return fmt.Errorf("the value of %s has a control character; give one without", key)
	}
	return nil
}
