// Package lab is a network to test ssmcheck against: nameservers, instance
// metadata, AWS's servers, S3, proxies, and faults to put into them.
//
// A Scenario describes one World: a healthy base, and what is broken in it.
// Packages scenarios and hostile list them. Serve starts the servers of a world;
// each kind has a file, first its data and then how it answers.
//
// There are two ways to run a world. Mapped lets the servers listen on free ports
// of loopback, and returns a probe.Prober that sees them at their real addresses;
// it needs no privileges and works on every system. Package netns gives them their
// real addresses and ports in network namespaces, for the unmodified program.
//
// The lab knows what a run must find in each scenario, not how. It judges nothing,
// and is not linked into ssmcheck.
package lab
