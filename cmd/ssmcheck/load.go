package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// loadReport reads a report that ssmcheck wrote with -o json; the path "-" is
// standard input. A file that is not a report is a usage error.
func (s system) loadReport(ctx context.Context, path string) (*report.Document, error) {
	name := path
	if path == "-" {
		name = "standard input"
	}
	type content struct {
		bytes []byte
		err   error
	}
	// Reading a pipe without a writer blocks for ever; an interrupt must end
	// the program nevertheless.
	read := make(chan content, 1)
	go func() {
		b, err := s.readInput(path)
		read <- content{b, err}
	}()
	select {
	case <-ctx.Done():
		return nil, unfinished(fmt.Errorf("interrupted while reading %s", name))
	case c := <-read:
		if c.err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", name, systemReason(c.err))
		}
		d, err := report.ReadJSON(bytes.NewReader(c.bytes))
		if err != nil {
			return nil, fmt.Errorf("%s: %w; give a report written with -o json", name, err)
		}
		return d, nil
	}
}

// readInput reads a file up to one byte more than the largest report.
func (s system) readInput(path string) ([]byte, error) {
	var r io.Reader
	if path == "-" {
		r = s.stdin
		if r == nil {
			return nil, errors.New("there is no standard input")
		}
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	return io.ReadAll(io.LimitReader(r, report.MaxFile+1))
}
