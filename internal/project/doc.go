// Package project has no code: its tests hold what must be true of the whole
// project. Imports go one way, every package says what it is for, the program
// stays small, and two builds of it are the same.
//
// It tests nothing that the program does; that is for the packages' own tests
// and for the lab.
package project
