// Package report renders a judged run for people and for programs.
//
// [New] makes a [Document] of a judgement and its observations, [ReadJSON] reads
// one that [JSON] wrote. Each format is a function of a document and a writer:
// [Text], [Short], [Markdown] and [HTML] for people, [JSON], [NDJSON], [JUnit],
// [Prometheus] and [Nagios] for programs. The JSON form is stable within its
// [Schema]; texts for people may change with any release.
//
// A view (view.go) selects and words the facts of a run once; each format, in a
// file of its own, lays a view out. The package also renders the list of what a
// node must reach ([NewEndpoints]), the pages of the manual ([Explain]), and
// redacted reports ([NewRedacted]).
//
// It does not judge: what is wrong, and how bad it is, is in the report already.
// It opens no file and no socket; its caller supplies the writer. Whatever came
// from the network is escaped for the format.
package report
