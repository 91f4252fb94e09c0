/*-------------------------------------------------------------------------
 *
 * table.c
 *	  Access to the table of objects, plgo.object.
 *
 * It belongs to the bootstrap superuser, and nobody else has a right to it: what
 * stands in it is believed.  It is read and written through the table access
 * methods, with no SQL in between whose meaning a search path, an operator or a
 * trigger could change.
 *
 *-------------------------------------------------------------------------
 */
#include "table.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* The table's OID, or InvalidOid. */
static Oid
find_table(void)
{
	Oid			schema = get_namespace_oid("plgo", true);

	return OidIsValid(schema) ? get_relname_relid("object", schema) : InvalidOid;
}

/* Whoever has made another table of that name must not be believed. */
static bool
is_ours(Relation rel)
{
	return rel->rd_rel->relowner == BOOTSTRAP_SUPERUSERID &&
		rel->rd_rel->relkind == RELKIND_RELATION &&
		RelationGetDescr(rel)->natts == COLUMNS;
}

/* Whether this is the table. */
bool
plgo_table_is(Relation rel)
{
	return RelationGetRelid(rel) == find_table() && is_ours(rel);
}

Relation
plgo_table_open(LOCKMODE mode)
{
	Oid			table = find_table();
	Relation	rel;

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table plgo.object does not exist"),
				 errhint("Extension plgo has been changed; drop it and create it again.")));
	rel = table_open(table, mode);
	if (!is_ours(rel))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("table plgo.object is not that of this version of extension plgo"),
				 errhint("Update the extension with ALTER EXTENSION plgo UPDATE, or drop it and create it again.")));
	return rel;
}

bytea *
plgo_bytea(const void *data, size_t size)
{
	bytea	   *value = palloc(VARHDRSZ + size);

	SET_VARSIZE(value, VARHDRSZ + size);
	memcpy(VARDATA(value), data, size);
	return value;
}

Datum
plgo_digest_datum(const PlgoDigest *digest)
{
	return PointerGetDatum(plgo_bytea(digest->bytes, sizeof(digest->bytes)));
}

/*
 * A snapshot that sees what others have committed by now.  The one for catalogs can
 * also be had in parallel workers.
 */
Snapshot
plgo_table_snapshot(Relation rel)
{
	return RegisterSnapshot(GetCatalogSnapshot(RelationGetRelid(rel)));
}

/*
 * The index that begins with a column, or InvalidOid.  It is found by its name: to read the list of all
 * indexes, a session would have to open one more catalog at its first call.
 */
static Oid
index_on(Relation rel, AttrNumber column)
{
	const char *name = column == KEY ? "object_key" : column == DIGEST ? "object_digest" : "object_function";
	Oid			index = get_relname_relid(name, RelationGetNamespace(rel));
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		good;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	form = (Form_pg_index) GETSTRUCT(tuple);
	good = form->indrelid == RelationGetRelid(rel) && form->indisvalid && form->indkey.values[0] == column;
	ReleaseSysCache(tuple);
	return good ? index : InvalidOid;
}

/* The keys are of columns that an index begins with. */
SysScanDesc
plgo_table_scan(Relation rel, Snapshot snapshot, int nkeys, ScanKey keys)
{
	Oid			index = index_on(rel, keys[0].sk_attno);

	return systable_beginscan(rel, index, OidIsValid(index), snapshot, nkeys, keys);
}

void
plgo_copy_digest(Datum value, PlgoDigest *digest)
{
	bytea	   *bytes = DatumGetByteaPP(value);

	if (VARSIZE_ANY_EXHDR(bytes) != sizeof(digest->bytes))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a digest in plgo.object is damaged")));
	memcpy(digest->bytes, VARDATA_ANY(bytes), sizeof(digest->bytes));
}

Datum
plgo_column(Relation rel, HeapTuple tuple, int number)
{
	bool		isnull;

	return heap_getattr(tuple, number, RelationGetDescr(rel), &isnull);
}

PlgoDigest
plgo_column_digest(Relation rel, HeapTuple tuple, int number)
{
	PlgoDigest	digest;

	plgo_copy_digest(plgo_column(rel, tuple, number), &digest);
	return digest;
}

/*
 * The number of the function that a row belongs to; InvalidOid if it is none of this
 * cluster.
 */
Oid
plgo_row_owner(Relation rel, HeapTuple tuple)
{
	if ((uint64) DatumGetInt64(plgo_column(rel, tuple, CLUSTER)) != GetSystemIdentifier())
		return InvalidOid;
	return DatumGetObjectId(plgo_column(rel, tuple, FUNCTION));
}
