//go:build postgres && !pgstdtest

// The types of files are those that the library knows by heart, on every
// machine.
package mime

func initMimeUnix() {}
