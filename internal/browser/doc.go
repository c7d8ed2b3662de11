// Package browser has only tests. They open the HTML report in headless Chromium, driven
// through its debugging protocol.
//
// They do not test what a report says, but that the page says the same, runs nothing that
// the report contains, and is accessible.
package browser
