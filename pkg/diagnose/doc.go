// Package diagnose says what a run's observations mean: which causes hold,
// which targets and capabilities they take down, and what to change.
//
// It is a pure function of the observations. It opens no socket and no file,
// reads no environment and no clock, and it does not print: a run that was
// saved on a broken node can be judged again anywhere. How a judgement is told
// is package report's.
package diagnose
