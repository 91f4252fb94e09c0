/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  Runs SQL for a world: by SPI, unless it is a plain SELECT that has been
 *	  prepared; see select.c.  Several statements in one text are not prepared, as
 *	  each may need what those before it have made.
 *
 *-------------------------------------------------------------------------
 */
#include "sql.h"
#include "params.h"
#include "statements.h"
#include "../base/alive.h"
#include "../base/caller.h"
#include "../base/text.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "parser/parse_node.h"
#include "parser/parser.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

/* One run of a statement. */
typedef struct Statement
{
	PgstdText	query;
	PgstdParams params;
	PgstdStatement *kept;		/* NULL: the plan is not kept */
	SPIPlanPtr	plan;
	const char *list;			/* of several statements, which have no plan */
	bool		read_only;
	bool		connected;		/* to SPI */
} Statement;

static void
cannot_prepare(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("this SQL statement cannot be prepared: %s", SPI_result_code_string(SPI_result))));
}

/* Types of parameters that are being found out. */
typedef struct Inference
{
	const PgstdParams *params;
	PgstdWay	way;
	Oid		   *found;			/* InvalidOid: the statement has asked for none yet */
} Inference;

/* A parameter in the text.  One that says what it is has to be the same thing wherever it stands. */
static Node *
refer(ParseState *state, ParamRef *ref)
{
	const Inference *inference = state->p_ref_hook_state;
	int			i = ref->number - 1;
	Oid			type;
	Param	   *param;

	if (i < 0 || i >= inference->params->n)
		return NULL;
	type = pgstd_params_turn(inference->params, inference->way, i) ? InvalidOid : inference->found[i];
	param = makeNode(Param);
	param->paramkind = PARAM_EXTERN;
	param->paramid = ref->number;
	param->paramtype = OidIsValid(type) ? type : UNKNOWNOID;
	param->paramtypmod = -1;
	param->paramcollid = get_typcollation(param->paramtype);
	param->location = ref->location;
	return (Node *) param;
}

/* What the statement asks for. */
static Node *
ask(ParseState *state, Param *param, Oid type, int32 typmod, int location)
{
	const Inference *inference = state->p_ref_hook_state;
	Oid		   *found;

	if (param->paramkind != PARAM_EXTERN || param->paramtype != UNKNOWNOID)
		return NULL;
	found = &inference->found[param->paramid - 1];
	if (OidIsValid(*found) && *found != type)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("inconsistent types deduced for parameter $%d", param->paramid),
				 errdetail("%s versus %s", format_type_be(*found), format_type_be(type)),
				 parser_errposition(state, param->location)));
	*found = type;
	param->paramtype = type;
	/* The length or precision is for what is done with it. */
	param->paramtypmod = -1;
	param->paramcollid = get_typcollation(type);
	if (location >= 0 && (param->location < 0 || param->location > location))
		param->location = location;
	return (Node *) param;
}

/* Called for each statement of the text. */
static void
set_up_inference(ParseState *state, void *arg)
{
	state->p_ref_hook_state = arg;
	state->p_paramref_hook = refer;
	state->p_coerce_param_hook = ask;
}

/* What is to be done where nobody says what a parameter is, and it matters. */
static void
hint_at_type(void *arg)
{
	const Inference *inference = arg;

	if (geterrcode() != ERRCODE_DATATYPE_MISMATCH && geterrcode() != ERRCODE_INDETERMINATE_DATATYPE)
		return;
	for (int i = 0; i < inference->params->n; i++)
		if (!OidIsValid(inference->found[i]) && !inference->params->is_row[i])
		{
			errhint("Neither Go nor the statement says what $%d is: write $%d::text, or of whatever type it is.", i + 1, i + 1);
			return;
		}
}

/*
 * Finds out which types a statement asks for.
 * What may be of any type is a text.  SPI does it, as it knows of transition tables.
 */
static void
infer(const char *query, PgstdParams *params, PgstdWay way)
{
	Inference	inference = {
		.params = params,
		.way = way,
		.found = palloc(sizeof(Oid) * params->n),
	};
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = hint_at_type,
		.arg = &inference,
	};
	SPIPlanPtr	plan;

	for (int i = 0; i < params->n; i++)
	{
		Oid			type = pgstd_params_type(params, way, i);

		inference.found[i] = type == PGSTD_OID_INFER ? InvalidOid : type;
	}
	error_context_stack = &callback;
	plan = SPI_prepare_params(query, set_up_inference, &inference, 0);
	error_context_stack = callback.previous;
	if (plan == NULL)
		cannot_prepare();
	SPI_freeplan(plan);
	for (int i = 0; i < params->n; i++)
		if (!OidIsValid(inference.found[i]) || inference.found[i] == UNKNOWNOID)
			inference.found[i] = TEXTOID;
	pgstd_params_settle(params, way, inference.found);
}

