/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  Runs one SQL statement for a world: by SPI, unless it is a plain SELECT that
 *	  has been prepared; see select.c.
 *
 *-------------------------------------------------------------------------
 */
#include "../session/shared.h"
#include "statements.h"
#include "../values/take.h"
#include "../values/values.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/parse_param.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* What the protocol allows. */
#define MAX_PARAMETERS	65535

/*
 * One run of a statement.  What the world has said of it is taken before anything
 * runs, and lies in the current memory context.
 */
typedef struct Statement
{
	PgstdText	query;
	int			nparams;
	const uint8 *codes;			/* PgstdTypes of the parameters */
	PgstdSlot  *params;
	Oid		   *requested;		/* their types, as far as the world says */
	Oid		   *types;			/* as they are */
	PgstdStatement *kept;		/* NULL: the plan is not kept */
	SPIPlanPtr	plan;
	Datum	   *values;
	char	   *nulls;
	bool		read_only;
	bool		connected;		/* to SPI */
} Statement;

/* The PgstdType of a type that needs no look at the catalog, or PGSTD_VOID. */
static PgstdType
simple_type(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return PGSTD_BOOL;
		case INT2OID:
			return PGSTD_INT2;
		case INT4OID:
			return PGSTD_INT4;
		case INT8OID:
			return PGSTD_INT8;
		case FLOAT4OID:
			return PGSTD_FLOAT4;
		case FLOAT8OID:
			return PGSTD_FLOAT8;
		case TEXTOID:
			return PGSTD_TEXT;
		case BYTEAOID:
			return PGSTD_BYTEA;
		default:
			return PGSTD_VOID;
	}
}

/* How a column is handed over: NULL if its type is one of the simple ones. */
PgstdConv *
pgstd_column_conv(Oid type, int32 typmod, MemoryContext context)
{
	return simple_type(type) != PGSTD_VOID ? NULL : pgstd_conv_natural(type, typmod, context);
}

PgstdType
pgstd_column_type(const PgstdConv *conv, Oid type)
{
	return conv != NULL ? conv->code : simple_type(type);
}

/* Copies the value of a column into the current memory context. */
void
pgstd_put_value(PgstdSlot *slot, PgstdConv *conv, PgstdType type, Datum value, bool isnull)
{
	memset(slot, 0, sizeof(*slot));
	if (isnull)
		slot->flags = PGSTD_SLOT_NULL;
	else if (conv != NULL)
	{
		/* What a slot points to may lie in the value: it has to stay. */
		if (!conv->byval && conv->kind != PGSTD_CONV_TEXT && conv->kind != PGSTD_CONV_BINARY)
			value = conv->len == -1 ? PointerGetDatum(PG_DETOAST_DATUM_COPY(value)) :
				datumCopy(value, false, conv->len);
		pgstd_to_slot(conv, value, false, slot);
	}
	else if (type == PGSTD_TEXT || type == PGSTD_BYTEA)
	{
		struct varlena *bytes = PG_DETOAST_DATUM_COPY(value);

		slot->word = (uint64) VARDATA_ANY(bytes);
		slot->size = (uint32) VARSIZE_ANY_EXHDR(bytes);
	}
	else
		slot->word = (uint64) value;
}

/* A row that a world reads may take as much as a world. */
static void
check_answer(MemoryContext context)
{
	uint64		limit = (uint64) pgstd_limits->max_memory * 1024;

	if (MemoryContextMemAllocated(context, true) > limit)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory: a row that Go code reads takes more than its limit of %s", pgstd_show_bytes(limit)),
				 errhint("Read smaller rows, or increase the configuration parameter \"pgstd.max_memory\".")));
}

/* Makes a row the answer. */
void
pgstd_copy_row(PgstdSQL *sql, TupleDesc desc, const Datum *values, const bool *nulls, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	PgstdSlot  *columns = palloc(sizeof(PgstdSlot) * Max(desc->natts, 1));
	uint32	   *oids = palloc(sizeof(uint32) * Max(desc->natts, 1));
	uint8	   *types = palloc(Max(desc->natts, 1));

	for (int i = 0; i < desc->natts; i++)
	{
		PgstdConv  *conv;

		oids[i] = TupleDescAttr(desc, i)->atttypid;
		conv = pgstd_column_conv(oids[i], -1, context);
		types[i] = (uint8) pgstd_column_type(conv, oids[i]);
		pgstd_put_value(&columns[i], conv, (PgstdType) types[i], values[i], nulls[i]);
		if (conv != NULL || columns[i].size > PGSTD_LARGE)
			check_answer(context);
	}
	MemoryContextSwitchTo(caller);
	sql->ncolumns = (uint64) desc->natts;
	sql->columns = columns;
	sql->column_types = types;
	sql->column_oids = oids;
}

