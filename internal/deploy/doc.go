// Package deploy has only tests: of what is in deploy/, by the programs that it is
// for. It deploys nothing.
package deploy
