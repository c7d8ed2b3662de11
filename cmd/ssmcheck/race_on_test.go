//go:build race

package main

// raceDetector: the tests run under the race detector, and take their time.
const raceDetector = true
