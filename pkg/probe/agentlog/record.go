package agentlog

import (
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxRecord limits what is matched of one record, in bytes.
const maxRecord = 4096

// A record is one entry of the log: a line with a time, and the lines after it
// without one.
type record struct {
	// at is the agent's local time, as if it were UTC.
	at   int64
	file *observation.AgentLogFile
	// source is the kind of log that it is from.
	source source
	// level is the first letter of the level.
	level byte
	text  string
	// cut: the text does not end where the agent ended it.
	cut bool
}

// A source is a kind of log.
type source byte

const (
	fromMain   source = iota
	fromWorker        // the worker's own log, on Windows
	fromErrors
	fromHibernation
)

// records splits a text into records, and ignores what precedes the first.
func records(text string, file *observation.AgentLogFile, from source) []record {
	var all []record
	open := false // the last record may continue
	begin := 0    // of the last record's text
	finish := func(end int) {
		if open {
			r := &all[len(all)-1]
			// The agent may just be writing the log's last line.
			r.cut = end-begin > maxRecord || !strings.HasSuffix(text[:end], "\n")
			r.text = strings.TrimRight(text[begin:min(end, begin+maxRecord)], "\r\n")
		}
	}
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			end = len(text)
		} else {
			end += at + 1
		}
		if when, level, skip := header(text[at:end]); skip > 0 {
			finish(at)
			all = append(all, record{at: when, file: file, source: from, level: level})
			open, begin = true, at+skip
		}
		at = end
	}
	finish(len(text))
	return all
}

// header parses the time and the level that a record begins with, and returns where its
// message begins: "2006-01-02 15:04:05.0000 INFO message". 0: no record begins here.
func header(line string) (at int64, level byte, skip int) {
	const form = "0000-00-00 00:00:00"
	if len(line) < len(form)+len(" INFO ") {
		return 0, 0, 0
	}
	for i := range len(form) {
		digit := line[i] >= '0' && line[i] <= '9'
		if form[i] == '0' && !digit || form[i] != '0' && line[i] != form[i] {
			return 0, 0, 0
		}
	}
	number := func(i, n int) int {
		sum := 0
		for _, c := range []byte(line[i : i+n]) {
			sum = 10*sum + int(c-'0')
		}
		return sum
	}
	month, day, hour, minute, second := number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2)
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return 0, 0, 0
	}
	i := len(form)
	if line[i] == '.' {
		for i++; i < len(line) && line[i] >= '0' && line[i] <= '9'; i++ {
		}
	}
	if i >= len(line) || line[i] != ' ' {
		return 0, 0, 0
	}
	word, _, ok := strings.Cut(line[i+1:min(len(line), i+len(" CRITICAL ")+1)], " ")
	switch word {
	case "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL":
	default:
		return 0, 0, 0
	}
	if !ok {
		return 0, 0, 0
	}
	t := time.Date(number(0, 4), time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t.Unix(), word[0], i + 1 + len(word) + 1
}

// stamp formats a record's time as in the log.
func stamp(at int64) observation.LogTime {
	return observation.LogTime(time.Unix(at, 0).UTC().Format(time.DateTime))
}

// merge merges the records of several logs by time. Each log keeps its own order,
// whatever its clock did.
func merge(logs [][]record) []record {
	var all []record
	for {
		next := -1
		for i, log := range logs {
			if len(log) > 0 && (next < 0 || log[0].at < logs[next][0].at) {
				next = i
			}
		}
		if next < 0 {
			return all
		}
		all = append(all, logs[next][0])
		logs[next] = logs[next][1:]
	}
}
