// That a function has no body, the compiler takes of a package with assembly.
