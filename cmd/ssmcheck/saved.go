package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// A savedReport is a document of a file, which may turn out to be no report.
type savedReport struct {
	// name is the file's; if it holds several documents, with the line where this
	// one begins.
	name    string
	several bool
	text    []byte
	err     error // why there is no text
}

// read decodes a report into memory of its own: no value of one node is ever
// another's.
func (r savedReport) read() (*report.Document, error) {
	if r.err != nil {
		return nil, r.err
	}
	d, err := report.ReadJSON(bytes.NewReader(r.text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; give a report written with -o json", r.name, err)
	}
	return d, nil
}

// loadReport reads a file that holds one report and nothing else.
func (s system) loadReport(ctx context.Context, path string) (d *report.Document, err error) {
	err = s.savedReports(ctx, path, func(r savedReport) (err error) {
		if r.several && r.err == nil {
			return fmt.Errorf("%s: one of several reports; give a file with one", r.name)
		}
		d, err = r.read()
		return err
	})
	return d, err
}

// savedReports calls use for each document of a file, "-" being standard input,
// and last for what could not be read. Its error is use's, or an interrupt.
func (s system) savedReports(ctx context.Context, path string, use func(savedReport) error) error {
	name := path
	if path == fleet.StandardInput {
		name = "standard input"
	}
	reading, end := context.WithCancel(ctx)
	defer end()
	type document struct {
		text []byte
		line int
	}
	found, done, panics := make(chan document), make(chan error, 1), make(chan any, 1)
	// An interrupt must end the program even while it reads a pipe without a
	// writer, which blocks for ever.
	go func() {
		defer func() {
			if p := recover(); p != nil {
				panics <- p
			}
		}()
		done <- s.readDocuments(path, func(text []byte, at fleet.Place) error {
			select {
			case found <- document{text, at.Line}:
				return nil
			case <-reading.Done():
				return reading.Err()
			}
		})
	}()
	var last *document // it may be the only one
	several := false
	useLast := func() error {
		r := savedReport{name: name, several: several, text: last.text}
		if several {
			r.name += ":" + strconv.Itoa(last.line)
		}
		return use(r)
	}
	for {
		select {
		case <-ctx.Done():
			return unfinished(fmt.Errorf("interrupted while reading %s", name))
		case p := <-panics:
			panic(p)
		case d := <-found:
			if last != nil {
				several = true
				if err := useLast(); err != nil {
					return err
				}
			}
			last = &d
		case failed := <-done:
			if ctx.Err() != nil { // it has seen the interrupt first
				continue
			}
			if last == nil && failed == nil {
				last = new(document) // ReadJSON says that it is empty
			}
			if last != nil {
				if err := useLast(); err != nil {
					return err
				}
			}
			switch {
			case errors.Is(failed, fleet.ErrTooLarge):
				failed = fmt.Errorf("%s: %w; what follows it was not read", name, report.ErrTooLarge)
			case failed != nil:
				failed = fmt.Errorf("cannot read %s: %w", name, systemReason(failed))
			default:
				return nil
			}
			return use(savedReport{name: name, several: last != nil, err: failed})
		}
	}
}

// readDocuments calls use for each document of a file.
func (s system) readDocuments(path string, use func([]byte, fleet.Place) error) error {
	r := s.stdin
	if path != fleet.StandardInput {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	} else if r == nil {
		return errors.New("there is no standard input")
	}
	return fleet.Documents(path, r, use)
}
