/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  Runs one SQL statement for a world: by SPI, unless it is a plain SELECT that
 *	  has been prepared; see select.c.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "parser/analyze.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/*
 * Statements that were prepared in this session, by their text and parameter
 * types.  A new one takes the place of another that falls on the same entry,
 * unless that is running.  PostgreSQL sees to it that a plan is made anew when
 * it has to be.
 */
#define NPREPARED		128
#define PREPARED_MAX	8192	/* bytes of a statement that is kept */

typedef struct Prepared
{
	SPIPlanPtr	plan;
	PgstdText	query;
	int			nparams;
	Oid		   *requested;		/* types of parameters as asked for, and as they are */
	Oid			relation;		/* whose transition tables it may use, or InvalidOid */
	int			running;
} Prepared;

static Prepared prepared[NPREPARED];

/* One run of a statement. */
typedef struct Statement
{
	Prepared   *prepared;		/* NULL: the plan is not kept */
	SPIPlanPtr	plan;
	int			nparams;
	Oid		   *types;			/* of the parameters */
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
pgstd_show(PgstdShow *show, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	uint8		element = (uint8) (show->type >> 8);
	const uint8 *details = &element;
	PgstdType	code = (PgstdType) (show->type & 0xff);
	Oid			type = OidIsValid(show->oid) ? show->oid : pgstd_default_oid(code);
	PgstdConv  *conv = pgstd_conv_make(code, &details, type, -1, context);
	bool		isnull;
	Datum		value = pgstd_from_slot(conv, show->value, &isnull);
	Oid			output;
	bool		varlena;
	char	   *text;

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

/* A plan that SPI_finish does not take, or an error. */
static SPIPlanPtr
prepare(const char *query, int nparams, Oid *types, bool keep)
{
	SPIPlanPtr	plan = SPI_prepare(query, nparams, types);

	if (plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this SQL statement cannot be prepared: %s", SPI_result_code_string(SPI_result))));
	if (keep && SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	return plan;
}

/*
 * Finds out which types a statement asks for, for parameters that shall have those.
 * What may be of any type is a text.
 */
static void
infer(const char *query, Oid *types, int nparams)
{
	List	   *raw = pg_parse_query(query);
	Oid		   *found = palloc(sizeof(Oid) * nparams);
	int			nfound = nparams;

	for (int i = 0; i < nparams; i++)
		found[i] = types[i] == PGSTD_OID_INFER ? InvalidOid : types[i];
	/* Anything else cannot be prepared, which will be said then. */
	if (list_length(raw) == 1)
		(void) parse_analyze_varparams(linitial_node(RawStmt, raw), query, &found, &nfound
#if PG_VERSION_NUM >= 150000
									   ,NULL
#endif
			);
	for (int i = 0; i < nparams; i++)
		if (types[i] == PGSTD_OID_INFER)
			types[i] = OidIsValid(found[i]) && found[i] != UNKNOWNOID ? found[i] : TEXTOID;
}

static Oid
array_type(const PgstdArray *array)
{
	Oid			element = OidIsValid(array->element_oid) ? array->element_oid :
		pgstd_default_oid((PgstdType) array->element);

	return OidIsValid(element) && element != PGSTD_OID_INFER ? get_array_type(element) : InvalidOid;
}

/* The types of the parameters as far as the world says: they identify a statement. */
static void
requested_types(const PgstdSQL *sql, Oid *types)
{
	for (uint64 i = 0; i < sql->types.size; i++)
	{
		PgstdType	code = (PgstdType) (uint8) sql->types.data[i];

		types[i] = sql->oids != NULL && sql->oids[i] != 0 ? sql->oids[i] : pgstd_default_oid(code);
		if (!OidIsValid(types[i]) && code == PGSTD_ARRAY && !(sql->params[i].flags & PGSTD_SLOT_NULL))
			types[i] = array_type((const PgstdArray *) sql->params[i].word);
		if (!OidIsValid(types[i]))
			types[i] = PGSTD_OID_INFER;
	}
}

static bool
infers(const Oid *types, int nparams)
{
	for (int i = 0; i < nparams; i++)
		if (types[i] == PGSTD_OID_INFER)
			return true;
	return false;
}

/* The entry that a statement has, or would have. */
static Prepared *
entry_of(PgstdText query, const Oid *types, int nparams)
{
	uint32		hash = DatumGetUInt32(hash_any((const unsigned char *) query.data, (int) query.size));

	for (int i = 0; i < nparams; i++)
		hash = hash * 31 + types[i];
	return &prepared[hash % NPREPARED];
}

static bool
is_prepared(const Prepared *p, PgstdText query, const Oid *types, int nparams, Oid relation)
{
	if (p->plan == NULL || p->relation != relation || p->nparams != nparams || p->query.size != query.size)
		return false;
	for (int i = 0; i < nparams; i++)
		if (p->requested[i] != types[i])
			return false;
	return memcmp(p->query.data, query.data, query.size) == 0;
}

/*
 * Prepares a statement, inside of SPI_connect.  It takes an entry, unless that is
 * in use, or the statement too long.
 */
static void
prepare_statement(Statement *s, Prepared *p, PgstdText text, Oid relation)
{
	bool		keep = p->running == 0 && text.size <= PREPARED_MAX;
	char	   *query = pgstd_cstring(text);
	int			nparams = s->nparams;
	Oid		   *requested = palloc(sizeof(Oid) * Max(nparams, 1));
	char	   *copy;

	memcpy(requested, s->types, sizeof(Oid) * nparams);
	if (infers(requested, nparams))
		infer(query, s->types, nparams);
	s->plan = prepare(query, nparams, s->types, keep);
	if (!keep)
		return;
	if (p->plan != NULL)
	{
		SPI_freeplan(p->plan);
		pfree((void *) p->query.data);
		pfree(p->requested);
	}
	p->plan = s->plan;
	p->relation = relation;
	p->nparams = nparams;
	copy = MemoryContextAlloc(TopMemoryContext, text.size + 1);
	memcpy(copy, text.data, text.size);
	p->query = (PgstdText) {copy, text.size};
	p->requested = MemoryContextAlloc(TopMemoryContext, sizeof(Oid) * (2 * nparams + 1));
	memcpy(p->requested, requested, sizeof(Oid) * nparams);
	memcpy(p->requested + nparams, s->types, sizeof(Oid) * nparams);
	s->prepared = p;
}

static Datum
parameter(PgstdType code, const PgstdSlot *slot, Oid type)
{
	const uint8 *details;
	uint8		element = PGSTD_VOID;
	bool		isnull;

	if (slot->flags & PGSTD_SLOT_NULL)
		return (Datum) 0;
	if (code <= PGSTD_LAST_SIMPLE && pgstd_default_oid(code) == type)
	{
		if (code == PGSTD_TEXT || code == PGSTD_BYTEA)
			return PointerGetDatum(cstring_to_text_with_len((const char *) slot->word, (int) slot->size));
		return (Datum) slot->word;
	}
	if (code == PGSTD_ARRAY)
		element = (uint8) ((const PgstdArray *) slot->word)->element;
	details = &element;
	return pgstd_from_slot(pgstd_conv_make(code, &details, type, -1, CurrentMemoryContext), slot, &isnull);
}

/*
 * The relation of a trigger that has transition tables: by their names, which are
 * the trigger's own, a statement can mean another thing in another trigger.
 */
static Oid
transition_relation(FunctionCallInfo fcinfo)
{
	if (!pgstd_has_transition_tables(fcinfo))
		return InvalidOid;
	return RelationGetRelid(trigger_of(fcinfo)->tg_relation);
}

/* While a plan runs it must not make room for another. */
static void
set_running(Statement *s, int change)
{
	if (s->prepared != NULL)
		s->prepared->running += change;
}

static void
connect(Statement *s, FunctionCallInfo fcinfo)
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

/* Finds a statement, or prepares it; it is connected to SPI then. */
static void
find_statement(Statement *s, const PgstdSQL *sql, FunctionCallInfo fcinfo)
{
	Oid			relation = transition_relation(fcinfo);
	Prepared   *p;

	s->nparams = (int) sql->types.size;
	s->types = palloc(sizeof(Oid) * Max(s->nparams, 1));
	s->values = palloc(sizeof(Datum) * Max(s->nparams, 1));
	s->nulls = palloc(Max(s->nparams, 1));
	s->read_only = is_read_only(fcinfo);
	requested_types(sql, s->types);
	p = entry_of(sql->query, s->types, s->nparams);
	if (!is_prepared(p, sql->query, s->types, s->nparams, relation))
	{
		connect(s, fcinfo);
		prepare_statement(s, p, sql->query, relation);
		return;
	}
	memcpy(s->types, p->requested + s->nparams, sizeof(Oid) * s->nparams);
	s->prepared = p;
	s->plan = p->plan;
}

/* Makes the values of the parameters, which may run code. */
static void
bind(Statement *s, const PgstdSQL *sql)
{
	for (int i = 0; i < s->nparams; i++)
	{
		s->values[i] = parameter((PgstdType) (uint8) sql->types.data[i], &sql->params[i], s->types[i]);
		s->nulls[i] = (sql->params[i].flags & PGSTD_SLOT_NULL) ? 'n' : ' ';
	}
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

	connect(s, fcinfo);
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
pgstd_execute(PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Statement	s = {0};

	find_statement(&s, sql, fcinfo);
	/* Making the values may run code already, which may prepare other statements. */
	set_running(&s, 1);
	PG_TRY();
	{
		bind(&s, sql);
		/* A plan with transition tables is one for a connection to SPI. */
		if (s.prepared == NULL || OidIsValid(s.prepared->relation) ||
			!pgstd_run_select(s.plan, param_list(&s), s.read_only, sql, context))
			run_by_spi(&s, sql, fcinfo, context);
	}
	PG_FINALLY();
	{
		set_running(&s, -1);
	}
	PG_END_TRY();
	if (s.connected)
		pgstd_spi_finish();
	MemoryContextSwitchTo(caller);
}

/*
 * Opens a cursor for a statement that returns rows.  The portal lives until it is
 * closed, or the transaction ends.  Where there are transition tables, it does not
 * outlive the connection in which it was opened: that is the call's then.
 */
Portal
pgstd_open_cursor(const PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Portal volatile portal = NULL;
	Statement	s = {.connected = pgstd_has_transition_tables(fcinfo)};

	connect(&s, fcinfo);
	find_statement(&s, sql, fcinfo);
	if (!SPI_is_cursor_plan(s.plan))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_CURSOR_DEFINITION),
				 errmsg("this SQL statement returns no rows"),
				 errhint("Run it with pg.Exec.")));
	set_running(&s, 1);
	PG_TRY();
	{
		bind(&s, sql);
		portal = SPI_cursor_open(NULL, s.plan, s.values, s.nulls, s.read_only);
	}
	PG_FINALLY();
	{
		set_running(&s, -1);
	}
	PG_END_TRY();
	if (s.prepared == NULL)
		SPI_freeplan(s.plan);
	if (!pgstd_has_transition_tables(fcinfo))
		pgstd_spi_finish();
	MemoryContextSwitchTo(caller);
	return portal;
}
