// Package diagnose says what a run's observations mean: which causes hold,
// which targets and capabilities they take down, and what to change.
//
// [Judge] is its entry: observations in, a [Report] out. The observations come
// from package probe, or from the member "observations" of a saved JSON report
// (report.ReadJSON). A report has a [Verdict] for the run, for each requested
// capability and for each target, and a [Finding] for each cause.
//
// It is a pure function of the observations. It opens no socket and no file,
// reads no environment and no clock, and it does not print: a run that was
// saved on a broken node can be judged again anywhere. Package report renders
// the judgement.
//
// A file holds one family of causes: their codes, where each holds, and how
// it is described. The facts_*.go files derive what the causes ask of the
// observations; they judge nothing. judge.go and verdict.go decide which
// matches count and what follows for targets and capabilities, and finding.go
// makes the findings.
package diagnose
