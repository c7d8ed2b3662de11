//go:build !linux

package main

func disturbLess() {}
