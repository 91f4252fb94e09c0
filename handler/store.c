/*-------------------------------------------------------------------------
 *
 * store.c
 *	  The table of objects, plgo.object.
 *
 * It belongs to the bootstrap superuser, and nobody else has a right to it: what
 * stands in it is believed.  It is read and written here through the table access
 * methods, with no SQL in between whose meaning a search path, an operator or a
 * trigger could change.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "commands/proclang.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* The columns of plgo.object, in the order of the extension's script. */
enum
{
	KEY = 1,
	TARGET,
	DIGEST,
	KIT,
	GO,
	MODULES,
	MILLISECONDS,
	COMPILED,
	OBJECT,
	SIGNATURE,
	COLUMNS = SIGNATURE
};

static Relation
open_table(LOCKMODE mode)
{
	Oid			schema = get_namespace_oid("plgo", true);
	Oid			table = OidIsValid(schema) ? get_relname_relid("object", schema) : InvalidOid;
	Relation	rel;

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table plgo.object does not exist"),
				 errhint("Extension plgo has been changed; drop it and create it again.")));
	rel = table_open(table, mode);
	/* Whoever has made another table of that name must not be believed. */
	if (rel->rd_rel->relowner != BOOTSTRAP_SUPERUSERID || RelationGetDescr(rel)->natts != COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("table plgo.object is not that of this version of extension plgo"),
				 errhint("Update the extension with ALTER EXTENSION plgo UPDATE.")));
	return rel;
}

static bytea *
make_bytea(const void *data, size_t size)
{
	bytea	   *value = palloc(VARHDRSZ + size);

	SET_VARSIZE(value, VARHDRSZ + size);
	memcpy(VARDATA(value), data, size);
	return value;
}

/*
 * A snapshot that sees what others have committed by now.  The one for catalogs can
 * also be had in parallel workers.
 */
static Snapshot
newest(Relation rel)
{
	return RegisterSnapshot(GetCatalogSnapshot(RelationGetRelid(rel)));
}

/* The row of a key and a target as others have left it; NULL if there is none. */
static HeapTuple
find_row(Relation rel, const PlgoDigest *key, const char *target, Snapshot snapshot)
{
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *indexes = RelationGetIndexList(rel);

	ScanKeyInit(&keys[0], KEY, BTEqualStrategyNumber, F_BYTEAEQ,
				PointerGetDatum(make_bytea(key->bytes, sizeof(key->bytes))));
	ScanKeyInit(&keys[1], TARGET, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(target));
	keys[1].sk_collation = C_COLLATION_OID;
	scan = systable_beginscan(rel, indexes != NIL ? linitial_oid(indexes) : InvalidOid,
							  indexes != NIL, snapshot, 2, keys);
	tuple = systable_getnext(scan);
	tuple = HeapTupleIsValid(tuple) ? heap_copytuple(tuple) : NULL;
	systable_endscan(scan);
	return tuple;
}

static void
copy_digest(Datum value, PlgoDigest *digest)
{
	bytea	   *bytes = DatumGetByteaPP(value);

	if (VARSIZE_ANY_EXHDR(bytes) != sizeof(digest->bytes))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a digest in plgo.object is damaged")));
	memcpy(digest->bytes, VARDATA_ANY(bytes), sizeof(digest->bytes));
}

/* Finds out whether there is an object, and which. */
bool
plgo_store_find(const PlgoDigest *key, const char *target, PlgoDigest *digest)
{
	Relation	rel = open_table(AccessShareLock);
	Snapshot	snapshot = newest(rel);
	HeapTuple	tuple = find_row(rel, key, target, snapshot);
	bool		isnull;

	if (tuple != NULL)
		copy_digest(heap_getattr(tuple, DIGEST, RelationGetDescr(rel), &isnull), digest);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return tuple != NULL;
}

static void
read_row(Relation rel, HeapTuple tuple, PlgoObject *object)
{
	bool		isnull;
	bytea	   *data = DatumGetByteaPP(heap_getattr(tuple, OBJECT, RelationGetDescr(rel), &isnull));
	PlgoDigest	found;
	Datum		signature;

	copy_digest(heap_getattr(tuple, DIGEST, RelationGetDescr(rel), &isnull), &object->digest);
	object->data = VARDATA_ANY(data);
	object->size = VARSIZE_ANY_EXHDR(data);
	signature = heap_getattr(tuple, SIGNATURE, RelationGetDescr(rel), &isnull);
	object->signature = isnull ? NULL : TextDatumGetCString(signature);
	plgo_digest(object->data, object->size, &found);
	if (memcmp(&found, &object->digest, sizeof(found)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("an object in plgo.object is damaged"),
				 errhint("Compile the function anew with plgo.compile().")));
}

/* Reads an object whole; false if there is none. */
bool
plgo_store_read(const PlgoDigest *key, const char *target, PlgoObject *object)
{
	Relation	rel = open_table(AccessShareLock);
	Snapshot	snapshot = newest(rel);
	HeapTuple	tuple = find_row(rel, key, target, snapshot);

	object->target = target;
	if (tuple != NULL)
		read_row(rel, tuple, object);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return tuple != NULL;
}

