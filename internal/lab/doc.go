// Package lab is a small world to try ssmcheck on: nameservers, instance
// metadata, the edge of AWS, S3, proxies, and faults to put into them.
//
// A Scenario describes one World: a healthy base and what is broken in it. They
// are tables in packages scenarios and hostile. Serve starts a
// world's servers: each kind has a file, first its data and then its answers.
//
// The world is mounted in one of two ways. Mapped lets the servers listen on
// loopback at free ports and gives a probe.Prober that sees them at their real
// addresses; it needs no privilege and works on every system. Package netns
// gives them their real addresses and ports in network namespaces, so that the
// unmodified program can run there.
//
// The lab knows what each scenario wants to be found, and never how it is
// found: it judges nothing. It is not linked into ssmcheck.
package lab
