# Sirius: every verb with one line of help; plain `make` prints them.
# NETWORK=file.toml chooses another network, LAYERS=ledger the layers that start (all).

CARGO   ?= cargo
NETWORK ?= localnet/networks/local.toml
LAYERS  ?=
SECONDS ?= 30
# One selection of crates for every verb, or cargo would build shared dependencies again with other features.
PROFILE := --release --locked --workspace
BENCH   := $(CARGO) bench --profile release --locked --workspace
BIN     := $(or $(CARGO_TARGET_DIR),target)/release

.DEFAULT_GOAL := help
.PHONY: help build tools proto fmt lint tidy unit test golden sim e2e chaos load bench docs deny fuzz sbom \
        release check localnet localnet-status localnet-down localnet-reset perturb ci

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

build: ## build abci-app, mongo-ledger, sirius and localnet
	$(CARGO) build $(PROFILE)

tools: build ## build the pinned document server, and CometBFT unless PATH has that version
	$(BIN)/localnet tools

proto: ## write Rust and descriptors of the contracts (*.proto) anew
	$(CARGO) run --release --locked -q -p sirius-tests --bin proto

fmt: ## format the code
	$(CARGO) fmt --all
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml

lint: ## formatting, clippy and documentation, warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check
	$(CARGO) clippy $(PROFILE) --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc $(PROFILE) --no-deps -q

tidy: ## the rules of the house as tests
	$(CARGO) test $(PROFILE) --test tidy

unit: build tools ## unit and property tests of every crate, and documentation examples
	$(CARGO) test $(PROFILE)

golden: ## what must not change by accident: keys, codes, URLs, app hash; UPDATE_GOLDEN=1 accepts
	$(CARGO) test --release --locked -p sirius-ledger golden
	$(CARGO) test --release --locked -p cometbft-config

sim: ## random histories of all modules; SEED=n replays one
	$(CARGO) test $(PROFILE) --test sim

e2e: build tools ## a real network under real clients
	$(CARGO) test $(PROFILE) --test e2e --test database --test bridge

chaos: build tools ## kills and other faults under load: nothing acknowledged is lost; KILLS=n, CRASHES=all, SEED=n
	$(CARGO) test $(PROFILE) --test chaos --test drills --test database_chaos

load: build tools ## saturate four validators, beside CometBFT's kvstore and with documents in memory, and compare
	$(BENCH) --bench load --bench database --bench rest

bench: build tools ## every figure of the README; results also in target/bench/*.json
	$(BENCH) --bench socket --bench commit --bench hooks --bench validate --bench keys --bench bundle --bench anchor
	$(BENCH) --bench block --bench snapshot --bench assets --bench sync
	$(MAKE) load

docs: ## the documentation of every crate, in target/doc
	$(CARGO) doc $(PROFILE) --no-deps

deny: ## licences, bans and sources of dependencies; ADVISORIES=fetch known weaknesses too
	.ci/tools cargo-deny
	.ci/deny

fuzz: ## every fuzz target from its corpus; SECONDS=n each (30)
	.ci/tools cargo-fuzz
	.ci/fuzz $(SECONDS)

sbom: ## what each program is made of, as CycloneDX JSON in target/sbom
	.ci/tools cargo-cyclonedx
	.ci/sbom

release: ## reproducible programs with checksums in target/dist; MINISIGN_KEY=file signs them
	.ci/tools cargo-cyclonedx
	.ci/release

check: lint tidy unit ## what to run before a commit

test: tidy unit sim e2e chaos ## everything a newcomer should see pass

localnet: build tools ## start four hosts in the background and say where they are; LAYERS=ledger leaves the database out
	@$(BIN)/localnet up $(if $(LAYERS),--layers $(LAYERS)) $(NETWORK)

localnet-status: ## how the network is
	@$(BIN)/localnet status

localnet-down: ## stop the network; its state stays
	@$(BIN)/localnet down

localnet-reset: ## stop the network and delete its state
	@$(BIN)/localnet reset

perturb: ## HOST=n FAULT=kill|pause|restart|disconnect|kill-documents|… upon the running network
	@$(BIN)/localnet perturb $(HOST) $(FAULT)

ci: deny fuzz test ## what .ci/run runs
