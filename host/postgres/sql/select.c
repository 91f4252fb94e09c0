/*-------------------------------------------------------------------------
 *
 * select.c
 *	  Runs a plain SELECT that has been prepared, without SPI.
 *
 * The usual statement of a function reads a row or two.  What SPI does around the
 * executor (a connection, memory of its own, a copy of each row and of what
 * describes it) is a good part of its time then.  Here the first row goes from the
 * executor into the answer.
 *
 * Whatever is not plain is left to SPI: statements that rules have made several
 * of, that lock or change rows, and those that run where there is no snapshot.
 *
 *-------------------------------------------------------------------------
 */
#include "sql.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "tcop/dest.h"
#include "tcop/utility.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

/* Takes the rows, of which the first is the answer. */
typedef struct Receiver
{
	DestReceiver pub;
	PgstdSQL   *sql;
	MemoryContext context;
	PgstdMaking parts;			/* composite types in the columns, before rows are made */
} Receiver;

static void
receive_start(DestReceiver *self, int operation, TupleDesc desc)
{
	Receiver   *receiver = (Receiver *) self;

	pgstd_making_begin(&receiver->parts);
	pgstd_making_note_columns(&receiver->parts, desc);
}

static bool
receive(TupleTableSlot *tuple, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;

	if (receiver->sql->columns == NULL)
	{
		slot_getallattrs(tuple);
		pgstd_making_end(&receiver->parts);
		pgstd_copy_row(receiver->sql, tuple->tts_tupleDescriptor, tuple->tts_values, tuple->tts_isnull,
					   receiver->context);
	}
	return true;
}

/* Error context callback; the argument is the text of the statement. */
void
pgstd_statement_context(void *arg)
{
	const char *query = arg;
	int			position = geterrposition();

	if (position == 0)
		errcontext("SQL statement \"%s\"", query);
	else
	{
		/* It is one in this statement, not in what the client has sent. */
		errposition(0);
		internalerrposition(position);
		internalerrquery(query);
	}
}

static bool
is_plain(const CachedPlan *plan)
{
	PlannedStmt *statement;

	if (list_length(plan->stmt_list) != 1)
		return false;
	statement = linitial_node(PlannedStmt, plan->stmt_list);
	return statement->commandType == CMD_SELECT && CommandIsReadOnly(statement);
}

static void
run(PlannedStmt *statement, const char *query, ParamListInfo params, Receiver *receiver)
{
	QueryDesc  *desc = CreateQueryDesc(statement, query, GetActiveSnapshot(), InvalidSnapshot,
									   &receiver->pub, params, NULL, 0);

	ExecutorStart(desc, 0);
	pgstd_run_query(desc, receiver->sql->max_rows);
	receiver->sql->nrows = desc->estate->es_processed;
	ExecutorFinish(desc);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
}

/*
 * Runs a plan that SPI keeps, and leaves the answer in sql, allocated in context;
 * false if it is not a plain SELECT.  The current memory context is one for what
 * is needed meanwhile.
 */
bool
pgstd_run_select(SPIPlanPtr plan, ParamListInfo params, bool read_only, PgstdSQL *sql, MemoryContext context)
{
	List	   *sources = SPI_plan_get_plan_sources(plan);
	Receiver	receiver = {
		.pub = pgstd_receiver(receive, receive_start),
		.sql = sql,
		.context = context,
	};
	CachedPlanSource *source;
	CachedPlan *cached;
	ErrorContextCallback callback;

	if (list_length(sources) != 1 || !ActiveSnapshotSet())
		return false;
	source = linitial(sources);
	if (source->commandTag != CMDTAG_SELECT)
		return false;
	callback = (ErrorContextCallback) {
		.previous = error_context_stack,
		.callback = pgstd_statement_context,
		.arg = (void *) source->query_string,
	};
	error_context_stack = &callback;
	cached = GetCachedPlan(source, params, CurrentResourceOwner, NULL);
	if (!is_plain(cached))
	{
		ReleaseCachedPlan(cached, CurrentResourceOwner);
		error_context_stack = callback.previous;
		return false;
	}
	sql->columns = NULL;
	if (!read_only)
	{
		/* It sees what the function has done before, as SPI has it. */
		CommandCounterIncrement();
		PushActiveSnapshot(GetTransactionSnapshot());
	}
	run(linitial_node(PlannedStmt, cached->stmt_list), source->query_string, params, &receiver);
	if (!read_only)
		PopActiveSnapshot();
	ReleaseCachedPlan(cached, CurrentResourceOwner);
	if (!read_only)
		CommandCounterIncrement();
	error_context_stack = callback.previous;
	return true;
}
