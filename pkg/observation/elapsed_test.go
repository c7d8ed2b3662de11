package observation

import (
	"encoding/json"
	"testing"
	"time"
)

func TestElapsed(t *testing.T) {
	tests := []struct {
		d    time.Duration
		text string
		json string
	}{
		{0, "0ms", "0"},
		{40 * time.Microsecond, "0ms", "0.04"},
		{412345 * time.Nanosecond, "0.4ms", "0.412"},
		{7 * time.Millisecond, "7ms", "7"},
		{212400 * time.Microsecond, "212ms", "212.4"},
		{3001 * time.Millisecond, "3s", "3001"},
		{61500 * time.Millisecond, "1m1.5s", "61500"},
	}
	for _, tt := range tests {
		if got := Elapsed(tt.d).String(); got != tt.text {
			t.Errorf("%v reads %q, want %q", tt.d, got, tt.text)
		}
		b, err := json.Marshal(Elapsed(tt.d))
		if err != nil || string(b) != tt.json {
			t.Errorf("%v in JSON is %s (%v), want %s", tt.d, b, err, tt.json)
		}
		var back Elapsed
		if err := json.Unmarshal(b, &back); err != nil || back != Elapsed(tt.d.Round(time.Microsecond)) {
			t.Errorf("%s comes back as %v (%v), want %v", b, time.Duration(back), err, tt.d)
		}
	}
}
