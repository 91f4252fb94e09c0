/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  Runs one SQL statement for a world, by SPI.
 *
 *-------------------------------------------------------------------------
 */
#include "backend.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

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
	char	   *types;
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

static const Oid type_oids[] = {
	[PGSTD_BOOL] = BOOLOID,
	[PGSTD_INT2] = INT2OID,
	[PGSTD_INT4] = INT4OID,
	[PGSTD_INT8] = INT8OID,
	[PGSTD_FLOAT4] = FLOAT4OID,
	[PGSTD_FLOAT8] = FLOAT8OID,
	[PGSTD_TEXT] = TEXTOID,
	[PGSTD_BYTEA] = BYTEAOID,
};

/* The type in which a column is handed over; what we do not know goes as text. */
PgstdType
pgstd_type_of_column(Oid oid)
{
	for (int type = PGSTD_BOOL; type <= PGSTD_BYTEA; type++)
		if (type_oids[type] == oid)
			return (PgstdType) type;
	return PGSTD_TEXT;
}

static Datum
parameter(PgstdType type, const PgstdSlot *slot)
{
	if (slot->flags & PGSTD_SLOT_NULL)
		return (Datum) 0;
	if (type == PGSTD_TEXT || type == PGSTD_BYTEA)
		return PointerGetDatum(cstring_to_text_with_len((const char *) slot->word, (int) slot->size));
	return (Datum) slot->word;
}

/* Copies the value of a column into the current memory context. */
void
pgstd_put_value(PgstdSlot *slot, PgstdType type, Oid oid, Datum value, bool isnull)
{
	memset(slot, 0, sizeof(*slot));
	if (isnull)
		slot->flags = PGSTD_SLOT_NULL;
	else if (type == PGSTD_TEXT || type == PGSTD_BYTEA)
	{
		struct varlena *bytes;

		if (oid == type_oids[type])
			bytes = PG_DETOAST_DATUM_COPY(value);
		else
		{
			Oid			output;
			bool		varlena;

			getTypeOutputInfo(oid, &output, &varlena);
			bytes = (struct varlena *) cstring_to_text(OidOutputFunctionCall(output, value));
		}
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

	for (int i = 0; i < desc->natts; i++)
	{
		Oid			oid = SPI_gettypeid(desc, i + 1);
		bool		isnull;
		Datum		value = SPI_getbinval(table->vals[0], desc, i + 1, &isnull);

		types[i] = (uint8) pgstd_type_of_column(oid);
		pgstd_put_value(&columns[i], (PgstdType) types[i], oid, value, isnull);
	}
	MemoryContextSwitchTo(spi);
	sql->ncolumns = (uint64) desc->natts;
	sql->columns = columns;
	sql->column_types = types;
}

static TriggerData *
trigger_of(FunctionCallInfo fcinfo)
{
	return fcinfo != NULL && CALLED_AS_TRIGGER(fcinfo) ? (TriggerData *) fcinfo->context : NULL;
}

/*
 * Statements of a trigger function see its transition tables, which SPI knows for
 * one connection at a time.
 */
static void
spi_connect(FunctionCallInfo fcinfo)
{
	int			result;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (trigger_of(fcinfo) == NULL)
		return;
	result = SPI_register_trigger_data(trigger_of(fcinfo));
	if (result < 0)
		elog(ERROR, "SPI_register_trigger_data failed: %s", SPI_result_code_string(result));
}

static void
spi_finish(void)
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
 * Finds the entry of a statement, which it may have to be prepared for.  NULL:
 * it is not kept.
 */
static Prepared *
find_prepared(const char *query, const PgstdText *types, Oid *oids, Oid relation)
{
	size_t		size = strlen(query);
	Prepared   *p = &prepared[(DatumGetUInt32(hash_any((const unsigned char *) query, size)) ^
							   DatumGetUInt32(hash_any((const unsigned char *) types->data, types->size))) % NPREPARED];
	SPIPlanPtr	plan;

	if (p->plan != NULL && p->relation == relation && strcmp(p->query, query) == 0 &&
		strlen(p->types) == types->size && memcmp(p->types, types->data, types->size) == 0)
		return p;
	if (p->running > 0 || size > PREPARED_MAX)
		return NULL;
	plan = prepare(query, (int) types->size, oids, true);
	if (p->plan != NULL)
	{
		SPI_freeplan(p->plan);
		pfree(p->query);
		pfree(p->types);
	}
	p->plan = plan;
	p->relation = relation;
	p->query = MemoryContextStrdup(TopMemoryContext, query);
	p->types = MemoryContextAllocZero(TopMemoryContext, types->size + 1);
	memcpy(p->types, types->data, types->size);
	return p;
}

/*
 * The relation of a trigger that has transition tables: by their names, which are
 * the trigger's own, a statement can mean another thing in another trigger.
 */
static Oid
transition_relation(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = trigger_of(fcinfo);

	if (trigger == NULL || (trigger->tg_oldtable == NULL && trigger->tg_newtable == NULL))
		return InvalidOid;
	return RelationGetRelid(trigger->tg_relation);
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
	s->read_only = fcinfo != NULL && fcinfo->flinfo != NULL &&
		func_volatile(fcinfo->flinfo->fn_oid) != PROVOLATILE_VOLATILE;
	for (int i = 0; i < nparams; i++)
	{
		PgstdType	type = (PgstdType) (uint8) sql->types.data[i];

		types[i] = type_oids[type];
		s->values[i] = parameter(type, &sql->params[i]);
		s->nulls[i] = (sql->params[i].flags & PGSTD_SLOT_NULL) ? 'n' : ' ';
	}
	s->prepared = find_prepared(query, &sql->types, types, transition_relation(fcinfo));
	s->plan = s->prepared != NULL ? s->prepared->plan : prepare(query, nparams, types, false);
}

/* While a plan runs it must not make room for another. */
static void
set_running(Statement *s, int change)
{
	if (s->prepared != NULL)
		s->prepared->running += change;
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

	spi_connect(fcinfo);
	MemoryContextSwitchTo(context);
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
	spi_finish();
	MemoryContextSwitchTo(caller);
}

/*
 * Opens a cursor for a statement that returns rows.  The portal lives until it is
 * closed, or the transaction ends.
 */
Portal
pgstd_open_cursor(const PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Portal volatile portal = NULL;
	Statement	s;

	spi_connect(fcinfo);
	MemoryContextSwitchTo(context);
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
	spi_finish();
	MemoryContextSwitchTo(caller);
	return portal;
}
