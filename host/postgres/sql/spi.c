/*-------------------------------------------------------------------------
 *
 * spi.c
 *	  Connections to SPI, and what triggers need of them.
 *
 *-------------------------------------------------------------------------
 */
#include "sql.h"

#include "commands/trigger.h"
#include "executor/spi.h"

static TriggerData *
trigger_of(FunctionCallInfo fcinfo)
{
	return fcinfo != NULL && CALLED_AS_TRIGGER(fcinfo) ? (TriggerData *) fcinfo->context : NULL;
}

/* Whether a call has transition tables. */
bool
pgstd_has_transition_tables(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = trigger_of(fcinfo);

	return trigger != NULL && (trigger->tg_oldtable != NULL || trigger->tg_newtable != NULL);
}

/*
 * Connects to SPI; the current memory context stays.  Statements of a trigger
 * function see its transition tables, which SPI knows for one connection at a time.
 */
void
pgstd_spi_connect(FunctionCallInfo fcinfo)
{
	MemoryContext caller = CurrentMemoryContext;
	int			result;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (pgstd_has_transition_tables(fcinfo))
	{
		result = SPI_register_trigger_data(trigger_of(fcinfo));
		if (result < 0)
			elog(ERROR, "SPI_register_trigger_data failed: %s", SPI_result_code_string(result));
	}
	MemoryContextSwitchTo(caller);
}

void
pgstd_spi_finish(void)
{
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

/*
 * A trigger that has transition tables: by their names, which are its own, a
 * statement can mean another thing in another trigger.
 */
Oid
pgstd_transition_trigger(FunctionCallInfo fcinfo)
{
	if (!pgstd_has_transition_tables(fcinfo))
		return InvalidOid;
	return trigger_of(fcinfo)->tg_trigger->tgoid;
}
