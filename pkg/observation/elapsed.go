package observation

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// Elapsed is a duration that is a number of milliseconds in JSON.
type Elapsed time.Duration

// Milliseconds returns e in milliseconds, rounded to the microsecond.
func (e Elapsed) Milliseconds() float64 {
	return math.Round(float64(e)/float64(time.Microsecond)) / 1000
}

// String formats e for people: to a tenth of a millisecond below ten milliseconds, to the
// millisecond below a second, to a tenth of a second above.
func (e Elapsed) String() string {
	ms := e.Milliseconds()
	switch {
	case ms < 10:
		return strconv.FormatFloat(math.Round(ms*10)/10, 'f', -1, 64) + "ms"
	case ms < 1000:
		return strconv.FormatFloat(math.Round(ms), 'f', -1, 64) + "ms"
	}
	return time.Duration(e).Round(100 * time.Millisecond).String()
}

// MarshalJSON writes e in milliseconds.
func (e Elapsed) MarshalJSON() ([]byte, error) { return json.Marshal(e.Milliseconds()) }

// mostElapsed is a hundred days in nanoseconds, longer than any run. The sum of a thousand
// does not overflow.
const mostElapsed = 1 << 53

// UnmarshalJSON reads a number of milliseconds, limited to mostElapsed.
func (e *Elapsed) UnmarshalJSON(b []byte) error {
	var ms float64
	if err := json.Unmarshal(b, &ms); err != nil {
		return err
	}
	ns := math.Round(ms * float64(time.Millisecond))
	*e = Elapsed(max(-mostElapsed, min(ns, mostElapsed)))
	return nil
}
