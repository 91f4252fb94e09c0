package a

import (
	_ "github.com/pgstd/pgstd/pg/internal/host" // want "for generated code" "no required module"
	_ "github.com/pgstd/pgstd/pg/pgabi"         // want "for generated code" "no required module"
)
