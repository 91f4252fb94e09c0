/*-------------------------------------------------------------------------
 *
 * background.h
 *	  The background workers of an extension.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_BACKGROUND_H
#define PGSTD_BACKGROUND_H

#include "../session/shared.h"

/*
 * A worker as pgbuild writes it (internal/objfile).  Texts are offsets from the table's
 * start.
 */
typedef struct PgstdWorkerEntry
{
	int32		site;			/* number of the Go function */
	int32		restart;		/* in seconds; -1: never */
	uint32		name;
	uint32		database;		/* empty: the server does not start it by itself */
	uint32		role;			/* empty: the one that has made the cluster */
	uint32		unused;
} PgstdWorkerEntry;

typedef struct PgstdWorkers
{
	uint32		n;
	uint32		prefix;			/* name of the extension */
	PgstdWorkerEntry list[FLEXIBLE_ARRAY_MEMBER];
} PgstdWorkers;

/* background.c */
extern void pgstd_background_init(Module *module, const char *file);
extern void pgstd_background_reserve(void);

#endif							/* PGSTD_BACKGROUND_H */
