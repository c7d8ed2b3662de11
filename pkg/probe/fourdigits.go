package probe

import "time"

// inFourDigits gives a time from outside in UTC, or the nearest that has a year
// of one to 9999. An offset may make another one of 9999-12-31; it has no form
// in JSON, and would leave no report to write.
func inFourDigits(t time.Time) time.Time {
	t = t.UTC()
	switch year := t.Year(); {
	case year < 1:
		return time.Time{}
	case year > 9999:
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return t
}
