// Package told has no code. Its tests hold the formats of the report to their
// own checkers, for what every scenario of the lab gives: the JSON Schema, which
// they also make from the types, promtool, an XML parser; and that a redacted
// report is judged as the whole one is.
package told