/* The same with the first row of what SPI has. */
static void
copy_first(PgstdSQL *sql, const SPITupleTable *table, MemoryContext context)
{
	TupleDesc	desc = table->tupdesc;
	Datum	   *values = palloc(sizeof(Datum) * Max(desc->natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(desc->natts, 1));

	heap_deform_tuple(table->vals[0], desc, values, nulls);
	pgstd_copy_row(sql, desc, values, nulls, context);
}

/* The text that SQL shows for a value that a world has. */
void
pgstd_show(const WorldRef *world, PgstdShow *show, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	uint8		element = (uint8) (show->type >> 8);
	const uint8 *details = &element;
	PgstdType	code = (PgstdType) (show->type & 0xff);
	Oid			type = OidIsValid(show->oid) ? show->oid : pgstd_default_oid(code);
	PgstdTaking taking;
	PgstdSlot  *slot;
	PgstdConv  *conv;
	bool		isnull;
	Datum		value;
	Oid			output;
	bool		varlena;
	char	   *text;

	pgstd_take_begin(&taking, pgstd_alive(world));
	slot = pgstd_take_bytes(&taking, show->value, sizeof(PgstdSlot));
	pgstd_take_value(&taking, code, (PgstdType) element, slot);
	conv = pgstd_conv_make(code, &details, type, -1, context);
	value = pgstd_from_slot(conv, slot, &isnull);
	getTypeOutputInfo(type, &output, &varlena);
	text = isnull ? pstrdup("") : OidOutputFunctionCall(output, value);
	show->text = (PgstdText) {text, strlen(text)};
	MemoryContextSwitchTo(caller);
}

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
	Oid		   *types;
	int			ntypes;
} Inference;

/* Called for each statement of the text. */
static void
set_up_inference(ParseState *state, void *arg)
{
	Inference  *inference = arg;

	setup_parse_variable_parameters(state, &inference->types, &inference->ntypes);
}

/*
 * Finds out which types a statement asks for, for parameters that shall have those.
 * What may be of any type is a text.  SPI does it, as it knows of transition tables.
 */
static void
infer(const char *query, const Oid *requested, Oid *types, int nparams)
{
	Inference	inference = {
		.types = palloc(sizeof(Oid) * nparams),
		.ntypes = nparams,
	};
	SPIPlanPtr	plan;

	for (int i = 0; i < nparams; i++)
		inference.types[i] = requested[i] == PGSTD_OID_INFER ? InvalidOid : requested[i];
	plan = SPI_prepare_params(query, set_up_inference, &inference, 0);
	if (plan == NULL)
		cannot_prepare();
	SPI_freeplan(plan);
	for (int i = 0; i < nparams; i++)
	{
		Oid			found = inference.types[i];

		if (requested[i] == PGSTD_OID_INFER)
			types[i] = OidIsValid(found) && found != UNKNOWNOID ? found : TEXTOID;
	}
}

/*
 * Takes a parameter.  Texts and bytes, which most are, get the header that PostgreSQL
 * wants to see before them.
 */
static void
take_parameter(PgstdTaking *taking, PgstdType code, PgstdSlot *slot)
{
	if ((code == PGSTD_TEXT || code == PGSTD_BYTEA) && !(slot->flags & PGSTD_SLOT_NULL) &&
		slot->size <= MaxAllocSize - VARHDRSZ - 1)
	{
		struct varlena *value;

		pgstd_take_check(taking, (const void *) slot->word, slot->size);
		pgstd_take_count(taking, slot->size, 1);
		value = palloc(VARHDRSZ + slot->size + 1);
		SET_VARSIZE(value, VARHDRSZ + slot->size);
		memcpy(VARDATA(value), (const void *) slot->word, slot->size);
		VARDATA(value)[slot->size] = '\0';
		slot->word = (uint64) VARDATA(value);
	}
	else
		pgstd_take_value(taking, code, PGSTD_VOID, slot);
}

