/*-------------------------------------------------------------------------
 *
 * views.c
 *	  What people see and do about compiled functions: the functions of schema
 *	  plgo, and what keeps its table tidy.
 *
 *-------------------------------------------------------------------------
 */
#include "table.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/proclang.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

/* How many functions a compiler is asked for at a time. */
#define BATCH		16
/* A batch that has become as long gets no more: with the last one it is not too long. */
#define BATCH_BYTES	(512 * 1024)

#pragma GCC visibility push(default)
PG_FUNCTION_INFO_V1(plgo_sql_key);
PG_FUNCTION_INFO_V1(plgo_sql_compile);
PG_FUNCTION_INFO_V1(plgo_sql_recompile_all);
PG_FUNCTION_INFO_V1(plgo_sql_source);
PG_FUNCTION_INFO_V1(plgo_sql_prepare);
PG_FUNCTION_INFO_V1(plgo_sql_tidy);
PG_FUNCTION_INFO_V1(plgo_sql_restored);
#pragma GCC visibility pop

/* InvalidOid if there is no such function. */
static Oid
function_language(Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	Oid			language;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	language = ((Form_pg_proc) GETSTRUCT(tuple))->prolang;
	ReleaseSysCache(tuple);
	return language;
}

/* A function of another language is an error.  Returns whether there is one at all. */
static bool
check_language(Oid oid)
{
	Oid			language = function_language(oid);

	if (OidIsValid(language) && language != get_language_oid("plgo", false))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function %s is not written in plgo", get_func_name(oid))));
	return OidIsValid(language);
}

static PlgoSource *
source_of(Oid oid)
{
	check_language(oid);
	return plgo_source(oid);
}

