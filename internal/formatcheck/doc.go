// Package formatcheck has only tests. For every lab scenario, they check each
// report format with its own checker: the JSON Schema (which they also generate
// from the types), promtool, an XML parser. They also check that a redacted
// report leads to the same diagnosis as the original.
package formatcheck
