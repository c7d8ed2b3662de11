// Package syserr has the error numbers with which the calls of this system fail,
// for the lab and for tests that stand in for it. On Windows they are Winsock's:
// package syscall has ECONNREFUSED and the others there too, but no call gives
// them.
//
// It does not say what a number means: that is package attempt's.
package syserr
