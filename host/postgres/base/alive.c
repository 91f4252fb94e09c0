/*-------------------------------------------------------------------------
 *
 * alive.c
 *	  The way from a reference to a world.
 *
 *-------------------------------------------------------------------------
 */
#include "alive.h"

/* The world has died, but somebody has swallowed the error that said so. */
void
pgstd_throw_ended(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("the Go code of this function was ended by a failure in a function that it had called through SQL")));
}
