package main

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"region", "vpc-resolver", "nameserver", "output"}
	for in, want := range map[string]string{"regoin": "region", "regio": "region", "Region": "region", "nameservers": "nameserver",
		"vpcresolver": "vpc-resolver", "x": "", "": "", "elsewhere": ""} {
		if got := nearest(in, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", in, got, want)
		}
	}
}
