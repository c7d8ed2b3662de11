package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTell(t *testing.T) {
	const events = `{"Action":"start","Package":"p/a"}
{"ImportPath":"p/c","Action":"build-output","Output":"c.go:1: no such thing\n"}
{"Action":"run","Package":"p/a","Test":"TestGood"}
{"Action":"output","Package":"p/a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"output","Package":"p/a","Test":"TestGood","Output":"    a_test.go:1: chatter\n"}
{"Action":"output","Package":"p/a","Test":"TestGood","Output":"    a_test.go:2: SKIP: part of it\n"}
{"Action":"output","Package":"p/b","Test":"TestBad","Output":"=== RUN   TestBad\n"}
{"Action":"output","Package":"p/b","Test":"TestBad/one","Output":"=== RUN   TestBad/one\n"}
{"Action":"output","Package":"p/a","Test":"TestGood","Output":"--- PASS: TestGood (0.10s)\n"}
{"Action":"pass","Package":"p/a","Test":"TestGood"}
{"Action":"output","Package":"p/a","Test":"TestNot","Output":"    a_test.go:3: SKIP: no tool\n"}
{"Action":"output","Package":"p/a","Test":"TestNot","Output":"--- SKIP: TestNot (0.00s)\n"}
{"Action":"skip","Package":"p/a","Test":"TestNot"}
{"Action":"output","Package":"p/b","Test":"TestBad/one","Output":"    b_test.go:4: wrong\n"}
{"Action":"output","Package":"p/b","Test":"TestBad/one","Output":"    --- FAIL: TestBad/one (0.00s)\n"}
{"Action":"fail","Package":"p/b","Test":"TestBad/one"}
{"Action":"output","Package":"p/b","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}
{"Action":"fail","Package":"p/b","Test":"TestBad"}
{"Action":"output","Package":"p/b","Test":"TestHangs","Output":"    b_test.go:9: before it hung\n"}
{"Action":"output","Package":"p/a","Output":"PASS\n"}
{"Action":"output","Package":"p/a","Output":"ok  \tp/a\t0.1s\n"}
{"Action":"pass","Package":"p/a"}
{"Action":"output","Package":"p/b","Output":"panic: test timed out\n"}
{"Action":"output","Package":"p/b","Output":"FAIL\tp/b\t0.1s\n"}
{"Action":"fail","Package":"p/b"}
{"Action":"output","Package":"p/c","Output":"FAIL\tp/c [build failed]\n"}
{"Action":"fail","Package":"p/c","FailedBuild":"p/c"}
no event at all
`
	const want = `c.go:1: no such thing
    a_test.go:2: SKIP: part of it
    a_test.go:3: SKIP: no tool
--- SKIP: TestNot (0.00s)
    b_test.go:4: wrong
    --- FAIL: TestBad/one (0.00s)
--- FAIL: TestBad (0.00s)
ok  	p/a	0.1s
panic: test timed out
FAIL	p/b	0.1s
    b_test.go:9: before it hung
FAIL	p/c [build failed]
no event at all
`
	var got strings.Builder
	failed, err := summarise(&got, strings.NewReader(events))
	if err != nil {
		t.Fatal(err)
	}
	wantFailed := []string{"p/b TestBad/one", "p/b TestBad", "p/b TestHangs (it did not end)", "p/b", "p/c"}
	if diff := cmp.Diff(wantFailed, failed); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}
