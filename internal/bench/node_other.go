//go:build !linux

package main

import (
	"io"

	"github.com/ssmcheck/ssmcheck/internal/lab/netns"
)

// atNode measures one case in the node's place.
func atNode([]string, io.Writer) error { return netns.ErrNotHere }
