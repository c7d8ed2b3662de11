package agent

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// The first agents built with Go 1.23 and with Go 1.24 (RELEASENOTES of
// amazon-ssm-agent, 3.3.2299.0 and 3.3.3185.0).
var (
	firstKyber = []int{3, 3, 2299, 0}
	firstMLKEM = []int{3, 3, 3185, 0}
)

// agentHello determines which ClientHello the agent sends: by its program's build
// info and its service's GODEBUG, otherwise by its version. If the service's
// environment is not known, unknown says why.
func agentHello(installed observation.Known, b agentBinary, version string, e service.Environment, known bool, unknown string) observation.AgentHello {
	var h observation.AgentHello
	if installed != observation.Yes {
		h.From = "no agent is installed"
		if installed == observation.Unknown {
			h.From = "whether an agent is installed is not known"
		}
		return h
	}
	godebug := e.Values["GODEBUG"]
	h.DefaultGODEBUG, h.GODEBUG = usualSettings(b.defaults), usualSettings(godebug)
	minor, built := goMinor(b.goVersion)
	numbers, numbered := observation.VersionNumbers(version)
	switch {
	case built:
		h.GoVersion = goRelease().FindString(b.goVersion)
		h.From = b.path + ": built with " + h.GoVersion
		if strings.Contains(b.experiments+b.goVersion, "crypto") {
			h.From += " and another implementation of cryptography (GOEXPERIMENT), whose ClientHello is not known"
			return h
		}
		switch {
		case minor >= 24:
			h.Switch = observation.SwitchMLKEM
		case minor == 23:
			h.Switch = observation.SwitchKyber
		}
	case numbered:
		h.From = "the agent's version, " + version
		switch {
		case slices.Compare(numbers, firstMLKEM) >= 0:
			h.Switch = observation.SwitchMLKEM
		case slices.Compare(numbers, firstKyber) >= 0:
			h.Switch = observation.SwitchKyber
		}
	default:
		h.From = "neither the build of the agent's program nor its version is known"
		if b.unread != nil {
			h.From += ": " + b.unread.Text
		}
		return h
	}
	if h.Switch == "" {
		h.Size = observation.HelloSmall
		return h
	}
	if !known {
		h.From += "; GODEBUG of the agent's service is not known: " + unknown
		return h
	}
	h.Size = observation.HelloLarge
	value, set := godebugSetting(godebug, h.Switch)
	builtIn, _ := godebugSetting(b.defaults, h.Switch)
	switch {
	case value == "0":
		h.From += ", and GODEBUG of its service has " + h.Switch + "=0 (" + e.From["GODEBUG"] + ")"
		h.Size = observation.HelloSmall
	case set:
		h.From += ", and GODEBUG of its service sets " + h.Switch + " (" + e.From["GODEBUG"] + ")"
	case builtIn == "0":
		h.From += ", with " + h.Switch + "=0 built in"
		h.Size = observation.HelloSmall
	}
	return h
}

// goRelease matches the number of a Go release, without a vendor's suffix.
var goRelease = pattern(`go1\.[0-9]{1,3}(?:\.[0-9]{1,3})?`)

// goMinor returns the second number of a Go version: 25 for "go1.25.13".
func goMinor(s string) (int, bool) {
	_, rest, ok := strings.Cut(goRelease().FindString(s), ".")
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	return n, err == nil
}

// godebugSetting returns a setting's effective value: the last one, as Go reads the
// list from its end (internal/godebug). A "#" limits a setting to some callers; here
// it counts for all.
func godebugSetting(list, key string) (value string, set bool) {
	for item := range strings.SplitSeq(list, ",") {
		if name, v, ok := strings.Cut(item, "="); ok && name == key {
			v, _, _ = strings.Cut(v, "#")
			value, set = v, true
		}
	}
	return value, set
}

// usualSetting matches the form of all of Go's settings: letters and digits on both
// sides.
var usualSetting = pattern(`^[a-z0-9]{1,32}=[A-Za-z0-9.+-]{0,32}$`)

// maxSettings limits how many settings of a GODEBUG are kept.
const maxSettings = 32

// usualSettings returns the settings of a GODEBUG that have the usual form.
func usualSettings(list string) string {
	var out []string
	for item := range strings.SplitSeq(observation.Truncate(list, 32<<10), ",") {
		if usualSetting().MatchString(item) && len(out) < maxSettings {
			out = append(out, item)
		}
	}
	return strings.Join(out, ",")
}
