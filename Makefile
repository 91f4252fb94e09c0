# What there is to do here. Everything is built by the go command alone; these are
# short names for it, and what CI and the README call.

GO ?= go

.PHONY: build demo quick test lint matrix releases compilers toolchains drift bench bench-scale soak soak-asan arm64 stdtest langtest modules stdtest-arm64 setup clean

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

# For work in between: what tests neither builds for the target at length nor starts many
# servers, and the language's basics on the server that is first in PATH.
SLOW = /(cmd/pgbuild|internal/dev/bench|internal/dev/stdtest|internal/surface.*|internal/test/.*|plgo/plgotest|overlay|target|trust/source|trust/object|trust/policy|pg)$$
quick: setup
	$(GO) vet ./...
	@$(GO) run ./internal/dev/testcount -not '$(SLOW)' . 'plgo/plgotest:^TestSQL$$/^basics$$' -- -timeout 5m

# The last line is "N passed, N failed". Packages run at the same time: the library is
# compiled before, and those that take minutes are not left for the end.
LONG = /(cmd/pgbuild|internal/surface|internal/test/(attacks|faults|releases)|plgo/plgotest|target)$$
test: setup
	$(GO) vet ./...
	@$(GO) run ./internal/dev/warm
	@$(GO) run ./internal/dev/testcount -first '$(LONG)' . examples/textkit examples/useful -- -timeout 1h

# What is odd in Go code. Exceptions stand where they are made, each with its reason.
lint:
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

bench: setup bin/pgbuild
	@scripts/bench-setup
	@$(GO) run ./internal/dev/bench

# How costs grow with the work, in build/scale.html; SCALE=-short for small amounts of it.
bench-scale: setup bin/pgbuild
	@scripts/bench-setup
	@$(GO) run ./internal/dev/bench -scale -runs 3 $(SCALE)

# All packs (docs/toolchains.md), each tried on a server; TOOLCHAINS="-pg 18" for a part of it.
toolchains: setup
	@scripts/toolchains $(TOOLCHAINS)

# What a person has to look at in the newest release of each minor of Go.
drift: bin/pgbuild
	@bin/pgbuild overlay drift --go="$$(scripts/newest-go | paste -sd, -)"

# Minutes of everything at once, and of random sequences of statements. "make test" has
# a short form of both.
soak: setup
	PGSTD_SOAK=$${PGSTD_SOAK:-5m} $(GO) test ./internal/test/soak -count=1 -v -timeout 2h
	PGSTD_FUZZ=$${PGSTD_FUZZ:-10m} $(GO) test ./internal/test/backendfuzz -run '^TestFuzz$$' -count=1 -v -timeout 4h

# The latter with a host built for AddressSanitizer, in a server whose allocator overwrites
# what is freed.
soak-asan: setup
	PGSTD_FUZZ=$${PGSTD_FUZZ:-10m} PGSTD_FUZZ_HOST=address $(GO) test ./internal/test/backendfuzz -run '^(TestFuzz|TestHostileCell)$$' -count=1 -v -timeout 4h

# Go's own tests that say most of an architecture, where its assembly is,
# and those that most of the others lean on.
ARM64_STD = bytes|container/heap|context|crypto/aes|crypto/sha256|crypto/sha512|crypto/subtle|encoding/binary|encoding/json|errors|fmt|hash/crc32|internal/bytealg|internal/cpu|internal/runtime/atomic|internal/runtime/maps|math|math/big|reflect|runtime/debug|sort|strconv|strings|sync|sync/atomic|time|unique|weak
# Tests of faults that do the same thousands of times, which an emulator does at a fiftieth of the speed.
ARM64_LONG = TestManyObjects|TestManySessions|TestMemoryFlat|TestMemoryLimits

# The suites that need a server, on each major of PostgreSQL that is tested; MATRIX="-pg 18 -suite language"
# for a part of it. The servers are Debian's, in folders; "make test" starts each of them once.
matrix: setup
	@$(GO) run ./internal/dev/matrix $(MATRIX)

# The suites that depend on the release of Go, whole, for each pair of the release that compiled pgbuild and the
# user's; "make test" has a short form of it.
releases: setup
	PGSTD_RELEASES=all $(GO) test ./internal/test/releases -count=1 -timeout 4h -v -run '^TestReleases$$'

# Everything in C, for each major, with the gcc of each newer Debian, where a warning is an error; "make test"
# does it with this machine's. The compilers are Debian's, in folders.
compilers: setup
	PGSTD_COMPILERS=1 $(GO) test ./target -count=1 -timeout 1h -v -run '^TestCompilers$$'

# On amd64, everything for the other target under an emulator. "make test" has a short form
# of it. The first run unpacks a PostgreSQL for arm64 into the cache; PGSTD_ARM64_MAJOR=18 takes another major.
arm64: setup
	PGSTD_EMULATED=all $(GO) test ./target -count=1 -timeout 1h -run '^(TestRuntime|TestObject|TestModule)$$/^arm64$$'
	$(GO) test ./internal/test/arm64 -count=1 -timeout 1h
	PGSTD_TEST_TARGET=linux-postgres-arm64 $(GO) test ./internal/test/faults -count=1 -timeout 2h -skip '^($(ARM64_LONG))$$'
	$(MAKE) stdtest-arm64

# Go's own tests of its library and of its language, and those of popular modules, on the
# target. What has not changed since the last time is not run again.
stdtest:
	nice -n 10 $(GO) run ./internal/dev/stdtest -j 2 std

langtest:
	nice -n 10 $(GO) run ./internal/dev/stdtest -j 2 lang

modules:
	nice -n 10 $(GO) run ./internal/dev/stdtest -j 2 -go go1.26.8 modules

# A short list under an emulator, which is slow.
stdtest-arm64:
	nice -n 10 $(GO) run ./internal/dev/stdtest -j 2 -go go1.26.8 -target linux-postgres-arm64 -run '^($(ARM64_STD))$$' std

clean:
	rm -rf bin build
