package pg

import base "github.com/pgstd/pgstd/pg/internal/pg"

// Error is an error with what PostgreSQL's ERROR can carry besides its text.
// Return it as it is or wrapped: the text that the client sees is that of the
// whole chain, everything else comes from the first *Error in it.
type Error = base.Error
