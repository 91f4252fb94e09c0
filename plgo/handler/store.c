/*-------------------------------------------------------------------------
 *
 * store.c
 *	  Objects in the table: found, read and written.
 *
 * Each row belongs to one function, and what is done about a function reads and
 * changes the rows of that one only: those of others cost it nothing.  An object is
 * found by its key, though, whosever row it is: rows that a restore has brought
 * belong to no function, and the numbers of functions are not what they were.
 *
 * Nobody waits for a row here.  There is nothing unique, and a row that another
 * transaction is about to delete is left to it; so two of them may hold the same
 * object, and one is as good as the other.
 *
 *-------------------------------------------------------------------------
 */
#include "inflate.h"
#include "table.h"
#include "../../host/modules.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* A row of a key and a target, the function's own if there is one; NULL if none is. */
static HeapTuple
find_row(Relation rel, Snapshot snapshot, Oid function, const PlgoDigest *key, const char *target, bool *own)
{
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	HeapTuple	found = NULL;

	*own = false;
	ScanKeyInit(&keys[0], KEY, BTEqualStrategyNumber, F_BYTEAEQ, plgo_digest_datum(key));
	ScanKeyInit(&keys[1], TARGET, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(target));
	keys[1].sk_collation = C_COLLATION_OID;
	scan = plgo_table_scan(rel, snapshot, 2, keys);
	while (!*own && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		*own = OidIsValid(function) && plgo_row_owner(rel, tuple) == function;
		if (found == NULL || *own)
			found = heap_copytuple(tuple);
	}
	systable_endscan(scan);
	return found;
}

/*
 * Finds out whether there is an object, and which.  "own" tells whether it is a row of
 * the function's.
 */
bool
plgo_store_find(Oid function, const PlgoDigest *key, const char *target, PlgoDigest *digest, bool *own)
{
	Relation	rel = plgo_table_open(AccessShareLock);
	Snapshot	snapshot = plgo_table_snapshot(rel);
	HeapTuple	tuple = find_row(rel, snapshot, function, key, target, own);

	if (tuple != NULL)
		*digest = plgo_column_digest(rel, tuple, DIGEST);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return tuple != NULL;
}

static void
check_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

/*
 * Takes an object as the table or a compiler has it, which of a base is what gzip makes of that, and
 * finds its digest.  False if that is not to be had.
 */
bool
plgo_object_unpack(PlgoObject *object, const char *data, size_t size)
{
	size_t		holds;

	object->data = object->kept = data;
	object->size = object->kept_size = size;
	if (plgo_gzip_holds(data, size, &holds))
	{
		char	   *unpacked;

		if (!AllocSizeIsValid(holds))
			return false;
		unpacked = palloc(holds);
		if (!plgo_gzip_read(data, size, unpacked, holds, check_interrupts))
		{
			pfree(unpacked);
			return false;
		}
		object->data = unpacked;
		object->size = holds;
	}
	plgo_digest(object->data, object->size, &object->digest);
	return true;
}

/* Reads the object of a row; false if it is not the one that the row says. */
bool
plgo_row_object(Relation rel, HeapTuple tuple, PlgoObject *object)
{
	bytea	   *data = DatumGetByteaPP(plgo_column(rel, tuple, OBJECT));
	PlgoDigest	digest = plgo_column_digest(rel, tuple, DIGEST);

	return plgo_object_unpack(object, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data)) &&
		memcmp(&object->digest, &digest, sizeof(digest)) == 0;
}

static void
read_row(Relation rel, HeapTuple tuple, PlgoObject *object)
{
	bool		isnull;
	Datum		signature;

	object->kit = TextDatumGetCString(plgo_column(rel, tuple, KIT));
	object->go = TextDatumGetCString(plgo_column(rel, tuple, GO));
	object->modules = TextDatumGetCString(plgo_column(rel, tuple, MODULES));
	object->milliseconds = DatumGetFloat8(plgo_column(rel, tuple, MILLISECONDS));
	signature = heap_getattr(tuple, SIGNATURE, RelationGetDescr(rel), &isnull);
	object->signature = isnull ? NULL : TextDatumGetCString(signature);
	if (!plgo_row_object(rel, tuple, object))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("an object in plgo.object is damaged"),
				 errhint("Compile the function anew with plgo.compile().")));
}