/* Takes what the world says of a statement. */
static void
take_statement(Statement *s, const WorldRef *world, const PgstdSQL *sql)
{
	PgstdTaking taking;

	pgstd_take_begin(&taking, pgstd_alive(world));
	if (sql->query.size >= MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("SQL statement of " UINT64_FORMAT " bytes is too long", (uint64) sql->query.size)));
	s->query = pgstd_take_text(&taking, sql->query);
	pgstd_params_take(&s->params, &taking, sql);
}

static void
connect_spi(Statement *s, FunctionCallInfo fcinfo)
{
	if (!s->connected)
		pgstd_spi_connect(fcinfo);
	s->connected = true;
}

/* Prepares a statement with its parameters meant in a way. */
static void
prepare(Statement *s, const char *query, PgstdWay way)
{
	bool		known = true;

	for (int i = 0; i < s->params.n; i++)
	{
		s->params.types[i] = pgstd_params_type(&s->params, way, i);
		known &= s->params.types[i] != PGSTD_OID_INFER;
	}
	if (!known)
		infer(query, &s->params, way);
	s->plan = SPI_prepare(query, s->params.n, s->params.types);
	if (s->plan == NULL)
		cannot_prepare();
}

/* The same, if the statement makes sense so; else NULL, or what is wrong with it. */
static ErrorData *
try_way(Statement *s, const char *query, PgstdWay way)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		prepare(s, query, way);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	if (error != NULL && ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION)
		ReThrowError(error);
	return error;
}

/*
 * The same where parameters may be meant in several ways: the first in which the statement makes
 * sense counts.  If there is none, what is wrong is what it was with them as the world says.
 */
static void
prepare_any(Statement *s, const char *query)
{
	ErrorData  *error;

	if (pgstd_params_have(&s->params, PGSTD_CLOSE) && try_way(s, query, PGSTD_CLOSE) == NULL)
		return;
	if (!pgstd_params_have(&s->params, PGSTD_ASKED))
	{
		prepare(s, query, PGSTD_STATED);
		return;
	}
	error = try_way(s, query, PGSTD_STATED);
	if (error != NULL && try_way(s, query, PGSTD_ASKED) != NULL)
		ReThrowError(error);
}

/* Whether a text has several statements. */
static bool
is_list(const char *query)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = pgstd_statement_context,
		.arg = (void *) query,
	};
	bool		result;

	if (memchr(query, ';', strlen(query)) == NULL)
		return false;
	error_context_stack = &callback;
	result = list_length(raw_parser(query, RAW_PARSE_DEFAULT)) > 1;
	error_context_stack = callback.previous;
	return result;
}

/*
 * Finds a statement, or prepares it; it is connected to SPI then.  What is kept has
 * to be released.
 */
static void
find_statement(Statement *s, const WorldRef *world, FunctionCallInfo fcinfo)
{
	PgstdStatementKey key = {
		.query = s->query,
		.nparams = s->params.n,
		.requested = s->params.requested,
		.trigger = pgstd_transition_trigger(fcinfo),
	};
	char	   *query;

	s->read_only = pgstd_is_read_only(fcinfo);
	s->kept = pgstd_statement_find(world, &key);
	if (s->kept != NULL)
	{
		s->plan = pgstd_statement_plan(s->kept);
		if (s->params.n > 0)
			memcpy(s->params.types, pgstd_statement_types(s->kept), sizeof(Oid) * s->params.n);
		return;
	}
	connect_spi(s, fcinfo);
	query = pgstd_cstring(s->query);
	if (s->params.n == 0 && is_list(query))
	{
		s->list = query;
		return;
	}
	/* There are no subtransactions then. */
	s->params.sure = IsInParallelMode();
	if (s->params.sure)
		prepare(s, query, pgstd_params_have(&s->params, PGSTD_CLOSE) ? PGSTD_CLOSE : PGSTD_STATED);
	else
		prepare_any(s, query);
	s->kept = pgstd_statement_keep(world, &key, s->plan, s->params.types, pgstd_params_infer(&s->params));
}

static void
release_statement(Statement *s)
{
	if (s->kept != NULL)
		pgstd_statement_release(s->kept);
}

/*
 * So many rows SPI may stop after; 0: none.  Whoever wants one row of a statement that
 * changes rows wants all of them changed, but SPI stops in the middle of that, too.  A
 * SELECT may stop: what its WITH changes, the executor does to the end by itself.
 */
static long
limit_of(const Statement *s, const PgstdSQL *sql)
{
	List	   *sources = SPI_plan_get_plan_sources(s->plan);

	if (list_length(sources) != 1 || ((CachedPlanSource *) linitial(sources))->commandTag != CMDTAG_SELECT)
		return 0;
	return (long) sql->max_rows;
}

