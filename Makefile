# Everything here needs Go and git; what needs more says so. Targets with a ## are listed by `make help`.
SHELL := /bin/bash
STACK ?= poc
# Quoted wherever a shell reads it: the path of a clone may hold spaces.
LOCAL := $(CURDIR)/.local
TEST  := internal/test
SIM   := internal/sim
# Test programs hold the AWS SDK; without debug information the linker needs a third less time for each.
export GOFLAGS := $(GOFLAGS) -ldflags=-w

.PHONY: help doctor demo demo-preview demo-destroy demo-env gateway gateway-stop unit test test-runtime nightly lint fmt bench cost docs golden limits prices upgrade-fixtures preview up destroy
# Every Go module of the repository.
MODULES := . $(SIM) $(TEST) tools/lint tools/pulumi tools/languagehost

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { gsub(/\$$\$$/, "$$"); printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## deploy the whole stack into a simulated AWS account on this machine (no AWS needed)
	@scripts/demo.sh up

demo-preview: ## preview against the simulated account
	@scripts/demo.sh preview

demo-destroy: ## remove everything from the simulated account
	@scripts/demo.sh destroy

demo-env: ## shell lines that make `pulumi` mean the simulated account: eval "$$(make -s demo-env)"
	@scripts/demo.sh env

gateway: ## the real LiteLLM with its database, behind the edge function, on this machine (needs python3, Node with npm, psql, jq, curl; no AWS)
	@scripts/gateway.sh start

gateway-stop: ## end it; users, keys and spend stay in .local/gateway
	@scripts/gateway.sh stop

unit: ## the quick tests: packages, property tests and the whole program on mocks (under a minute once the SDK is compiled)
	go test -timeout 20m ./...
	cd $(SIM) && go test -timeout 20m ./...

test: unit ## every test that needs only Go: unit, property and engine-level tests, then lint
	@# Where several calls meet in one process.
	cd $(SIM) && go test -race -timeout 20m ./...
	scripts/demo.sh setup
	@# The engine tests build the program themselves, which Go's test cache does not see: a result of before a change would stand.
	cd $(TEST) && go test -count=1 -timeout 40m ./...
	$(MAKE) --no-print-directory lint

test-runtime: ## tests against real programs (needs python3, Node with npm, psql, jq, curl, shellcheck; .ci/run installs them)
	$(TEST)/runtime/setup.sh
	shellcheck -x scripts/*.sh $(TEST)/runtime/setup.sh .ci/run
	shellcheck -s sh rds/*.sh ecs/langfuse/*.sh observability/*.sh
	for program in $(TEST)/runtime/prisma/*.cjs; do node --check $$program || exit 1; done
	scripts/demo.sh setup
	"$(LOCAL)/judges/bin/python" internal/sim/limits/generate.py --check
	"$(LOCAL)/venv/bin/python" $(TEST)/runtime/prices/generate.py --check
	cd $(TEST) && LITELLM="$(LOCAL)/venv/bin/litellm" VICTORIAMETRICS="$(LOCAL)/bin/victoria-metrics" BUSYBOX="$(LOCAL)/bin/busybox/busybox" \
	  JUDGES_PYTHON="$(LOCAL)/judges/bin/python" CLIENTS="$(LOCAL)/clients" go test -count=1 -tags runtime -timeout 40m ./runtime/...
	cat "$(LOCAL)/judges/report.txt"

# Each of these has a sample with a fixed seed in `make test`.
nightly: ## what takes long: a million variants of closed routes, fuzzing, 100 random stacks, every deliberate fault, the benchmarks
	$(MAKE) -C $(TEST)/edge million fuzz bench
	scripts/demo.sh setup
	cd $(TEST) && ENGINE_STACKS=100 go test -count=1 -timeout 90m -run TestRandomValid ./engine
	cd $(TEST) && go test -tags nightly -timeout 60m ./mutants
	$(MAKE) bench

lint: .local/bin/golangci-lint ## go mod tidy and go vet in every module, golangci-lint with gofumpt, actionlint
	@for module in $(MODULES); do echo "go mod tidy -diff in $$module"; go -C $$module mod tidy -diff || exit 1; done
	go vet ./...
	"$(LOCAL)/bin/golangci-lint" run --allow-parallel-runners ./...
	cd $(SIM) && go vet ./... && "$(LOCAL)/bin/golangci-lint" run --allow-parallel-runners ./...
	cd $(TEST) && go vet ./... && go vet -tags runtime ./... && "$(LOCAL)/bin/golangci-lint" run --allow-parallel-runners --build-tags runtime ./...
	"$(LOCAL)/bin/actionlint"

fmt: .local/bin/golangci-lint ## format the Go code
	"$(LOCAL)/bin/golangci-lint" fmt ./...
	cd $(SIM) && "$(LOCAL)/bin/golangci-lint" fmt ./...
	cd $(TEST) && "$(LOCAL)/bin/golangci-lint" fmt ./...

.local/bin/golangci-lint: tools/lint/go.mod tools/lint/go.sum
	@echo "Building the linters (once; a few minutes on two cores) …"
	@mkdir -p "$(LOCAL)/bin"
	go build -C tools/lint -o "$(LOCAL)/bin/actionlint" github.com/rhysd/actionlint/cmd/actionlint
	go build -C tools/lint -o "$(CURDIR)/$@" github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bench: ## preview time against an empty program on the same engine, and its growth with the number of models
	scripts/demo.sh setup
	cd $(TEST) && go test -run '^$$' -bench . -benchtime 1x ./engine

cost: ## what a stack costs per month: make cost STACK=poc [AGAINST=Pulumi.prod.example.yaml]
	@# In the demo's shell (make demo-env) STACK_FILES is the folder of the demo's own stack files.
	@go run ./internal/cost/cmd $(if $(AGAINST),-against "$(AGAINST)") "$(if $(STACK_FILES),$(STACK_FILES)/)Pulumi.$(STACK).yaml"

docs: ## write the generated parts of README.md, docs/decisions.md, Pulumi.yaml and Pulumi.poc.yaml anew
	go run ./internal/docs

limits: ## write what AWS allows in a property (internal/sim/limits) anew from AWS's API models (needs python3)
	$(TEST)/runtime/setup.sh
	"$(LOCAL)/judges/bin/python" internal/sim/limits/generate.py

prices: ## write the list of models that the pinned LiteLLM has a price for (config/prices.txt) anew (needs python3)
	$(TEST)/runtime/setup.sh
	"$(LOCAL)/venv/bin/python" $(TEST)/runtime/prices/generate.py

golden: ## write the golden registrations (testdata/golden) anew; read their diff, and say in CHANGELOG.md what it does
	go test -count=1 -run '^TestGolden' . -update

FROM ?= 1aa2b60
upgrade-fixtures: ## deploy the program of commit FROM into simulated accounts and write the states that the upgrade test previews
	scripts/upgrade-fixtures.sh $(FROM)

doctor: ## look whether the real account has what the stack needs, before the first deploy (STACK=poc; only reads)
	@scripts/doctor.sh --stack $(STACK)

preview: ## preview the real stack (STACK=poc) against what is in the account
	pulumi preview --refresh --stack $(STACK)

up: ## deploy the real stack
	pulumi up --stack $(STACK)

destroy: ## destroy the real stack
	pulumi destroy --stack $(STACK)