/* Reads an object whole; false if there is none. */
bool
plgo_store_read(Oid function, const PlgoDigest *key, const char *target, PlgoObject *object)
{
	Relation	rel = plgo_table_open(AccessShareLock);
	Snapshot	snapshot = plgo_table_snapshot(rel);
	bool		own;
	HeapTuple	tuple = find_row(rel, snapshot, function, key, target, &own);

	object->target = target;
	/* With the snapshot, which keeps the object there. */
	if (tuple != NULL)
		read_row(rel, tuple, object);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return tuple != NULL;
}

/*
 * What becomes of a row that a restore inserts into the table: it belongs to no
 * function.  NULL if there is one already for its key and target.
 */
HeapTuple
plgo_store_adopt(Relation rel, HeapTuple tuple)
{
	int			replaced[] = {FUNCTION, CLUSTER};
	Datum		nobody[] = {ObjectIdGetDatum(InvalidOid), Int64GetDatum(0)};
	bool		nulls[] = {false, false};
	bool		no_key,
				no_target,
				own;
	Datum		key = heap_getattr(tuple, KEY, RelationGetDescr(rel), &no_key);
	Datum		target = heap_getattr(tuple, TARGET, RelationGetDescr(rel), &no_target);
	PlgoDigest	wanted;
	Snapshot	snapshot;
	HeapTuple	known;

	/* What is missing is the table's constraints' to say, what is damaged a later reader's. */
	if (!no_key && !no_target && VARSIZE_ANY_EXHDR(DatumGetByteaPP(key)) == PLGO_DIGEST_SIZE)
	{
		plgo_copy_digest(key, &wanted);
		snapshot = plgo_table_snapshot(rel);
		known = find_row(rel, snapshot, InvalidOid, &wanted, TextDatumGetCString(target), &own);
		UnregisterSnapshot(snapshot);
		if (known != NULL)
			return NULL;
	}
	return heap_modify_tuple_by_cols(tuple, RelationGetDescr(rel), lengthof(replaced), replaced, nobody, nulls);
}

/* Whether objects can be kept now: else they are of use to this session only. */
bool
plgo_store_can_write(void)
{
	return !RecoveryInProgress() && !XactReadOnly && !IsInParallelMode();
}

static void
insert_object(Relation rel, const PlgoSource *source, const PlgoObject *object)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	values[FUNCTION - 1] = ObjectIdGetDatum(source->oid);
	values[CLUSTER - 1] = Int64GetDatum((int64) GetSystemIdentifier());
	values[KEY - 1] = plgo_digest_datum(&source->key);
	values[TARGET - 1] = CStringGetTextDatum(object->target);
	values[DIGEST - 1] = plgo_digest_datum(&object->digest);
	values[KIT - 1] = CStringGetTextDatum(object->kit);
	values[GO - 1] = CStringGetTextDatum(object->go);
	values[MODULES - 1] = CStringGetTextDatum(object->modules);
	values[MILLISECONDS - 1] = Float8GetDatum(object->milliseconds);
	values[COMPILED - 1] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[OBJECT - 1] = PointerGetDatum(plgo_bytea(object->kept, object->kept_size));
	nulls[SIGNATURE - 1] = object->signature == NULL;
	if (object->signature != NULL)
		values[SIGNATURE - 1] = CStringGetTextDatum(object->signature);
	CatalogTupleInsert(rel, heap_form_tuple(RelationGetDescr(rel), values, nulls));
}

/* Whether what is there for a target is a module. */
bool
plgo_is_module(const char *target)
{
	size_t		size = strlen(target);

	return size > strlen(PLGO_ON_BASE) && strcmp(target + size - strlen(PLGO_ON_BASE), PLGO_ON_BASE) == 0;
}

