package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/appends"
	"golang.org/x/tools/go/analysis/passes/assign"
	"golang.org/x/tools/go/analysis/passes/atomic"
	"golang.org/x/tools/go/analysis/passes/bools"
	"golang.org/x/tools/go/analysis/passes/composite"
	"golang.org/x/tools/go/analysis/passes/copylock"
	"golang.org/x/tools/go/analysis/passes/defers"
	"golang.org/x/tools/go/analysis/passes/errorsas"
	"golang.org/x/tools/go/analysis/passes/hostport"
	"golang.org/x/tools/go/analysis/passes/httpresponse"
	"golang.org/x/tools/go/analysis/passes/ifaceassert"
	"golang.org/x/tools/go/analysis/passes/loopclosure"
	"golang.org/x/tools/go/analysis/passes/lostcancel"
	"golang.org/x/tools/go/analysis/passes/nilfunc"
	"golang.org/x/tools/go/analysis/passes/printf"
	"golang.org/x/tools/go/analysis/passes/shift"
	"golang.org/x/tools/go/analysis/passes/sigchanyzer"
	"golang.org/x/tools/go/analysis/passes/slog"
	"golang.org/x/tools/go/analysis/passes/stdmethods"
	"golang.org/x/tools/go/analysis/passes/stdversion"
	"golang.org/x/tools/go/analysis/passes/stringintconv"
	"golang.org/x/tools/go/analysis/passes/structtag"
	"golang.org/x/tools/go/analysis/passes/testinggoroutine"
	"golang.org/x/tools/go/analysis/passes/tests"
	"golang.org/x/tools/go/analysis/passes/timeformat"
	"golang.org/x/tools/go/analysis/passes/unmarshal"
	"golang.org/x/tools/go/analysis/passes/unreachable"
	"golang.org/x/tools/go/analysis/passes/unsafeptr"
	"golang.org/x/tools/go/analysis/passes/unusedresult"
	"golang.org/x/tools/go/analysis/passes/waitgroup"
)

// analyzers are those of `go vet`, except the few for assembly, cgo or comments, which
// this module's files for other systems do not have. They know facts about the module's
// own packages only.
var analyzers = []*analysis.Analyzer{
	appends.Analyzer, assign.Analyzer, atomic.Analyzer, bools.Analyzer, composite.Analyzer, copylock.Analyzer, defers.Analyzer,
	errorsas.Analyzer, hostport.Analyzer, httpresponse.Analyzer, ifaceassert.Analyzer, loopclosure.Analyzer, lostcancel.Analyzer,
	nilfunc.Analyzer, printf.Analyzer, shift.Analyzer, sigchanyzer.Analyzer, slog.Analyzer, stdmethods.Analyzer,
	stdversion.Analyzer, stringintconv.Analyzer,
	structtag.Analyzer, testinggoroutine.Analyzer, tests.Analyzer, timeformat.Analyzer, unmarshal.Analyzer, unreachable.Analyzer,
	unsafeptr.Analyzer, unusedresult.Analyzer, waitgroup.Analyzer,
}

// facts are what analyzers recorded about packages and objects, by the object (or
// *types.Package) and the type of the fact.
type facts map[factKey]analysis.Fact

type factKey struct {
	of   any
	kind reflect.Type
}

func (f facts) load(of any, into analysis.Fact) bool {
	known, ok := f[factKey{of, reflect.TypeOf(into)}]
	if ok {
		reflect.ValueOf(into).Elem().Set(reflect.ValueOf(known).Elem())
	}
	return ok
}

func (f facts) store(of any, fact analysis.Fact) { f[factKey{of, reflect.TypeOf(fact)}] = fact }

// vet runs the analyzers on a package.
func (c *checker) vet(p *types.Package, parsed []*ast.File, info *types.Info) {
	results := map[*analysis.Analyzer]any{}
	for _, a := range analyzers {
		c.analyze(a, results, analysis.Pass{
			Fset: c.files.set, Files: parsed, Pkg: p, TypesInfo: info, TypesSizes: c.sizes, ResultOf: results,
			ImportObjectFact:  func(o types.Object, into analysis.Fact) bool { return c.facts.load(o, into) },
			ExportObjectFact:  func(o types.Object, fact analysis.Fact) { c.facts.store(o, fact) },
			ImportPackageFact: func(o *types.Package, into analysis.Fact) bool { return c.facts.load(o, into) },
			ExportPackageFact: func(fact analysis.Fact) { c.facts.store(p, fact) },
			AllObjectFacts:    func() []analysis.ObjectFact { return nil },
			AllPackageFacts:   func() []analysis.PackageFact { return nil },
		})
	}
}

// analyze runs an analyzer, after those that it requires.
func (c *checker) analyze(a *analysis.Analyzer, results map[*analysis.Analyzer]any, pass analysis.Pass) {
	if _, done := results[a]; done {
		return
	}
	for _, wanted := range a.Requires {
		c.analyze(wanted, results, pass)
	}
	pass.Analyzer = a
	pass.Report = func(d analysis.Diagnostic) {
		c.fail(fmt.Errorf("%s: %s (%s)", c.files.set.Position(d.Pos), d.Message, a.Name))
	}
	result, err := a.Run(&pass)
	if err != nil {
		c.fail(fmt.Errorf("%s: %s: %w", pass.Pkg.Path(), a.Name, err))
	}
	results[a] = result
}