static Oid
array_type(const PgstdArray *array)
{
	Oid			element = OidIsValid(array->element_oid) ? array->element_oid :
		pgstd_default_oid((PgstdType) array->element);

	return OidIsValid(element) && element != PGSTD_OID_INFER ? get_array_type(element) : InvalidOid;
}

/* The type of a parameter as far as the world says: it identifies the statement. */
static Oid
requested_type(PgstdType code, const PgstdSlot *slot, Oid oid)
{
	Oid			type = OidIsValid(oid) ? oid : pgstd_default_oid(code);

	if (!OidIsValid(type) && code == PGSTD_ARRAY && !(slot->flags & PGSTD_SLOT_NULL))
		type = array_type((const PgstdArray *) slot->word);
	return OidIsValid(type) ? type : PGSTD_OID_INFER;
}

/* Takes what the world says of a statement. */
static void
take_statement(Statement *s, const WorldRef *world, const PgstdSQL *sql)
{
	PgstdTaking taking;
	Oid		   *oids;
	int			n;

	pgstd_take_begin(&taking, pgstd_alive(world));
	if (sql->query.size >= MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("SQL statement of " UINT64_FORMAT " bytes is too long", (uint64) sql->query.size)));
	if (sql->types.size > MAX_PARAMETERS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_ARGUMENTS),
				 errmsg("SQL statement has " UINT64_FORMAT " parameters", (uint64) sql->types.size),
				 errdetail("The maximum is %d.", MAX_PARAMETERS)));
	s->query = pgstd_take_text(&taking, sql->query);
	s->nparams = n = (int) sql->types.size;
	if (n == 0)
		return;
	s->codes = pgstd_take_bytes(&taking, sql->types.data, n);
	s->params = pgstd_take_items(&taking, sql->params, n, sizeof(PgstdSlot));
	oids = sql->oids == NULL ? NULL : pgstd_take_items(&taking, sql->oids, n, sizeof(Oid));
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		take_parameter(&taking, (PgstdType) s->codes[i], &s->params[i]);
	}
	/* From here on the catalog is looked at. */
	s->values = palloc((sizeof(Datum) + 2 * sizeof(Oid) + sizeof(char)) * n);
	s->requested = (Oid *) (s->values + n);
	s->types = s->requested + n;
	s->nulls = (char *) (s->types + n);
	for (int i = 0; i < n; i++)
		s->types[i] = s->requested[i] = requested_type((PgstdType) s->codes[i], &s->params[i],
													   oids != NULL ? oids[i] : InvalidOid);
}

static bool
infers(const Statement *s)
{
	for (int i = 0; i < s->nparams; i++)
		if (s->requested[i] == PGSTD_OID_INFER)
			return true;
	return false;
}

static Datum
parameter(PgstdMaking *making, PgstdType code, const PgstdSlot *slot, Oid type)
{
	const uint8 *details;
	uint8		element = PGSTD_VOID;
	bool		isnull;

	if (slot->flags & PGSTD_SLOT_NULL)
		return (Datum) 0;
	if (code <= PGSTD_LAST_SIMPLE && pgstd_default_oid(code) == type)
	{
		/* See take_parameter. */
		if (code == PGSTD_TEXT || code == PGSTD_BYTEA)
			return PointerGetDatum((char *) slot->word - VARHDRSZ);
		return (Datum) slot->word;
	}
	if (code == PGSTD_ARRAY)
		element = (uint8) ((const PgstdArray *) slot->word)->element;
	details = &element;
	return pgstd_make_value(making, pgstd_conv_make(code, &details, type, -1, CurrentMemoryContext), slot, &isnull);
}

/*
 * A trigger that has transition tables: by their names, which are its own, a
 * statement can mean another thing in another trigger.
 */
static Oid
transition_trigger(FunctionCallInfo fcinfo)
{
	if (!pgstd_has_transition_tables(fcinfo))
		return InvalidOid;
	return trigger_of(fcinfo)->tg_trigger->tgoid;
}