/* The digest of the base that a module was compiled against, of which this is at least the beginning. */
PlgoDigest
plgo_base_of(const void *module, size_t size)
{
	const PgstdModuleHeader *header = module;
	PlgoDigest	digest;

	if (size < sizeof(*header) || memcmp(header->magic, PGSTD_MODULE_MAGIC, sizeof(header->magic)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a module in plgo.object is damaged"),
				 errhint("Compile the function anew with plgo.compile().")));
	memcpy(digest.bytes, header->base, sizeof(digest.bytes));
	return digest;
}

/* The lock of that kind, PLGO_LOCK_..., on a base. */
static LOCKTAG
lock_of(const PlgoDigest *digest, int kind)
{
	LOCKTAG		tag;
	uint32		numbers[2];

	memcpy(numbers, digest->bytes, sizeof(numbers));
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, numbers[0], numbers[1], kind);
	return tag;
}

/*
 * Takes it until this transaction ends, or it is released.  False if others have it who were not
 * waited for.
 */
bool
plgo_lock(const PlgoDigest *digest, int kind, LOCKMODE mode, bool only_free)
{
	LOCKTAG		tag = lock_of(digest, kind);

	return LockAcquire(&tag, mode, false, only_free) != LOCKACQUIRE_NOT_AVAIL;
}

void
plgo_unlock(const PlgoDigest *digest, int kind, LOCKMODE mode)
{
	LOCKTAG		tag = lock_of(digest, kind);

	LockRelease(&tag, mode, false);
}

static bool
has_base(const PlgoDigest *digest, const char *target)
{
	PlgoDigest	found;
	bool		own;

	return plgo_store_find(InvalidOid, digest, target, &found, &own);
}

/*
 * Makes sure that the table has the base of a module: a row that belongs to no function, and
 * whose key is the digest itself.  False if another transaction, which goes on, is bringing it:
 * nobody waits for that, and one row is enough.
 */
static bool
keep_base(const PlgoObject *module)
{
	PlgoDigest	digest = plgo_base_of(module->data, module->size);
	const char *target = pnstrdup(module->target, strlen(module->target) - strlen(PLGO_ON_BASE));
	PlgoSource	nobody = {.oid = InvalidOid, .key = digest};
	Relation	rel;

	/* Whoever is about to delete it does not know of this module. */
	plgo_lock(&digest, PLGO_LOCK_BASE, ShareLock, false);
	if (has_base(&digest, target))
		return true;
	if (!plgo_lock(&digest, PLGO_LOCK_BRING, ExclusiveLock, true))
		return false;
	/* Whoever had that lock just now may have committed. */
	if (has_base(&digest, target))
		return true;
	/* It may take a while: no lock of the table, and no snapshot. */
	module = plgo_compile_base(target, &digest);
	rel = plgo_table_open(RowExclusiveLock);
	insert_object(rel, &nobody, module);
	CommandCounterIncrement();
	table_close(rel, NoLock);
	return true;
}

static bool
keep_bases(List *objects)
{
	for (int i = 0; i < list_length(objects); i++)
		if (plgo_is_module(((PlgoObject *) list_nth(objects, i))->target) && !keep_base(list_nth(objects, i)))
			return false;
	return true;
}

/*
 * Keeps the objects of a function in place of those that it had.
 */
void
plgo_store_write(const PlgoSource *source, List *objects)
{
	Relation	rel;
	List	   *digests;

	if (!keep_bases(objects))
		objects = plgo_compile(source, plgo_target_list(), false);
	rel = plgo_table_open(RowExclusiveLock);
	digests = plgo_delete_rows(rel, source->oid, &source->key, objects);

	for (int i = 0; i < list_length(objects); i++)
		insert_object(rel, source, list_nth(objects, i));
	CommandCounterIncrement();
	plgo_remove_files(rel, digests);
	table_close(rel, NoLock);
}
