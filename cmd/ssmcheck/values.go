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

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// dnsPort is the port of a nameserver unless another one is given.
const dnsPort = 53

// broadcast is never the address of a single host.
var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// maxNameservers is the limit of --nameserver: each one is queried for every
// name, and a run sends at most 300 queries.
const maxNameservers = 6

// maxBuckets is the limit of --bucket: each bucket needs its own connections,
// which take memory and time. A node uses few.
const maxBuckets = 100

// parseServer parses a nameserver's address, with or without a port.
func parseServer(s string) (netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(s)
	if err != nil {
		alone := s
		if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(s, "]") {
			alone = strings.TrimSuffix(inner, "]")
		}
		a, aerr := netip.ParseAddr(alone)
		if aerr != nil {
			return at, fmt.Errorf("not an IP address: %q; give one such as 10.0.0.2", s)
		}
		at = netip.AddrPortFrom(a, dnsPort)
	}
	if observation.ProvenZone(at.Addr()) != at.Addr() {
		return at, fmt.Errorf("not an interface: %q; give its name or number after the address, such as fe80::1%%eth0", at.Addr().Zone())
	}
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	if at.Port() == 0 || at.Addr().IsUnspecified() || at.Addr().IsMulticast() || at.Addr() == broadcast {
		return at, fmt.Errorf("a nameserver cannot have the address %q; give one such as 10.0.0.2", s)
	}
	return at, nil
}

// parseCIDR parses an address block.
func parseCIDR(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		if a, err := netip.ParseAddr(s); err == nil {
			return p, fmt.Errorf("%s is a single address; give a block such as %s/%d", a, a, a.BitLen())
		}
		return p, fmt.Errorf("not a CIDR block: %q; give one such as 10.0.0.0/8", s)
	}
	// Observed IPv4 addresses are unmapped, so a block inside ::ffff:0:0/96 would
	// never match them.
	if a := p.Addr(); a.Is4In6() {
		if p.Bits() < 96 {
			return p, fmt.Errorf("%q is larger than all of IPv4; give a block such as 10.0.0.0/8", s)
		}
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// parseDuration parses a time limit.
func parseDuration(s string) (observation.Elapsed, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil && wellFormedDuration.MatchString(s):
		return 0, fmt.Errorf("duration out of range: %q; give one such as 3s or 5m", s)
	case err != nil:
		return 0, fmt.Errorf("not a duration: %q; give a number and a unit, such as 3s or 500ms", s)
	case d <= 0:
		return 0, fmt.Errorf("duration not positive: %s; give one such as 3s or 500ms", s)
	}
	return observation.Elapsed(d), nil
}

// wellFormedDuration matches the syntax of time.ParseDuration, whose errors have
// no type: it distinguishes a number out of range from a syntax error.
var wellFormedDuration = regexp.MustCompile(`^[-+]?(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`)

// minTimeout is the shortest limit for one attempt. With less, an answer from
// another continent would come too late and count as a failure.
const minTimeout = observation.Elapsed(100 * time.Millisecond)

// parseTimeout parses the limit for one attempt.
func parseTimeout(s string) (observation.Elapsed, error) {
	d, err := parseDuration(s)
	if err == nil && d < minTimeout {
		return 0, fmt.Errorf("%s is too short for a distant server to answer; give %s or more", d, minTimeout)
	}
	return d, err
}

// parseProxy parses auto, none, or a proxy's URL. The URL may contain a
// password, so messages repeat no part of it.
func parseProxy(s string) (string, *url.URL, error) {
	if word := strings.ToLower(s); word == "auto" || word == "none" {
		return word, nil, nil // a host of that name can be given as http://AUTO
	}
	if service.IsPAC(s) {
		return "", nil, errors.New("the agent cannot use a PAC file; give the proxy that it names, such as http://proxy.example.com:3128")
	}
	u := service.ParseProxy(s)
	if u == nil {
		return "", nil, errors.New("not a proxy URL; give auto, none, or a URL such as http://proxy.example.com:3128")
	}
	if !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		return "", nil, errors.New("unsupported scheme; give a URL that begins with http://, https:// or socks5://")
	}
	if port := u.Port(); port != "" && !isPort(port) {
		return "", nil, errors.New("invalid port; give one from 1 to 65535, as in http://proxy.example.com:3128")
	}
	return observation.RedactProxy(u.String()), u, nil
}

// isPort reports whether s is a valid port number.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// parseCapability parses one capability, or all.
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

// parseCode parses the code of a cause.
func parseCode(s string) (string, error) {
	codes := toStrings(diagnose.Codes())
	if slices.Contains(codes, s) {
		return s, nil
	}
	if near := nearest(s, codes); near != "" {
		return "", fmt.Errorf("unknown cause %q; did you mean %s?", s, near)
	}
	return "", fmt.Errorf("unknown cause %q; ssmcheck explain lists the causes", s)
}

func capabilityNames() []string { return toStrings(endpoint.Capabilities()) }

// parseEndpoint parses NAME=HOST. The names of bucket targets depend on the
// Region, so they are checked later.
func parseEndpoint(s string) (name, host string, err error) {
	name, host, ok := strings.Cut(s, "=")
	if !ok {
		return "", "", fmt.Errorf("%q is not NAME=HOST; give one such as ssm=vpce-0123-abcd.ssm.us-east-2.vpce.amazonaws.com", s)
	}
	if names := targetNames(); !slices.Contains(names, name) && !strings.HasPrefix(name, "s3:") {
		return "", "", fmt.Errorf("unknown target %q; give one of %s, or s3:BUCKET", name, strings.Join(names, ", "))
	}
	host, err = endpoint.ParseHost(host)
	return name, host, err
}

// targetNames lists the targets other than buckets, of all partitions: the name
// of the S3 host depends on the partition.
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

// oneOf checks that a value is one of a few words.
func oneOf(s string, words ...string) error {
	if slices.Contains(words, s) {
		return nil
	}
	return fmt.Errorf("unknown value %q; give one of %s", s, strings.Join(words, ", "))
}
