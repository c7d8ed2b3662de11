// Package e2e holds the end-to-end test: it runs the built program in every
// scenario of the lab, in network namespaces, and wants exactly the findings
// that the scenario names. There is no code in it to import.
package e2e
