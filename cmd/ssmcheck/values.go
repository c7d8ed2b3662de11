package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// dnsPort is where a nameserver listens, unless another port is given.
const dnsPort = 53

// broadcast is everybody, and so nobody's address.
var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// maxNameservers is how many can be given: each is asked for every name, and a
// run puts 300 questions at most.
const maxNameservers = 6

// maxBuckets is how many can be given: each has connections of its own, which
// take memory and time, and a node has a few.
const maxBuckets = 100

// parseServer reads a nameserver's address, with or without a port.
func parseServer(s string) (netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(s)
	if err != nil {
		alone := s
		if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(s, "]") {
			alone = strings.TrimSuffix(inner, "]")
		}
		a, aerr := netip.ParseAddr(alone)
		if aerr != nil {
			return at, fmt.Errorf("no address of a nameserver: %q; give an IP address such as 10.0.0.2", s)
		}
		at = netip.AddrPortFrom(a, dnsPort)
	}
	if observation.ProvenZone(at.Addr()) != at.Addr() {
		return at, fmt.Errorf("no zone of an address: %q; give the name or the number of an interface, such as fe80::1%%eth0", at.Addr().Zone())
	}
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	if at.Port() == 0 || at.Addr().IsUnspecified() || at.Addr().IsMulticast() || at.Addr() == broadcast {
		return at, fmt.Errorf("no nameserver can be at %q; give an IP address such as 10.0.0.2", s)
	}
	return at, nil
}

// parseCIDR reads a block of addresses.
func parseCIDR(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		if a, err := netip.ParseAddr(s); err == nil {
			return p, fmt.Errorf("%s is one address; give a block, such as %s/%d", a, a, a.BitLen())
		}
		return p, fmt.Errorf("no block of addresses: %q; give one such as 10.0.0.0/8", s)
	}
	// IPv4 addresses are told as such, and no block of ::ffff:0:0/96 has them.
	if a := p.Addr(); a.Is4In6() {
		if p.Bits() < 96 {
			return p, fmt.Errorf("%q is wider than all of IPv4; give a block such as 10.0.0.0/8", s)
		}
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// parseDuration reads a time limit.
func parseDuration(s string) (observation.Elapsed, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil && wellFormedDuration.MatchString(s):
		return 0, fmt.Errorf("out of range: %q; give a duration such as 3s or 5m", s)
	case err != nil:
		return 0, fmt.Errorf("no duration: %q; give a number and a unit, such as 3s or 500ms", s)
	case d <= 0:
		return 0, fmt.Errorf("a duration of %s leaves no time; give one such as 3s or 500ms", s)
	}
	return observation.Elapsed(d), nil
}

// wellFormedDuration matches what time.ParseDuration reads, however large: its
// errors have no type.
var wellFormedDuration = regexp.MustCompile(`^[-+]?(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`)

// leastTimeout is the shortest time for one attempt. An answer from another
// continent needs more than it takes, and would count as none.
const leastTimeout = observation.Elapsed(100 * time.Millisecond)

// parseTimeout reads the time for one attempt.
func parseTimeout(s string) (observation.Elapsed, error) {
	d, err := parseDuration(s)
	if err == nil && d < leastTimeout {
		return 0, fmt.Errorf("in %s no answer comes from afar; give %s or more", d, leastTimeout)
	}
	return d, err
}

// parseProxy reads auto, none, or a proxy's URL. The URL may hold a password,
// so no message repeats any of it.
func parseProxy(s string) (string, *url.URL, error) {
	if word := strings.ToLower(s); word == "auto" || word == "none" {
		return word, nil, nil // a host of that name is given as http://AUTO
	}
	wrong := errors.New("no address of a proxy; give auto, none, or a URL such as http://proxy.example.com:3128")
	if service.IsPAC(s) {
		return "", nil, errors.New("the address of a PAC file, which the agent cannot use; give the proxy that it names, such as http://proxy.example.com:3128")
	}
	u := service.ParseProxy(s)
	if u == nil {
		return "", nil, wrong
	}
	if !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		return "", nil, errors.New("not a proxy of a kind that can be used; give a URL that begins with http://, https:// or socks5://")
	}
	if port := u.Port(); port != "" && !isPort(port) {
		return "", nil, errors.New("no port of a proxy; give one from 1 to 65535, as in http://proxy.example.com:3128")
	}
	return observation.RedactProxy(u.String()), u, nil
}

// isPort reports whether a number can be a port that something listens on.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// parseCapability reads one capability.
func parseCapability(s string) ([]endpoint.Capability, error) {
	if s == "all" {
		return endpoint.Capabilities(), nil
	}
	c, err := endpoint.ParseCapability(s)
	if err != nil {
		if near := nearest(s, capabilityNames()); near != "" {
			err = fmt.Errorf("%w, or all (did you mean %s?)", err, near)
		} else {
			err = fmt.Errorf("%w, or all", err)
		}
		return nil, err
	}
	return []endpoint.Capability{c}, nil
}

func capabilityNames() []string {
	var names []string
	for _, c := range endpoint.Capabilities() {
		names = append(names, string(c))
	}
	return names
}

// parseEndpoint reads NAME=HOST. Of the names, those of buckets depend on the
// Region; they are checked when it is known.
func parseEndpoint(s string) (name, host string, err error) {
	name, host, ok := strings.Cut(s, "=")
	if !ok {
		return "", "", fmt.Errorf("%q is not NAME=HOST; give one such as ssm=vpce-0123-abcd.ssm.us-east-2.vpce.amazonaws.com", s)
	}
	if names := targetNames(); !slices.Contains(names, name) && !strings.HasPrefix(name, "s3:") {
		return "", "", fmt.Errorf("no target %q; give one of %s, or s3:BUCKET", name, strings.Join(names, ", "))
	}
	host, err = endpoint.ParseHost(host)
	return name, host, err
}

// targetNames lists the targets that are no buckets. Which S3 host a Region
// has depends on its partition.
func targetNames() []string {
	var names []string
	for _, name := range []string{"us-east-2", "us-gov-west-1"} {
		r, err := endpoint.LookupRegion(name)
		if err != nil {
			continue
		}
		for _, t := range endpoint.Require(r, endpoint.Capabilities(), endpoint.Options{}).Targets {
			if !strings.HasPrefix(t.Name, "s3:") && !slices.Contains(names, t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	return names
}

// oneOf checks a value that is one of a few words.
func oneOf(s string, words ...string) error {
	if slices.Contains(words, s) {
		return nil
	}
	return fmt.Errorf("no such value: %q; give one of %s", s, strings.Join(words, ", "))
}
