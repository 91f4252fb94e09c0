/*-------------------------------------------------------------------------
 *
 * tidy.c
 *	  Objects in the table that are wanted no more.
 *
 *-------------------------------------------------------------------------
 */
#include "table.h"
#include "../../host/modules.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* How many rows of others a session looks at when it removes some of its own. */
#define SWEEP	16

static SysScanDesc
scan_function(Relation rel, Snapshot snapshot, Oid function)
{
	ScanKeyData key;

	ScanKeyInit(&key, FUNCTION, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(function));
	return plgo_table_scan(rel, snapshot, 1, &key);
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

static bool
has_digest(Relation rel, const PlgoDigest *digest)
{
	Snapshot	snapshot = plgo_table_snapshot(rel);
	ScanKeyData key;
	SysScanDesc scan;
	bool		found;

	ScanKeyInit(&key, DIGEST, BTEqualStrategyNumber, F_BYTEAEQ, plgo_digest_datum(digest));
	scan = plgo_table_scan(rel, snapshot, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	return found;
}

/* Whether any row has an object: else nobody will ask for its file. */
bool
plgo_store_has(const PlgoDigest *digest)
{
	Relation	rel = plgo_table_open(AccessShareLock);
	bool		found = has_digest(rel, digest);

	table_close(rel, AccessShareLock);
	return found;
}

/* Rows have been deleted that had these digests: the files go that no row has now. */
void
plgo_remove_files(Relation rel, List *digests)
{
	if (digests == NIL)
		return;
	CommandCounterIncrement();
	for (int i = 0; i < list_length(digests); i++)
		if (!has_digest(rel, list_nth(digests, i)))
			plgo_files_remove(list_nth(digests, i));
}

static List *
delete_noting(Relation rel, HeapTuple tuple, List *digests)
{
	PlgoDigest *digest = palloc(sizeof(PlgoDigest));

	*digest = plgo_column_digest(rel, tuple, DIGEST);
	return delete_row(rel, &tuple->t_self) ? lappend(digests, digest) : digests;
}

/* Whether a row is for the machine of one of the objects: a module takes an object's place, and the other way round. */
static bool
is_for_one_of(Datum target, List *objects)
{
	const char *name = TextDatumGetCString(target);

	for (int i = 0; i < list_length(objects); i++)
	{
		const char *other = ((PlgoObject *) list_nth(objects, i))->target;
		size_t		size = strcspn(name, "+");

		if (size == strcspn(other, "+") && strncmp(name, other, size) == 0)
			return true;
	}
	return false;
}

/*
 * Deletes the rows of a function, and returns their digests.  With a key, those stay
 * that have it and are for none of the objects' targets.
 */
List *
plgo_delete_rows(Relation rel, Oid function, const PlgoDigest *key, List *objects)
{
	Snapshot	snapshot = plgo_table_snapshot(rel);
	SysScanDesc scan = scan_function(rel, snapshot, function);
	List	   *digests = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		PlgoDigest	found = plgo_column_digest(rel, tuple, KEY);

		if (plgo_row_owner(rel, tuple) == function &&
			(key == NULL || memcmp(&found, key, sizeof(found)) != 0 ||
			 is_for_one_of(plgo_column(rel, tuple, TARGET), objects)))
			digests = delete_noting(rel, tuple, digests);
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	return digests;
}

/* Removes what a function has had before its present text and signature. */
void
plgo_store_replace(const PlgoSource *source)
{
	Relation	rel = plgo_table_open(RowExclusiveLock);

	plgo_remove_files(rel, plgo_delete_rows(rel, source->oid, &source->key, NIL));
	table_close(rel, NoLock);
}

/* Whether a row belongs to a function that is no more. */
static bool
is_left(Relation rel, HeapTuple tuple)
{
	Oid			function = plgo_row_owner(rel, tuple);

	return OidIsValid(function) && !SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(function));
}

/*
 * Deletes what is left among the rows after a function's, and returns how many of them
 * have been looked at: at most so many.
 *
 * Whose row is visible to a snapshot has been committed with it, and is found in the
 * catalog afterwards unless it has gone.
 */
static int
sweep_after(Relation rel, Oid *function, int most, List **digests)
{
	Snapshot	snapshot = plgo_table_snapshot(rel);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	int			seen = 0;

	ScanKeyInit(&key, FUNCTION, BTGreaterStrategyNumber, F_OIDGT, ObjectIdGetDatum(*function));
	scan = plgo_table_scan(rel, snapshot, 1, &key);
	AcceptInvalidationMessages();
	while (seen < most && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		seen++;
		*function = DatumGetObjectId(plgo_column(rel, tuple, FUNCTION));
		if (is_left(rel, tuple))
			*digests = delete_noting(rel, tuple, *digests);
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	return seen;
}

/*
 * Removes rows of functions that are no more: a few, somewhere among all, and from where
 * that ended the next time.  Not all that makes a function go tells us.
 */
static List *
sweep(Relation rel, Oid newest)
{
	static Oid	last = InvalidOid;
	List	   *digests = NIL;
	uint32		random;
	int			seen;

	if (!OidIsValid(last) && newest > FirstNormalObjectId && pg_strong_random(&random, sizeof(random)))
		last = FirstNormalObjectId + random % (newest - FirstNormalObjectId);
	seen = sweep_after(rel, &last, SWEEP, &digests);
	if (seen < SWEEP)
	{
		last = InvalidOid;
		sweep_after(rel, &last, SWEEP - seen, &digests);
	}
	return digests;
}

/* Removes the objects of functions that have been dropped. */
void
plgo_store_forget(const Oid *functions, int n)
{
	Relation	rel = plgo_table_open(RowExclusiveLock);
	List	   *digests = NIL;

	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		digests = list_concat(digests, plgo_delete_rows(rel, functions[i], NULL, NIL));
	}
	digests = list_concat(digests, sweep(rel, functions[0]));
	plgo_remove_files(rel, digests);
	table_close(rel, NoLock);
}

/* The base that a row's module was compiled against; only the beginning of it is read. */
static PlgoDigest
base_of_row(Relation rel, HeapTuple tuple)
{
	struct varlena *start = pg_detoast_datum_slice((struct varlena *) DatumGetPointer(plgo_column(rel, tuple, OBJECT)),
												   0, sizeof(PgstdModuleHeader));

	return plgo_base_of(VARDATA_ANY(start), VARSIZE_ANY_EXHDR(start));
}

static bool
has_member(List *digests, const PlgoDigest *digest)
{
	for (int i = 0; i < list_length(digests); i++)
		if (memcmp(list_nth(digests, i), digest, sizeof(*digest)) == 0)
			return true;
	return false;
}

static List *
add_member(List *digests, PlgoDigest digest)
{
	if (has_member(digests, &digest))
		return digests;
	return lappend(digests, memcpy(palloc(sizeof(digest)), &digest, sizeof(digest)));
}

static bool
is_base(Relation rel, HeapTuple tuple)
{
	PlgoDigest	key = plgo_column_digest(rel, tuple, KEY);
	PlgoDigest	digest = plgo_column_digest(rel, tuple, DIGEST);

	return memcmp(&key, &digest, sizeof(key)) == 0;
}

/* The bases that nobody compiles on whose transaction goes on: until this one ends, nobody begins to. */
static List *
lock_bases(Relation rel)
{
	Snapshot	snapshot = plgo_table_snapshot(rel);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, snapshot, 0, NULL);
	List	   *bases = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		PlgoDigest	key = plgo_column_digest(rel, tuple, KEY);

		if (is_base(rel, tuple) && !has_member(bases, &key) && plgo_lock(&key, PLGO_LOCK_BASE, ExclusiveLock, true))
			bases = add_member(bases, key);
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	return bases;
}

