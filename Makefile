# What there is to do here. Everything is built by the go command alone; these are
# short names for it, and what CI and the README call.

GO ?= go

.PHONY: build demo test bench soak setup clean

build: bin/pgbuild

# The go command knows better than make whether there is something to do.
.PHONY: bin/pgbuild
bin/pgbuild:
	$(GO) build -o $@ ./cmd/pgbuild

# Installs what is missing of PostgreSQL and a C compiler; quick when nothing is.
setup:
	@scripts/setup

demo: setup bin/pgbuild
	@scripts/demo

# The last line is "N passed, N failed".
test: setup
	$(GO) vet ./...
	@$(GO) run ./internal/testcount . examples/textkit -- -timeout 30m

bench: setup bin/pgbuild
	@$(GO) run ./internal/bench

# Minutes of everything at once. "make test" has a short form of it.
soak: setup
	PGSTD_SOAK=$${PGSTD_SOAK:-5m} $(GO) test ./internal/soak -count=1 -v -timeout 2h

clean:
	rm -rf bin build
