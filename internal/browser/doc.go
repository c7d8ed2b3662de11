// Package browser tries the HTML report in a real browser: headless Chromium,
// driven over its debugging protocol.
//
// It has tests alone, and nothing of it is linked into ssmcheck. It does not
// test what a report says; it tests that the page says the same, runs nothing
// of what the report holds, and can be read by everyone.
package browser
