// Package diagnose says what a run's observations mean: which causes hold,
// which targets and capabilities they take down, and what to change.
//
// [Judge] is its entry: observations in, a [Report] out. The observations come
// from package probe, or from the member "observations" of a saved JSON report
// (report.ReadJSON). A report has a [Verdict] for the run, for each requested
// capability and for each target, and a [Finding] for each cause.
//
// It is a pure function of the observations. It opens no socket and no file,
// reads no environment and no clock, and prints nothing: a run that was
// saved on a broken node can be judged again anywhere. Package report renders
// the judgement.
//
// It is one package, because a cause is one value: where it holds, on which others
// it depends, and how it is described all use the same facts, and a boundary
// between them would only force exporting these. Files are grouped by their first
// word:
//
//   - facts: what the causes need to know of the observations, derived once. They
//     judge nothing, and know neither causes nor words; a test enforces that.
//   - agentlog, clock, connect, credentials, dns, http, node, proxy, s3, tls,
//     fallback: a family of causes each: its codes, where each holds, and how it is
//     described.
//   - judge: which matches count, and what follows for targets and capabilities.
//   - finding: what a finding has for programs: its object, its actions, its node.
//   - words: what several families say: paths, commands that confirm a finding, and
//     their quoting.
//   - lists: what package slices lacks.
package diagnose
