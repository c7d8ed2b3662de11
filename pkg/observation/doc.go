// Package observation has the facts of one run: what a node observed about itself, its
// nameservers and the endpoints that Systems Manager needs, and their JSON form.
//
// It does no I/O: it opens no socket, reads no file and starts no process, and a test
// keeps the packages that do out of its imports. It judges nothing: it knows no causes
// and no severities. Its functions are those on which the run and its later judgement must
// agree: which of two attempts counts, what proves AWS, what kind of address one is, what
// may be shown of a setting that may contain a secret.
//
// No fact contains a credential, a token or a password: Secrets keeps them out of texts.
// Those that a run needs are kept separately, in package probe.
package observation
