/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  Runs one SQL statement for a world, by SPI.
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
	char	   *query;
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
	Datum	   *values;
	char	   *nulls;
	bool		read_only;
} Statement;

/*
 * How a column is handed over: NULL if its type is one of the simple ones, which
 * need no look at the catalog.
 */
PgstdConv *
pgstd_column_conv(Oid type, int32 typmod, MemoryContext context)
{
	for (int code = PGSTD_BOOL; code <= PGSTD_LAST_SIMPLE; code++)
		if (pgstd_default_oid((PgstdType) code) == type)
			return NULL;
	return pgstd_conv_natural(type, typmod, context);
}

PgstdType
pgstd_column_type(const PgstdConv *conv, Oid type)
{
	int			code = PGSTD_BOOL;

	if (conv != NULL)
		return conv->code;
	while (pgstd_default_oid((PgstdType) code) != type)
		code++;
	return (PgstdType) code;
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

static void
copy_row(PgstdSQL *sql, SPITupleTable *table, MemoryContext context)
{
	TupleDesc	desc = table->tupdesc;
	MemoryContext spi = MemoryContextSwitchTo(context);
	PgstdSlot  *columns = palloc(sizeof(PgstdSlot) * desc->natts);
	uint8	   *types = palloc(desc->natts);
	uint32	   *oids = palloc(sizeof(uint32) * desc->natts);

	for (int i = 0; i < desc->natts; i++)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(table->vals[0], desc, i + 1, &isnull);
		PgstdConv  *conv;

		oids[i] = SPI_gettypeid(desc, i + 1);
		conv = pgstd_column_conv(oids[i], -1, context);
		types[i] = (uint8) pgstd_column_type(conv, oids[i]);
		pgstd_put_value(&columns[i], conv, (PgstdType) types[i], value, isnull);
	}
	MemoryContextSwitchTo(spi);
	sql->ncolumns = (uint64) desc->natts;
	sql->columns = columns;
	sql->column_types = types;
	sql->column_oids = oids;
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

/*
 * Finds the entry of a statement, which it may have to be prepared for, and the
 * types of its parameters in place of those requested.  NULL: it is not kept.
 */
static Prepared *
find_prepared(const char *query, Oid *types, int nparams, Oid relation)
{
	size_t		size = strlen(query);
	Prepared   *p = &prepared[(DatumGetUInt32(hash_any((const unsigned char *) query, size)) ^
							   DatumGetUInt32(hash_any((const unsigned char *) types, sizeof(Oid) * nparams))) % NPREPARED];
	Oid		   *kept;
	SPIPlanPtr	plan;

	if (p->plan != NULL && p->relation == relation && p->nparams == nparams && strcmp(p->query, query) == 0 &&
		memcmp(p->requested, types, sizeof(Oid) * nparams) == 0)
	{
		memcpy(types, p->requested + nparams, sizeof(Oid) * nparams);
		return p;
	}
	if (p->running > 0 || size > PREPARED_MAX)
	{
		if (infers(types, nparams))
			infer(query, types, nparams);
		return NULL;
	}
	kept = MemoryContextAlloc(CurrentMemoryContext, sizeof(Oid) * (2 * nparams + 1));
	memcpy(kept, types, sizeof(Oid) * nparams);
	if (infers(types, nparams))
		infer(query, types, nparams);
	memcpy(kept + nparams, types, sizeof(Oid) * nparams);
	plan = prepare(query, nparams, types, true);
	if (p->plan != NULL)
	{
		SPI_freeplan(p->plan);
		pfree(p->query);
		pfree(p->requested);
	}
	p->plan = plan;
	p->relation = relation;
	p->nparams = nparams;
	p->query = MemoryContextStrdup(TopMemoryContext, query);
	p->requested = MemoryContextAlloc(TopMemoryContext, sizeof(Oid) * (2 * nparams + 1));
	memcpy(p->requested, kept, sizeof(Oid) * 2 * nparams);
	return p;
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

/* Whether a call is one of a function that reads only. */
static bool
is_read_only(FunctionCallInfo fcinfo)
{
	HeapTuple	tuple;
	bool		volatile_function;

	if (fcinfo == NULL || fcinfo->flinfo == NULL)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
	/* One that has dropped itself has shown that it writes. */
	if (!HeapTupleIsValid(tuple))
		return false;
	volatile_function = ((Form_pg_proc) GETSTRUCT(tuple))->provolatile == PROVOLATILE_VOLATILE;
	ReleaseSysCache(tuple);
	return !volatile_function;
}

/*
 * Makes a statement ready to be run, inside of SPI_connect.  A function that is
 * not VOLATILE reads only, and sees what its caller sees.
 */
static void
make_statement(Statement *s, const PgstdSQL *sql, FunctionCallInfo fcinfo)
{
	char	   *query = pgstd_cstring(sql->query);
	int			nparams = (int) sql->types.size;
	Oid		   *types = palloc(sizeof(Oid) * Max(nparams, 1));

	s->values = palloc(sizeof(Datum) * Max(nparams, 1));
	s->nulls = palloc(Max(nparams, 1));
	s->read_only = is_read_only(fcinfo);
	requested_types(sql, types);
	s->prepared = find_prepared(query, types, nparams, transition_relation(fcinfo));
	/* Making the values may run code, which may prepare other statements. */
	set_running(s, 1);
	PG_TRY();
	{
		for (int i = 0; i < nparams; i++)
		{
			s->values[i] = parameter((PgstdType) (uint8) sql->types.data[i], &sql->params[i], types[i]);
			s->nulls[i] = (sql->params[i].flags & PGSTD_SLOT_NULL) ? 'n' : ' ';
		}
	}
	PG_FINALLY();
	{
		set_running(s, -1);
	}
	PG_END_TRY();
	s->plan = s->prepared != NULL ? s->prepared->plan : prepare(query, nparams, types, false);
}

static int
execute(Statement *s, long max_rows)
{
	int			result = 0;

	set_running(s, 1);
	PG_TRY();
	{
		result = SPI_execute_plan(s->plan, s->values, s->nulls, s->read_only, max_rows);
	}
	PG_FINALLY();
	{
		set_running(s, -1);
	}
	PG_END_TRY();
	return result;
}

/*
 * Runs a statement and leaves the answer in sql, allocated in context.
 */
void
pgstd_execute(PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Statement	s;
	int			result;

	pgstd_spi_connect(fcinfo);
	make_statement(&s, sql, fcinfo);
	result = execute(&s, (long) sql->max_rows);
	if (result < 0)
		ereport(ERROR,
				(errcode(result == SPI_ERROR_TRANSACTION ? ERRCODE_INVALID_TRANSACTION_TERMINATION :
						 ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this SQL statement cannot be run from a function: %s", SPI_result_code_string(result))));
	sql->nrows = SPI_processed;
	if (SPI_tuptable != NULL && SPI_processed > 0)
		copy_row(sql, SPI_tuptable, context);
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
	Statement	s;

	if (!pgstd_has_transition_tables(fcinfo))
		pgstd_spi_connect(fcinfo);
	make_statement(&s, sql, fcinfo);
	if (!SPI_is_cursor_plan(s.plan))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_CURSOR_DEFINITION),
				 errmsg("this SQL statement returns no rows"),
				 errhint("Run it with pg.Exec.")));
	set_running(&s, 1);
	PG_TRY();
	{
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
