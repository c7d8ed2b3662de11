//go:build !race

package report_test

// raceDetector: the tests run as fast as the program.
const raceDetector = false
