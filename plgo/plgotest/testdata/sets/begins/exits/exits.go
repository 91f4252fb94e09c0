// Package exits ends the program.
package exits

import "os"

func init() { os.Exit(4) }

func F() int { return 1 }
