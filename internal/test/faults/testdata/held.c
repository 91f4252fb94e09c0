/*
 * Calls a function as an access method does that holds a lock: with interrupts held off.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(call_cancelled);

/* call_cancelled(regproc, text): a cancel has come just before, and comes no second time. */
Datum
call_cancelled(PG_FUNCTION_ARGS)
{
	Oid			function = PG_GETARG_OID(0);
	Datum		result;

	HOLD_INTERRUPTS();
	QueryCancelPending = true;
	InterruptPending = true;
	result = get_func_nargs(function) == 0 ? OidFunctionCall0(function) : OidFunctionCall1(function, PG_GETARG_DATUM(1));
	RESUME_INTERRUPTS();
	PG_RETURN_DATUM(result);
}
