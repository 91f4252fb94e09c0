//go:build postgres && !pgstdtest

// Processes are refused before anything is prepared for one.
package syscall

func forkExec(argv0 string, argv []string, attr *ProcAttr) (pid int, err error) { return 0, EPERM }

func Exec(argv0 string, argv []string, envv []string) (err error) { return EPERM }