/* Notes what the columns of a statement's rows consist of, before there are any. */
static void
note_columns(PgstdMaking *parts, SPIPlanPtr plan)
{
	ListCell   *lc;

	foreach(lc, SPI_plan_get_plan_sources(plan))
	{
		TupleDesc	desc = ((CachedPlanSource *) lfirst(lc))->resultDesc;

		if (desc != NULL)
			pgstd_making_note_columns(parts, desc);
	}
}

static void
run_by_spi(Statement *s, PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context)
{
	PgstdMaking parts;
	int			result;

	connect_spi(s, fcinfo);
	pgstd_making_begin(&parts);
	if (s->list == NULL)
		note_columns(&parts, s->plan);
	result = s->list != NULL ? SPI_execute(s->list, s->read_only, 0) :
		SPI_execute_plan(s->plan, s->params.values, s->params.nulls, s->read_only, limit_of(s, sql));
	if (result < 0)
		ereport(ERROR,
				(errcode(result == SPI_ERROR_TRANSACTION ? ERRCODE_INVALID_TRANSACTION_TERMINATION :
						 ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this SQL statement cannot be run from a function: %s", SPI_result_code_string(result)),
				 result == SPI_ERROR_TRANSACTION ?
				 errhint("A procedure ends a transaction with pg.Commit or pg.Rollback; pg.Subtransaction is for a part of one.") : 0));
	sql->nrows = SPI_processed;
	if (SPI_tuptable == NULL || SPI_processed == 0)
		return;
	pgstd_making_end(&parts);
	pgstd_copy_first(sql, SPI_tuptable, context);
}

/*
 * Runs a statement and leaves the answer in sql, allocated in context.
 */
void
pgstd_execute(const WorldRef *world, PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Statement	s = {0};

	take_statement(&s, world, sql);
	find_statement(&s, world, fcinfo);
	PG_TRY();
	{
		pgstd_params_bind(&s.params);
		/* A plan with transition tables is one for a connection to SPI. */
		if (s.kept == NULL || pgstd_has_transition_tables(fcinfo) ||
			!pgstd_run_select(s.plan, pgstd_params_list(&s.params), s.read_only, sql, context))
			run_by_spi(&s, sql, fcinfo, context);
	}
	PG_FINALLY();
	{
		release_statement(&s);
	}
	PG_END_TRY();
	if (s.connected)
		pgstd_spi_finish();
	MemoryContextSwitchTo(caller);
}

/*
 * A cursor WITH HOLD is filled at the commit, while PostgreSQL drops the portals of
 * the transaction in no particular order.  What a set under it reads has to stay until
 * it has been read.
 */
static void
stay_for_reader(Portal portal)
{
	if (ActivePortal != NULL && (ActivePortal->cursorOptions & CURSOR_OPT_HOLD) &&
		portal->strategy == PORTAL_ONE_SELECT)
		portal->cursorOptions |= CURSOR_OPT_HOLD;
}

pg_noreturn static void
no_rows(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_CURSOR_DEFINITION),
			 errmsg("this SQL statement returns no rows"),
			 errhint("Run it with pg.Exec.")));
}

/*
 * Opens a cursor for a statement that returns rows.  The portal lives until it is
 * closed, or the transaction ends.  Where there are transition tables, it does not
 * outlive the connection in which it was opened: that is the call's then.
 */
Portal
pgstd_open_cursor(const WorldRef *world, const PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Portal volatile portal = NULL;
	Statement	s = {.connected = pgstd_has_transition_tables(fcinfo)};

	take_statement(&s, world, sql);
	connect_spi(&s, fcinfo);
	find_statement(&s, world, fcinfo);
	if (s.list != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_CURSOR_DEFINITION),
				 errmsg("a loop reads the rows of one SQL statement, not of several"),
				 errhint("Run those before it with pg.Exec.")));
	PG_TRY();
	{
		if (!SPI_is_cursor_plan(s.plan))
			no_rows();
		pgstd_params_bind(&s.params);
		portal = SPI_cursor_open(NULL, s.plan, s.params.values, s.params.nulls, s.read_only);
		/* What it fetches from or executes may be another, or gone, since it was prepared. */
		if (portal->tupDesc == NULL)
			no_rows();
		stay_for_reader(portal);
	}
	PG_FINALLY();
	{
		release_statement(&s);
	}
	PG_END_TRY();
	if (s.kept == NULL)
		SPI_freeplan(s.plan);
	if (!pgstd_has_transition_tables(fcinfo))
		pgstd_spi_finish();
	MemoryContextSwitchTo(caller);
	return portal;
}
