//go:build !unix

package fleet

const openFlags = 0
