//go:build race

package report_test

// raceDetector: the tests run under the race detector, and take their time.
const raceDetector = true
