// Package e2e has only tests. They run the built program in every scenario of the lab,
// in network namespaces, and compare its findings with those that the scenario wants.
package e2e
