/*-------------------------------------------------------------------------
 *
 * functions.h
 *	  A function that a session has called: what functions.c finds, and loading.c
 *	  makes and destroys.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLGO_FUNCTIONS_H
#define PLGO_FUNCTIONS_H

#include "bases.h"

#include "storage/itemptr.h"

typedef struct PlgoFunction
{
	Oid			oid;
	uint32		hash;			/* of the OID, in invalidation messages */
	bool		valid;			/* the row in pg_proc has not changed */
	bool		composite;		/* what a type consists of matters */
	PlgoKind	kind;
	int			references;		/* of call sites; of a home, functions */
	struct PlgoFunction *home;	/* of PLGO_PART; NULL in all others, homes among them */
	int			part;			/* of PLGO_PART: its number in the object */
	TransactionId xmin;
	ItemPointerData tid;
	PlgoDigest	key;
	PlgoDigest	digest;			/* of the object */
	bool		kept;			/* there is a file of it */
	bool		debugged;		/* it is compiled for a debugger */
	PgstdSite	site;
	Module	   *runs;			/* in whose worlds it runs: its own, its home's or its base's */
	PlgoMember	member;			/* of a base */
	Module		module;
	PgstdImage	image;
	List	   *images;			/* further ones, for other roles; PgstdImage */
	MemoryContext context;		/* holds this and all that it points to */
	struct PlgoFunction *next;	/* among those that are to go */
} PlgoFunction;

extern void plgo_loading_init(void);
extern PlgoFunction *plgo_function_load(const PlgoSource *source);
extern void plgo_function_dismiss(PlgoFunction *f);
extern void plgo_functions_sweep(void);
extern void plgo_function_show(const PlgoFunction *f, PlgoShowImage show, void *arg);
extern void plgo_homes_show(PlgoShowImage show, void *arg);

#endif
