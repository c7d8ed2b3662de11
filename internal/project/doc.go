// Package project has only tests, of the whole project: imports go one way, every
// package has a comment, the program stays small, and builds are reproducible.
//
// It does not test what the program does: the packages' own tests and the lab do.
package project
