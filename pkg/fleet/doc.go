// Package fleet turns the reports of many nodes into one answer: which causes
// explain the failing nodes.
//
// [Roll.Read] takes a stream of reports from files, directories and readers, a
// [Roll] keeps the newest report of each node, and [Roll.Rollup] counts. [Compare]
// says what changed between two roll-ups. Memory grows with the number of nodes, not
// with the bytes read: of a report only the few members in member.go are decoded.
//
// It does not judge: verdicts and findings are the reports' own. It does not
// render (see the package render), sends nothing, and writes no file. What it
// cannot use it counts and names, and never lets into a verdict.
package fleet
