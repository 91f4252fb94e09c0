// Package backendfuzz has only tests: random sequences of statements in several
// sessions of one server, as roles that have nothing to do with each other. Functions in
// Go are made, replaced and dropped while they run, and the types and tables that they
// use change under them. A statement may fail; a value is right, a backend lives, can be
// cancelled, has one thread, and keeps nobody waiting.
//
// A sequence follows from its seed. When it fails, what is not needed for the failure
// is taken out, and the rest is shown in a form that can be run again:
//
//	PGSTD_FUZZ=10m        goes on with new seeds for that long ("make soak")
//	PGSTD_FUZZ_SEED=17    only this one
//	PGSTD_FUZZ_REPLAY=f   the statements in file f
//	PGSTD_FUZZ_HOST=X     a host built for tests: clobber, address; see target.HostDebug
//	PGSTD_FUZZ_WITHOUT=X  leaves out what a regular expression finds in "OPERATION: STATEMENT"
//	PGSTD_FUZZ_SHRINK=1m  how long to look for a shorter sequence
//	PGSTD_FUZZ_LOG=f      writes each sequence, before it is run, and to f.last what came of it
package backendfuzz
