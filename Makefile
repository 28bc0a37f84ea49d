# All that there is to do with this tree. What it needs is named by .ci/need before
# anything runs; Node is only for the vendors' own clients.

# Everything is pure Go; only the race detector needs a C compiler.
export CGO_ENABLED ?= 0

# The packages where goroutines meet. SQLite is left out: it is Go here, and
# under the race detector ten to forty times slower. -short plays fewer histories.
RACED = ./connectors/... ./reconcile/batch/...

LINT = bin/golangci-lint

CLIENTS = connectors/clientcheck

.DEFAULT_GOAL := help
.PHONY: help demo test check bench bench-incremental campaign clientcheck fuzz fuzz-long generate lint fmt race

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## two simulated companies, one run, workbook, API: http://localhost:8080
	@.ci/need build
	go run ./cmd/tieout demo

test: ## all tests; names what is missing and fails, never skips
	@.ci/need test
	@seed=$$(date +%s); echo "fresh world: TIEOUT_SEED=$$seed"; TIEOUT_SEED=$$seed go test -timeout 15m ./...

check: ## all that a change must pass: generate, format, vet, lint, tidy, clientcheck, race, fuzz, test
	@.ci/need check
	@.ci/phase generate .ci/generated
	@.ci/phase gofmt .ci/formatted
	@.ci/phase tidy go mod tidy -diff
	@.ci/phase vet go vet ./...
	@.ci/phase 'build the linter' $(MAKE) --no-print-directory $(LINT)
	@.ci/phase lint $(MAKE) --no-print-directory lint
	@.ci/phase clientcheck $(MAKE) --no-print-directory clientcheck
	@.ci/phase race $(MAKE) --no-print-directory race
	@.ci/phase fuzz $(MAKE) --no-print-directory fuzz
	@.ci/phase test $(MAKE) --no-print-directory test

race: ## the packages where goroutines meet, under the race detector
	CGO_ENABLED=1 go test -race -short -skip InStores -timeout 15m $(RACED)

clientcheck: $(CLIENTS)/node_modules/.package-lock.json ## the vendors' own npm clients against the simulators
	@.ci/need clientcheck
	@if grep -n '"resolved"' $(CLIENTS)/package-lock.json; then echo "the lock file names a registry; .npmrc is there to prevent it" >&2; exit 1; fi
	@go build -o bin/tieout ./cmd/tieout
	@cd $(CLIENTS) && node --test --test-reporter=spec *.test.js

bench: ## every benchmark: of the packages, and in bench of the whole
	go test -run '^$$' -bench . -benchmem -timeout 60m ./...

bench-incremental: ## what a comparison of 0.1 % changed takes of one of everything, a million invoices a side
	TIEOUT_BENCH_INVOICES=1000000 go test -run '^$$' -bench Incremental -benchtime 1x -timeout 60m ./bench

campaign: ## the long form: random worlds, killed runs, schedules of changes, every fuzz target for a minute
	@.ci/need test
	@go test -list '^Test(Worlds|Killed)' ./cmd/tieout | grep -c '^Test' | grep -qx 2 # without it there is nothing to pass
	@seed=$$(date +%s); echo "fresh worlds and moments: TIEOUT_SEED=$$seed"; TIEOUT_SEED=$$seed TIEOUT_CAMPAIGN=20 go test -count 1 -v -timeout 120m -run 'TestWorlds|TestKilled' ./cmd/tieout
	@TIEOUT_CAMPAIGN=20 go test -count 1 -v -timeout 120m -run 'Busy|GoesOn|Drift|Conformance' ./connectors/hubspot ./connectors/quickbooks
	@.ci/fuzz 1m

fuzz: ## ten seconds of every target that reads what comes from outside
	@.ci/fuzz 10s Wire

fuzz-long: ## ten minutes of every fuzz target
	@.ci/fuzz 10m

generate: ## run every generator
	go generate ./...

lint: $(LINT) ## the linters of .golangci.yml, at the version that tools/go.mod pins
	$(LINT) run

fmt: ## gofmt all Go files
	gofmt -w $$(find . -name '*.go' -not -path '*/node_modules/*' -not -path '*/testdata/*')

# Built once and kept: from nothing it takes two minutes, mostly compiling.
$(LINT): tools/go.mod tools/go.sum
	cd tools && go build -ldflags='-s -w' -o ../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $(LINT)

# Taken from the registry as the lock file has them, and nothing of theirs is run.
$(CLIENTS)/node_modules/.package-lock.json: $(CLIENTS)/package.json $(CLIENTS)/package-lock.json
	@.ci/need clientcheck
	@cd $(CLIENTS) && npm ci --ignore-scripts --loglevel=error >/dev/null
	@touch $@