/* The bases of those objects that are modules. */
static List *
bases_of(List *objects)
{
	List	   *bases = NIL;

	for (int i = 0; i < list_length(objects); i++)
	{
		PlgoObject *object = list_nth(objects, i);

		if (plgo_is_module(object->target))
			bases = add_member(bases, plgo_base_of(object->data, object->size));
	}
	return bases;
}

/*
 * Deletes bases whose object is not what their digest says: the next function that is
 * compiled on one brings it again.  It is about those of some modules, as nobody is about to bring
 * others; or about all of them.
 */
void
plgo_store_check_bases(List *modules)
{
	List	   *bases = bases_of(modules);
	Relation	rel;
	Snapshot	snapshot;
	SysScanDesc scan;
	List	   *digests = NIL;
	HeapTuple	tuple;
	MemoryContext scratch;

	if (modules != NIL && bases == NIL)
		return;
	rel = plgo_table_open(RowExclusiveLock);
	snapshot = plgo_table_snapshot(rel);
	scan = systable_beginscan(rel, InvalidOid, false, snapshot, 0, NULL);
	/* For one base at a time: it is large. */
	scratch = AllocSetContextCreate(CurrentMemoryContext, "plgo base", ALLOCSET_SMALL_SIZES);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		PlgoObject	object;
		MemoryContext caller;
		PlgoDigest	key = plgo_column_digest(rel, tuple, KEY);
		bool		good;

		if (!is_base(rel, tuple) || (modules != NIL && !has_member(bases, &key)))
			continue;
		CHECK_FOR_INTERRUPTS();
		caller = MemoryContextSwitchTo(scratch);
		good = plgo_row_object(rel, tuple, &object);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(scratch);
		if (!good)
			digests = delete_noting(rel, tuple, digests);
	}
	MemoryContextDelete(scratch);
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	plgo_remove_files(rel, digests);
	table_close(rel, NoLock);
}

/*
 * Deletes those bases among "free" that no module is for, and all but one row of each of the
 * others.
 */
static List *
clean_bases(Relation rel, Snapshot snapshot, List *free, List *wanted, List *digests)
{
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, snapshot, 0, NULL);
	List	   *seen = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		PlgoDigest	key = plgo_column_digest(rel, tuple, KEY);

		if (!is_base(rel, tuple) || !has_member(free, &key))
			continue;
		if (!has_member(wanted, &key) || has_member(seen, &key))
			digests = delete_noting(rel, tuple, digests);
		seen = add_member(seen, key);
	}
	systable_endscan(scan);
	return digests;
}

/*
 * Removes the rows that belong to no function of this cluster, and to no module.  All
 * functions have rows of their own now.
 */
void
plgo_store_clean(void)
{
	Relation	rel = plgo_table_open(RowExclusiveLock);
	/* Before the snapshot: it sees the modules of those who had a base before. */
	List	   *free = lock_bases(rel);
	Snapshot	snapshot = plgo_table_snapshot(rel);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, snapshot, 0, NULL);
	List	   *digests = NIL;
	List	   *bases = NIL;
	HeapTuple	tuple;

	AcceptInvalidationMessages();
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (is_base(rel, tuple))
			continue;
		if (!OidIsValid(plgo_row_owner(rel, tuple)) || is_left(rel, tuple))
			digests = delete_noting(rel, tuple, digests);
		else if (plgo_is_module(TextDatumGetCString(plgo_column(rel, tuple, TARGET))))
			bases = add_member(bases, base_of_row(rel, tuple));
	}
	systable_endscan(scan);
	digests = clean_bases(rel, snapshot, free, bases, digests);
	UnregisterSnapshot(snapshot);
	plgo_remove_files(rel, digests);
	table_close(rel, NoLock);
}