/* Whether there is a row already for the key and the target of a row of the table. */
bool
plgo_store_knows(HeapTuple tuple, TupleDesc desc)
{
	bool		no_key,
				no_target;
	Datum		key = heap_getattr(tuple, KEY, desc, &no_key);
	Datum		target = heap_getattr(tuple, TARGET, desc, &no_target);
	PlgoDigest	wanted,
				found;

	if (desc->natts != COLUMNS || no_key || no_target ||
		VARSIZE_ANY_EXHDR(DatumGetByteaPP(key)) != PLGO_DIGEST_SIZE)
		return false;
	copy_digest(key, &wanted);
	return plgo_store_find(&wanted, TextDatumGetCString(target), &found);
}

/* Whether objects can be kept now: else they are of use to this session only. */
bool
plgo_store_can_write(void)
{
	return !RecoveryInProgress() && !XactReadOnly && !IsInParallelMode();
}

static void
write_object(Relation rel, const PlgoSource *source, const PlgoObject *object)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};
	Snapshot	snapshot = newest(rel);
	HeapTuple	old = find_row(rel, &source->key, object->target, snapshot);
	HeapTuple	tuple;

	UnregisterSnapshot(snapshot);

	values[KEY - 1] = PointerGetDatum(make_bytea(source->key.bytes, sizeof(source->key.bytes)));
	values[TARGET - 1] = CStringGetTextDatum(object->target);
	values[DIGEST - 1] = PointerGetDatum(make_bytea(object->digest.bytes, sizeof(object->digest.bytes)));
	values[KIT - 1] = CStringGetTextDatum(object->kit);
	values[GO - 1] = CStringGetTextDatum(object->go);
	values[MODULES - 1] = CStringGetTextDatum(object->modules);
	values[MILLISECONDS - 1] = Float8GetDatum(object->milliseconds);
	values[COMPILED - 1] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[OBJECT - 1] = PointerGetDatum(make_bytea(object->data, object->size));
	nulls[SIGNATURE - 1] = object->signature == NULL;
	if (object->signature != NULL)
		values[SIGNATURE - 1] = CStringGetTextDatum(object->signature);
	tuple = heap_form_tuple(RelationGetDescr(rel), values, nulls);
	if (old != NULL)
		CatalogTupleUpdate(rel, &old->t_self, tuple);
	else
		CatalogTupleInsert(rel, tuple);
}

/*
 * Keeps the objects of a function.  Another session may have compiled the same at
 * the same time: then there is a row already, or the end of its transaction
 * decides, and one object is as good as the other.
 */
void
plgo_store_write(const PlgoSource *source, List *objects)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		Relation	rel = open_table(RowExclusiveLock);

		for (int i = 0; i < list_length(objects); i++)
			write_object(rel, source, list_nth(objects, i));
		table_close(rel, NoLock);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(context);
		edata = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (edata->sqlerrcode != ERRCODE_UNIQUE_VIOLATION &&
			edata->sqlerrcode != ERRCODE_T_R_SERIALIZATION_FAILURE)
			ReThrowError(edata);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	CommandCounterIncrement();
}

static bool
in_list(List *keys, const PlgoDigest *key)
{
	for (int i = 0; i < list_length(keys); i++)
		if (memcmp(list_nth(keys, i), key, sizeof(*key)) == 0)
			return true;
	return false;
}

/* The keys of all functions of the language. */
static List *
used_keys(void)
{
	List	   *keys = NIL;
	Oid			language = get_language_oid("plgo", true);
	Relation	rel = table_open(ProcedureRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);

		if (form->prolang == language)
		{
			PlgoDigest *key = palloc(sizeof(PlgoDigest));

			CHECK_FOR_INTERRUPTS();
			if (plgo_key(form->oid, key))
				keys = lappend(keys, key);
		}
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return keys;
}

/*
 * Deletes a row, unless another session is about to change or delete it: what one
 * leaves, the other or the next one takes.
 */
static bool
delete_row(Relation rel, ItemPointer tid)
{
	TM_FailureData failure;

	return pgstd_heap_delete(rel, tid, GetCurrentCommandId(true), &failure) == TM_Ok;
}

/*
 * Removes the objects that belong to no function any more, and returns how many.
 */
int
plgo_store_clean(void)
{
	List	   *keys = used_keys();
	Relation	rel = open_table(RowExclusiveLock);
	Snapshot	snapshot = newest(rel);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, snapshot, 0, NULL);
	HeapTuple	tuple;
	int			removed = 0;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		PlgoDigest	key,
					digest;
		bool		isnull;

		copy_digest(heap_getattr(tuple, KEY, RelationGetDescr(rel), &isnull), &key);
		copy_digest(heap_getattr(tuple, DIGEST, RelationGetDescr(rel), &isnull), &digest);
		if (in_list(keys, &key))
			continue;
		if (delete_row(rel, &tuple->t_self))
		{
			plgo_files_remove(&digest);
			removed++;
		}
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(rel, NoLock);
	return removed;
}
