package render

import "testing"

// A share is rounded, and is none or all only of none and all.
func TestShare(t *testing.T) {
	for want, c := range map[string][2]int{
		"-": {0, 0}, "0%": {0, 501}, "<1%": {2, 501}, "1%": {3, 501}, "20%": {100, 501}, "80%": {399, 501}, "99%": {497, 501}, ">99%": {499, 501}, "100%": {501, 501},
	} {
		if got := share(c[0], c[1]); got != want {
			t.Errorf("%d of %d is %s, want %s", c[0], c[1], got, want)
		}
	}
}
