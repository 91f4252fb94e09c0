/*-------------------------------------------------------------------------
 *
 * table.h
 *	  Access to the table of objects: see table.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLGO_TABLE_H
#define PLGO_TABLE_H

#include "plgo.h"

#include "access/genam.h"
#include "access/skey.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/* The columns of plgo.object, in the order of the extension's script. */
enum
{
	FUNCTION = 1,
	CLUSTER,
	KEY,
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

extern Relation plgo_table_open(LOCKMODE mode);
extern bool plgo_table_is(Relation rel);
extern Snapshot plgo_table_snapshot(Relation rel);
extern SysScanDesc plgo_table_scan(Relation rel, Snapshot snapshot, int nkeys, ScanKey keys);
extern bytea *plgo_bytea(const void *data, size_t size);
extern Datum plgo_digest_datum(const PlgoDigest *digest);
extern void plgo_copy_digest(Datum value, PlgoDigest *digest);
extern Datum plgo_column(Relation rel, HeapTuple tuple, int number);
extern PlgoDigest plgo_column_digest(Relation rel, HeapTuple tuple, int number);
extern bool plgo_row_object(Relation rel, HeapTuple tuple, PlgoObject *object);
extern Oid	plgo_row_owner(Relation rel, HeapTuple tuple);

/* tidy.c */
extern List *plgo_delete_rows(Relation rel, Oid function, const PlgoDigest *key, List *objects);
extern void plgo_remove_files(Relation rel, List *digests);

#endif							/* PLGO_TABLE_H */
