//go:build !race

package main

// raceDetector: the tests run as fast as the program.
const raceDetector = false
