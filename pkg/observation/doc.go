// Package observation is the facts of one run: what a node observed of itself,
// of its nameservers and of the endpoints that Systems Manager needs, and how
// they are written as JSON.
//
// It has no input and output: it opens no socket, reads no file and starts no
// process, and a test keeps the packages that do out of its imports. It judges
// nothing: it knows no cause and no severity. Its functions are those that must
// be the same for the run and for whoever judges it later: which of two
// attempts counts, what proves AWS, what kind of address one is, what may be
// shown of a setting that may hold a secret.
//
// No fact here holds a credential, a token or a password: Secrets keeps them
// out of the facts' texts. What a run needs of them is kept separately, in
// package probe.
package observation
