/*-------------------------------------------------------------------------
 *
 * caller.h
 *	  The SQL function that a call is for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CALLER_H
#define PGSTD_CALLER_H

#include "../backend.h"

/* What is kept for one place in a query that calls a function, in fn_extra. */
typedef struct CallCache
{
	char	   *signature;		/* for people */
	struct OpenSet *set;		/* that is being read */
	struct Sink *sink;			/* where all rows of one are put */
	bool		read_only;		/* the function is not VOLATILE */
	uint64		generation;		/* of the catalog, when read_only was looked up */
	bool		watched;		/* the end of the memory is known to set.c */
	struct PgstdPlan *window;	/* of a window function, while it runs */
	struct PgstdAhead *ahead;	/* what it asks for; NULL: nothing yet */
	void	   *function;		/* of a language's handler: what is called */
} CallCache;

/* caller.c */
extern CallCache *pgstd_call_cache(FmgrInfo *flinfo);
extern const char *pgstd_signature(FunctionCallInfo fcinfo);
extern bool pgstd_is_read_only(FunctionCallInfo fcinfo);
extern void pgstd_add_context(void *arg);

#endif							/* PGSTD_CALLER_H */