static void
check_owner(Oid oid)
{
	if (!pgstd_owns_function(oid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FUNCTION, get_func_name(oid));
}

/* plgo.key(regprocedure) returns bytea */
Datum
plgo_sql_key(PG_FUNCTION_ARGS)
{
	Oid			oid = PG_GETARG_OID(0);
	bytea	   *key = palloc(VARHDRSZ + PLGO_DIGEST_SIZE);
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "plgo key", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	PlgoSource *source = NULL;

	/* Whoever looks at all functions passes some that are about to go. */
	if (check_language(oid))
		source = plgo_source_if_any(oid);
	if (source != NULL)
	{
		SET_VARSIZE(key, VARHDRSZ + PLGO_DIGEST_SIZE);
		memcpy(VARDATA(key), source->key.bytes, PLGO_DIGEST_SIZE);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	if (source == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(key);
}

/*
 * plgo.compile(regprocedure) returns float8: compiles anew, and says how long it took.  Here and nowhere
 * else is said why a function is no module: who calls this wants to know what becomes of it.
 */
Datum
plgo_sql_compile(PG_FUNCTION_ARGS)
{
	Oid			oid = PG_GETARG_OID(0);
	PlgoSource *source;
	List	   *objects;

	check_owner(oid);
	source = source_of(oid);
	if (!plgo_store_can_write())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot keep a compiled function in a read-only transaction")));
	objects = plgo_compile(source, plgo_targets_of(source), true);
	/* Whoever asks for it may do so because of a damaged row. */
	plgo_store_check_bases(objects);
	if (((PlgoObject *) linitial(objects))->instead[0] != '\0')
		ereport(NOTICE,
				(errmsg("function %s is an object of its own, and no module of a base", source->name),
				 errdetail_internal("%s.", ((PlgoObject *) linitial(objects))->instead)));
	plgo_store_write(source, objects);
	PG_RETURN_FLOAT8(((PlgoObject *) linitial(objects))->milliseconds);
}

/* plgo.source(regprocedure) returns text: the Go file that a function becomes. */
Datum
plgo_sql_source(PG_FUNCTION_ARGS)
{
	Oid			oid = PG_GETARG_OID(0);
	PlgoSource *source = source_of(oid);

	PG_RETURN_TEXT_P(cstring_to_text(plgo_wrapped(source)));
}

/* The OIDs of all functions of the language. */
static List *
all_functions(void)
{
	List	   *oids = NIL;
	Oid			language = get_language_oid("plgo", false);
	Relation	rel = table_open(ProcedureRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == language)
			oids = lappend_oid(oids, ((Form_pg_proc) GETSTRUCT(tuple))->oid);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return oids;
}

/*
 * What there is to compile of a function: NULL if that cannot be said, which a WARNING
 * says, or if it has gone.  Its types may go while they are read.
 */
static PlgoSource *
try_source(Oid oid)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	PlgoSource *volatile source = NULL;
	const char *volatile problem = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		if (check_language(oid))
			source = plgo_source(oid);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(caller);
		edata = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (edata->sqlerrcode == ERRCODE_QUERY_CANCELED)
			ReThrowError(edata);
		problem = edata->message;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	if (problem != NULL && OidIsValid(function_language(oid)))
		ereport(WARNING,
				(errmsg("function %s cannot be compiled: %s", get_func_name(oid), problem)));
	return source;
}

/* Compiles those of some functions anew that can be modules, or the others. */
static int
compile_batch(List *sources, bool may_share)
{
	List	   *some = NIL;

	for (int i = 0; i < list_length(sources); i++)
		if (((PlgoSource *) list_nth(sources, i))->may_share == may_share)
			some = lappend(some, list_nth(sources, i));
	return some != NIL ? plgo_compile_batch(some, plgo_targets_of(linitial(some))) : 0;
}

/*
 * plgo.recompile_all() returns integer: compiles all functions of this database
 * anew, several at a time, and says how many.
 */
Datum
plgo_sql_recompile_all(PG_FUNCTION_ARGS)
{
	List	   *oids = all_functions();
	int			total = list_length(oids);
	int			done = 0;
	int			failed = 0;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "plgo recompile", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);

	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be superuser to compile all functions")));
	plgo_store_check_bases(NIL);
	while (done < total)
	{
		List	   *sources = NIL;
		Size		size = 0;

		/* Not one that nobody can compile keeps the others from it. */
		while (done < total && list_length(sources) < BATCH && size < BATCH_BYTES)
		{
			PlgoSource *source = try_source(list_nth_oid(oids, done++));

			if (source == NULL)
			{
				failed++;
				continue;
			}
			sources = lappend(sources, source);
			size += strlen(source->request);
		}
		failed += compile_batch(sources, true) + compile_batch(sources, false);
		ereport(NOTICE,
				(errmsg("plgo: %d of %d functions compiled, %d failed", done - failed, total, failed)));
		MemoryContextReset(scratch);
	}
	/* Those that failed may live on what a restore has brought. */
	if (failed == 0)
		plgo_store_clean();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	PG_RETURN_INT32(done - failed);
}

/* What keeps the extension's own script from having the compiler made ready is a NOTICE. */
static void
try_prepare(void)
{
	MemoryContext caller = CurrentMemoryContext;

	/* Nothing but talk: there is nothing to roll back. */
	PG_TRY();
	{
		plgo_prepare(false);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		/* Who does not want to wait, or is not to, does not want the rest either. */
		if (error->funcname != NULL && strcmp(error->funcname, "ProcessInterrupts") == 0)
			PG_RE_THROW();
		FlushErrorState();
		/* Not the detail: the script's rights are not those of who creates the extension. */
		ereport(NOTICE,
				(errmsg("the compiler of plgo is not ready: %s", error->message),
				 error->hint != NULL ? errhint("%s", error->hint) : 0));
	}
	PG_END_TRY();
}

/*
 * plgo.prepare() returns void: has the compiler made ready, so that the first function
 * does not wait for it.  The extension's own script does not wait for a base: it is the first
 * function that has that begun, and it does not wait either.
 */
Datum
plgo_sql_prepare(PG_FUNCTION_ARGS)
{
	if (creating_extension)
		try_prepare();
	else
		plgo_prepare(true);
	PG_RETURN_VOID();
}

/* The OIDs of the functions that a command has dropped. */
static Oid *
dropped_functions(int *n)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid		   *oids;

	SPI_connect();
	if (SPI_execute("SELECT objid FROM pg_catalog.pg_event_trigger_dropped_objects()"
					" WHERE classid OPERATOR(pg_catalog.=) '" CppAsString2(ProcedureRelationId) "'::pg_catalog.oid",
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "plgo: dropped objects cannot be read");
	*n = (int) SPI_processed;
	oids = MemoryContextAlloc(caller, sizeof(Oid) * (Size) (*n + 1));
	for (int i = 0; i < *n; i++)
	{
		bool		isnull;

		oids[i] = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_finish();
	return oids;
}

/* The event trigger on sql_drop: objects go with their functions. */
Datum
plgo_sql_tidy(PG_FUNCTION_ARGS)
{
	Oid		   *functions;
	int			n;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo) ||
		strcmp(((EventTriggerData *) fcinfo->context)->event, "sql_drop") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("plgo.tidy() can only be called as an event trigger on sql_drop")));
	functions = dropped_functions(&n);
	/* When the extension itself goes, so does its table. */
	if (OidIsValid(get_language_oid("plgo", true)))
	{
		if (n > 0)
			plgo_store_forget(functions, n);
		plgo_drop_parts();
	}
	PG_RETURN_NULL();
}

/*
 * The trigger on plgo.object: what a restore inserts belongs to no function here, and
 * is not wanted if it is there already.
 */
Datum
plgo_sql_restored(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!plgo_table_is(trigger->tg_relation))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("plgo.restored() can only be called as the trigger of plgo.object")));
	return PointerGetDatum(plgo_store_adopt(trigger->tg_relation, trigger->tg_trigtuple));
}
