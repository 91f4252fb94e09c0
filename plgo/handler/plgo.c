/*-------------------------------------------------------------------------
 *
 * plgo.c
 *	  What PostgreSQL calls: the handlers of the language.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

#include "catalog/pg_proc.h"
#include "commands/proclang.h"
#include "nodes/parsenodes.h"
#include "utils/guc.h"

/* Before PostgreSQL 16 the server's macros leave visibility to us. */
#pragma GCC visibility push(default)
PG_MODULE_MAGIC;
extern void _PG_init(void);
PG_FUNCTION_INFO_V1(plgo_call_handler);
PG_FUNCTION_INFO_V1(plgo_inline_handler);
PG_FUNCTION_INFO_V1(plgo_validator);
#pragma GCC visibility pop

void
_PG_init(void)
{
	pgstd_calls_init();
	plgo_params_init();
	plgo_functions_init();
	plgo_aggregate_init();
}

Datum
plgo_call_handler(PG_FUNCTION_ARGS)
{
	return plgo_call(fcinfo);
}

/* DO */
Datum
plgo_inline_handler(PG_FUNCTION_ARGS)
{
	InlineCodeBlock *block = (InlineCodeBlock *) PG_GETARG_POINTER(0);

	if (block == NULL || !IsA(block, InlineCodeBlock))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("plgo_inline_handler can only be called by DO")));
	plgo_call_inline(plgo_inline_source(block->source_text), block->atomic, fcinfo);
	PG_RETURN_VOID();
}

/*
 * Compiles a new function.  None of its code runs, not even what it does when it
 * is loaded.
 */
Datum
plgo_validator(PG_FUNCTION_ARGS)
{
	Oid			oid = PG_GETARG_OID(0);

	if (!CheckFunctionValidatorAccess(fcinfo->flinfo->fn_oid, oid))
		PG_RETURN_VOID();
	/* A restore brings the objects, or leaves them to the first call. */
	if (check_function_bodies)
	{
		PlgoSource *source = plgo_source(oid);

		plgo_ensure_compiled(source);
		if (source->replaced)
			plgo_store_replace(source);
	}
	PG_RETURN_VOID();
}
