# Build, try and test ssmcheck. `make help` lists the targets.

GO ?= go
BIN ?= bin
FUZZTIME ?= 10s
EXE := $(shell $(GO) env GOEXE)

# The version is that of the tag; without a tag the program takes it from the build
# information. No date and no path are built in, so builds are reproducible.
VERSION ?= $(patsubst v%,%,$(shell git describe --tags --dirty 2>/dev/null))
LDFLAGS := -s -w$(if $(VERSION), -X main.version=$(VERSION))
# On Linux the entry point of ssmcheck checks whether standard output is closed: see
# cmd/ssmcheck/start.go.
START := $(if $(filter linux/amd64 linux/arm64 linux/arm linux/386,$(subst $() ,/,$(shell GOOS='$(GOOS)' GOARCH='$(GOARCH)' $(GO) env GOOS GOARCH))),-E main.start)
# go build would fail where git may not read the checkout (another owner).
VCS := $(shell git status --porcelain >/dev/null 2>&1 || echo -buildvcs=false)
BUILD := CGO_ENABLED=0 $(GO) build -trimpath $(VCS)

# The systems that every package must compile for.
PLATFORMS := linux/amd64 linux/arm64 linux/arm linux/386 windows/amd64 darwin/arm64

.DEFAULT_GOAL := help

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build lab ## Try it: the preflight on a healthy network and on a broken one
	$(BIN)/ssmlab$(EXE) demo

.PHONY: build
build: ## Build bin/ssmcheck (for a node: GOOS=linux GOARCH=arm64 make build)
	$(BUILD) -ldflags '$(LDFLAGS) $(START)' -o $(BIN)/ssmcheck$(EXE) ./cmd/ssmcheck

.PHONY: lab
lab: ## Build bin/ssmlab, which runs commands inside the lab network
	$(BUILD) -ldflags '$(LDFLAGS)' -o $(BIN)/ssmlab$(EXE) ./cmd/ssmlab

.PHONY: install
install: ## Install ssmcheck where go install puts programs
	CGO_ENABLED=0 $(GO) install -trimpath $(VCS) -ldflags '$(LDFLAGS) $(START)' ./cmd/ssmcheck

# Two targets at a time, in this order: e2e mostly waits for a network and measures
# time, so targets that compute run beside it; the race detector's tests of the lab,
# which also wait, run after it. The tests under wine, which is slow, run alone. All
# targets run to their end, and the last lines name what failed.
.PHONY: test
test: tools fmt build lab ## Install what the tests need (with apt), then run all tests
	@export TESTS_FAILED="$$(mktemp)"; code=0; \
	$(MAKE) --no-print-directory -k -j2 -o build -o lab e2e vet lint plain analysis race || code=1; \
	$(MAKE) --no-print-directory -o lab test-windows || code=1; \
	cat "$$TESTS_FAILED"; rm -f "$$TESTS_FAILED"; exit $$code

.PHONY: tools
tools: ## Install what the tests need, or say what is missing
	./scripts/test-tools.sh
	@($(GO) mod download && for module in goreleaser golangci-lint small; do GO='$(GO)' ./tools/run.sh $$module -fetch || exit; done) || { \
		echo "SKIP: modules and tools cannot be fetched; what needs them will not be tested" >&2; [ "$$CI" != true ]; }
	@./scripts/analysis.sh -fetch || { \
		echo "SKIP: DuckDB cannot be fetched and built; deploy/analysis will not be tested" >&2; [ "$$CI" != true ]; }

.PHONY: fmt
fmt: ## List files that gofmt would change
	@files=$$(gofmt -l cmd pkg internal packaging deploy); [ -z "$$files" ] || { echo "not gofmt'ed:" $$files; exit 1; }

# To vet for another system, `go vet` compiles every dependency for it.
# internal/typecheck reads them from the sources instead, and runs the same
# analyzers. The tags leave out the clients of the AWS SDK (nosdk) and the driver of
# the browser (nobrowser), which only tests use.
.PHONY: vet
vet: ## go vet, also for every other supported system
	CGO_ENABLED=0 nice $(GO) vet -trimpath ./...
	CGO_ENABLED=0 GO='$(GO)' nice $(GO) run -trimpath $(VCS) ./internal/typecheck -tags nosdk,nobrowser $(PLATFORMS)

.PHONY: lint
lint: ## golangci-lint, and a search for code that only tests call
	nice ./scripts/lint.sh

.PHONY: unit race plain
unit: race plain ## The tests that need no network of their own, also for races
race plain: build lab
	SSMCHECK_BIN='$(abspath $(BIN))' ./scripts/unit-tests.sh $@

.PHONY: test-windows
test-windows: lab ## Run the tests as Windows programs, and ssmcheck.exe in the lab, under wine
	SSMCHECK_BIN='$(abspath $(BIN))' ./scripts/test-windows.sh

.PHONY: test-arch
test-arch: ## Run the unit tests for arm64, arm and 386, under qemu-user
	nice ./scripts/test-arch.sh

.PHONY: analysis
analysis: ## Compare the queries of deploy/analysis, in DuckDB, with ssmcheck fleet
	nice ./scripts/analysis.sh

.PHONY: e2e
e2e: build lab ## Run every scenario of the lab, in network namespaces
	SSMCHECK_BIN='$(abspath $(BIN))' CGO_ENABLED=0 ./scripts/gotest.sh -trimpath -vet=off -count=1 -timeout 45m ./internal/e2e/... ./internal/bench/...

# Measure on a quiet machine: the limits are times. `make bench KEEP=PAGE` also
# writes the table into that page.
.PHONY: bench
bench: build lab ## Measure at several distances, compared with checking by hand (as root)
	$(GO) run $(VCS) ./internal/bench -bin '$(BIN)' -keep '$(KEEP)'
	$(GO) test -run '^$$' -bench . -benchtime 200ms ./pkg/diagnose ./pkg/report

.PHONY: bench-fleet
bench-fleet: build ## Measure ssmcheck fleet on 100,000 reports, compared with jq
	$(GO) run $(VCS) ./internal/fleetbench -bin '$(BIN)'

.PHONY: fuzz
fuzz: ## Run every fuzz target for a short time (FUZZTIME=10s each)
	./scripts/fuzz.sh $(FUZZTIME)

.PHONY: docs
docs: ## Regenerate docs/causes.md, the schemas and the lists in ssmcheck.1
	$(GO) test -count=1 -run '^(TestCausesDocument|TestManPage)$$' ./cmd/ssmcheck -update
	$(GO) test -count=1 -run '^(TestSchemaIsOfTheTypes|TestFleetSchema)$$' ./internal/formatcheck -update

.PHONY: pictures
pictures: build lab ## Regenerate the pictures in README.md (as root, with Chromium)
	./scripts/pictures.sh $(BIN)/ssmlab$(EXE) $(BIN)/ssmcheck$(EXE)

.PHONY: dist
dist: ## Build a release in dist/, without publishing it
	GO='$(GO)' ./packaging/dist.sh

.PHONY: clean
clean: ## Remove build outputs
	rm -rf $(BIN) dist cmd/ssmcheck/*.syso