static void
connect_spi(Statement *s, FunctionCallInfo fcinfo)
{
	if (!s->connected)
		pgstd_spi_connect(fcinfo);
	s->connected = true;
}

static bool
is_volatile(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		result;

	/* One that has dropped itself has shown that it writes. */
	if (!HeapTupleIsValid(tuple))
		return true;
	result = ((Form_pg_proc) GETSTRUCT(tuple))->provolatile == PROVOLATILE_VOLATILE;
	ReleaseSysCache(tuple);
	return result;
}

/* A function that is not VOLATILE reads only, and sees what its caller sees. */
static bool
is_read_only(FunctionCallInfo fcinfo)
{
	CallCache  *cache;

	if (fcinfo == NULL || fcinfo->flinfo == NULL)
		return false;
	cache = pgstd_call_cache(fcinfo->flinfo);
	if (cache->generation != pgstd_catalog_generation())
	{
		cache->read_only = !is_volatile(fcinfo->flinfo->fn_oid);
		cache->generation = pgstd_catalog_generation();
	}
	return cache->read_only;
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
		.nparams = s->nparams,
		.requested = s->requested,
		.trigger = transition_trigger(fcinfo),
	};
	char	   *query;

	s->read_only = is_read_only(fcinfo);
	s->kept = pgstd_statement_find(world, &key);
	if (s->kept != NULL)
	{
		s->plan = pgstd_statement_plan(s->kept);
		if (s->nparams > 0)
			memcpy(s->types, pgstd_statement_types(s->kept), sizeof(Oid) * s->nparams);
		return;
	}
	connect_spi(s, fcinfo);
	query = pgstd_cstring(s->query);
	if (infers(s))
		infer(query, s->requested, s->types, s->nparams);
	s->plan = SPI_prepare(query, s->nparams, s->types);
	if (s->plan == NULL)
		cannot_prepare();
	s->kept = pgstd_statement_keep(world, &key, s->plan, s->types);
}

static void
release_statement(Statement *s)
{
	if (s->kept != NULL)
		pgstd_statement_release(s->kept);
}

/* Makes the values of the parameters, which may run code: each has to be right after all. */
static void
bind_parameters(Statement *s)
{
	PgstdMaking making;

	pgstd_making_begin(&making);
	for (int i = 0; i < s->nparams; i++)
	{
		s->values[i] = parameter(&making, (PgstdType) s->codes[i], &s->params[i], s->types[i]);
		s->nulls[i] = (s->params[i].flags & PGSTD_SLOT_NULL) ? 'n' : ' ';
	}
	pgstd_making_end(&making);
}

/* The parameters as the executor has them. */
static ParamListInfo
param_list(const Statement *s)
{
	ParamListInfo list;

	if (s->nparams == 0)
		return NULL;
	list = makeParamList(s->nparams);
	for (int i = 0; i < s->nparams; i++)
		list->params[i] = (ParamExternData) {
			.value = s->values[i],
			.isnull = s->nulls[i] == 'n',
			.pflags = PARAM_FLAG_CONST,
			.ptype = s->types[i],
		};
	return list;
}

static void
run_by_spi(Statement *s, PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context)
{
	int			result;

	connect_spi(s, fcinfo);
	result = SPI_execute_plan(s->plan, s->values, s->nulls, s->read_only, (long) sql->max_rows);
	if (result < 0)
		ereport(ERROR,
				(errcode(result == SPI_ERROR_TRANSACTION ? ERRCODE_INVALID_TRANSACTION_TERMINATION :
						 ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this SQL statement cannot be run from a function: %s", SPI_result_code_string(result))));
	sql->nrows = SPI_processed;
	if (SPI_tuptable != NULL && SPI_processed > 0)
		copy_first(sql, SPI_tuptable, context);
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
		bind_parameters(&s);
		/* A plan with transition tables is one for a connection to SPI. */
		if (s.kept == NULL || pgstd_has_transition_tables(fcinfo) ||
			!pgstd_run_select(s.plan, param_list(&s), s.read_only, sql, context))
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
	PG_TRY();
	{
		if (!SPI_is_cursor_plan(s.plan))
			no_rows();
		bind_parameters(&s);
		portal = SPI_cursor_open(NULL, s.plan, s.values, s.nulls, s.read_only);
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
