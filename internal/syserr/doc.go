// Package syserr has the error numbers that this system's calls return, for the lab and
// for tests that simulate the system. On Windows they are Winsock's: package syscall
// defines ECONNREFUSED and the others there too, but no call returns them.
//
// It does not interpret the numbers: package attempt does.
package syserr
