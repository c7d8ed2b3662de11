//go:build !windows

package service

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// systemServiceEnvironment asks the system for the proxy of the agent's
// service where no file tells. Of macOS's own settings, which the agent takes
// with `scutil --proxy`, nothing is known without running a command.
func systemServiceEnvironment() (Environment, string, observation.Known) {
	return newEnvironment(), "the system's own proxy settings are not read", observation.Unknown
}
