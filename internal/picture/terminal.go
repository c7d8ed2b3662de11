package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// columns is the width of the terminal; a longer line continues on the next one.
const columns = 82

// The pauses while the command is typed.
const (
	typing = 60 * time.Millisecond
	enter  = 500 * time.Millisecond
)

// A cell is one character of the screen.
type cell struct {
	char   rune
	bold   bool
	colour string // empty: the default
}

// A frame is the screen from a time until the next frame.
type frame struct {
	from  time.Duration
	lines [][]cell
}

// foregrounds are the colours by SGR code.
var foregrounds = map[int]string{
	31: "#ff7b72", 32: "#7ee787", 33: "#f2cc60", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 90: "#8b949e",
}

// replay returns the frames of the command being typed, and of each write in a
// recording.
func replay(recording, timing []byte, command string) ([]frame, error) {
	var frames []frame
	var s screen
	var now time.Duration
	show := func() {
		f := frame{now, s.copied()}
		if last := len(frames) - 1; last >= 0 && slices.EqualFunc(frames[last].lines, f.lines, slices.Equal) {
			return
		}
		frames = append(frames, f)
	}
	s.write("$ ")
	show()
	now += enter
	for _, char := range command {
		s.write(string(char))
		show()
		now += typing
	}
	s.write("\r\n")
	now += enter

	// The recording begins with a header line that the timing does not include.
	_, written, ok := bytes.Cut(recording, []byte("\n"))
	if !ok {
		return nil, errors.New("the recording is empty")
	}
	from := 0
	for line := range strings.Lines(string(timing)) {
		var delay float64
		var n int
		if _, err := fmt.Sscan(line, &delay, &n); err != nil || n < 0 || from+n > len(written) {
			return nil, fmt.Errorf("not a line of this recording's timing: %q", line)
		}
		// Writes without a pause are one frame: script reads 4 KiB at a time.
		if pause := time.Duration(delay * float64(time.Second)).Round(10 * time.Millisecond); pause > 0 {
			s.write(string(written[:from]))
			written, from = written[from:], 0
			show()
			now += pause
		}
		from += n
	}
	s.write(string(written[:from]))
	show()
	if s.unknown != "" {
		return nil, fmt.Errorf("unknown escape sequence %q", s.unknown)
	}
	return frames, nil
}

// A screen is a terminal that supports what ssmcheck writes.
type screen struct {
	lines    [][]cell
	row, col int
	style    cell
	unknown  string // an unsupported escape sequence
}

func (s *screen) write(text string) {
	for text != "" {
		if body, ok := strings.CutPrefix(text, "\x1b["); ok {
			end := strings.IndexFunc(body, func(r rune) bool { return r >= '@' && r <= '~' })
			if end < 0 {
				s.unknown = text
				return
			}
			s.control(body[:end], body[end])
			text = body[end+1:]
			continue
		}
		char, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		switch {
		case char == '\r':
			s.col = 0
		case char == '\n':
			s.row++
		case char < ' ':
			s.unknown = string(char)
		default:
			s.put(char)
		}
	}
}

func (s *screen) put(char rune) {
	if s.col == columns {
		s.row, s.col = s.row+1, 0
	}
	for len(s.lines) <= s.row {
		s.lines = append(s.lines, nil)
	}
	line := &s.lines[s.row]
	for len(*line) <= s.col {
		*line = append(*line, cell{char: ' '})
	}
	(*line)[s.col] = cell{char, s.style.bold, s.style.colour}
	s.col++
}

// control executes a control sequence.
func (s *screen) control(parameters string, command byte) {
	switch {
	case command == 'A': // up
		n, _ := strconv.Atoi(parameters)
		s.row = max(s.row-n, 0)
	case command == 'K' && parameters == "": // clear the rest of the line
		if s.row < len(s.lines) && s.col < len(s.lines[s.row]) {
			s.lines[s.row] = s.lines[s.row][:s.col]
		}
	case command == 'J' && parameters == "": // clear the rest of the screen
		s.control("", 'K')
		s.lines = s.lines[:min(s.row+1, len(s.lines))]
	case command == 'm':
		for code := range strings.SplitSeq(parameters, ";") {
			s.sgr(code)
		}
	default:
		s.unknown = "\x1b[" + parameters + string(command)
	}
}

// sgr sets a colour or weight.
func (s *screen) sgr(code string) {
	n, _ := strconv.Atoi(code) // an empty code is 0
	switch {
	case n == 0:
		s.style = cell{}
	case n == 1:
		s.style.bold = true
	case n == 22:
		s.style.bold = false
	case n == 39:
		s.style.colour = ""
	case foregrounds[n] != "":
		s.style.colour = foregrounds[n]
	}
}

func (s *screen) copied() [][]cell {
	lines := make([][]cell, len(s.lines))
	for i, line := range s.lines {
		lines[i] = slices.Clone(line)
	}
	return lines
}
