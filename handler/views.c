/*-------------------------------------------------------------------------
 *
 * views.c
 *	  What people see and do about compiled functions: the functions of schema
 *	  plgo, and what keeps its table tidy.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_proc.h"
#include "commands/event_trigger.h"
#include "commands/proclang.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
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
PG_FUNCTION_INFO_V1(plgo_sql_tidy);
PG_FUNCTION_INFO_V1(plgo_sql_skip_known);
#pragma GCC visibility pop

static Oid
function_language(Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	Oid			language;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function with OID %u does not exist", oid)));
	language = ((Form_pg_proc) GETSTRUCT(tuple))->prolang;
	ReleaseSysCache(tuple);
	return language;
}

/* A function of another language is an error. */
static void
check_language(Oid oid)
{
	if (function_language(oid) != get_language_oid("plgo", false))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function %s is not written in plgo", get_func_name(oid))));
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
	PlgoDigest	digest;
	bytea	   *key = palloc(VARHDRSZ + sizeof(digest));

	check_language(oid);
	if (!plgo_key(oid, &digest))
		PG_RETURN_NULL();
	SET_VARSIZE(key, VARHDRSZ + sizeof(digest));
	memcpy(VARDATA(key), digest.bytes, sizeof(digest));
	PG_RETURN_BYTEA_P(key);
}

/* plgo.compile(regprocedure) returns float8: compiles anew, and says how long it took. */
Datum
plgo_sql_compile(PG_FUNCTION_ARGS)
{
	Oid			oid = PG_GETARG_OID(0);
	PlgoSource *source = source_of(oid);
	List	   *objects;

	check_owner(oid);
	if (!plgo_store_can_write())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot keep a compiled function in a read-only transaction")));
	objects = plgo_compile(source, plgo_target_list(), true);
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
	while (done < total)
	{
		List	   *sources = NIL;
		Size		size = 0;

		/* Not one that nobody can compile keeps the others from it. */
		while (done < total && list_length(sources) < BATCH && size < BATCH_BYTES)
		{
			Oid			oid = list_nth_oid(oids, done++);
			PlgoDigest	key;

			if (!plgo_key(oid, &key))
			{
				failed++;
				ereport(WARNING,
						(errmsg("function %s cannot be compiled", get_func_name(oid))));
				continue;
			}
			sources = lappend(sources, plgo_source(oid));
			size += strlen(((PlgoSource *) llast(sources))->request);
		}
		if (sources != NIL)
			failed += plgo_compile_batch(sources, plgo_target_list());
		ereport(NOTICE,
				(errmsg("plgo: %d of %d functions compiled, %d failed", done - failed, total, failed)));
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	plgo_store_clean();
	PG_RETURN_INT32(done - failed);
}

/* The event trigger on sql_drop: objects go with the last function that has them. */
Datum
plgo_sql_tidy(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("plgo.tidy() can only be called as an event trigger")));
	/* When the extension itself goes, so does its table. */
	if (OidIsValid(get_language_oid("plgo", true)))
		plgo_store_clean();
	PG_RETURN_NULL();
}

/* The trigger on plgo.object: an object that is there already is not inserted again. */
Datum
plgo_sql_skip_known(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("plgo.skip_known() can only be called as a trigger for each row before an INSERT")));
	if (plgo_store_knows(trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation)))
		return PointerGetDatum(NULL);
	return PointerGetDatum(trigger->tg_trigtuple);
}
