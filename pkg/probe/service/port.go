package service

import (
	"errors"
	"strconv"
)

var errPort = errors.New("its port is no number from 1 to 65535")

// ParsePort reads the number of a port.
func ParsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, errPort
	}
	return uint16(n), nil
}
