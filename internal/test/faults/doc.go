// Package faults has only tests: whatever Go code does in a live backend, the
// session gets an ERROR or a result, and goes on with the same process.
//
// Its tables say what functions do (testdata/faults), where in SQL they are
// called, and what the session gets to see. docs/faults.md is rendered from them:
//
//	go test ./internal/test/faults -run Docs -update
package faults
