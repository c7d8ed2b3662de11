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

// saved reads a report that ssmcheck wrote with -o json; the path "-" is
// standard input. A file that holds none is a mistake on the command line.
func (s system) saved(ctx context.Context, path string) (*report.Document, error) {
	name := path
	if path == "-" {
		name = "standard input"
	}
	type content struct {
		bytes []byte
		err   error
	}
	// A pipe that nobody writes to keeps its reader for ever: an interrupt
	// ends the wait, and with it the program.
	read := make(chan content, 1)
	go func() {
		b, err := s.slurp(path)
		read <- content{b, err}
	}()
	select {
	case <-ctx.Done():
		return nil, unfinished(fmt.Errorf("interrupted while reading %s", name))
	case c := <-read:
		if c.err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", name, bare(c.err))
		}
		d, err := report.ReadJSON(bytes.NewReader(c.bytes))
		if err != nil {
			return nil, fmt.Errorf("%s: %w; give a report that ssmcheck wrote with -o json", name, err)
		}
		return d, nil
	}
}

// slurp reads a file as far as a report can go, and one byte more.
func (s system) slurp(path string) ([]byte, error) {
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
