/*-------------------------------------------------------------------------
 *
 * plgo.h
 *	  The handler of the language plgo.
 *
 * A function's body is Go text in pg_proc.prosrc.  A compiler outside of the
 * server makes an object of it (compiler.c), which is kept in a table (store.c)
 * and in files that all backends map (files.c).  Each function has a Module of
 * the postgres host of its own in a session (functions.c), and is called by the
 * path that extensions are called by.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLGO_H
#define PLGO_H

#include "../host/postgres/call.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

#define PLGO_DIGEST_SIZE	32	/* SHA-256 */

typedef struct PlgoDigest
{
	uint8		bytes[PLGO_DIGEST_SIZE];
} PlgoDigest;

/* What pg_proc and the catalogs of types say of a function. */
typedef struct PlgoSource
{
	Oid			oid;			/* InvalidOid: the block of a DO */
	const char *name;			/* qualified, for people */
	const char *text;			/* prosrc */
	char	   *request;		/* JSON of target.Function */
	PlgoDigest	key;			/* of request and policy */
} PlgoSource;

/* An object as it comes from a compiler. */
typedef struct PlgoObject
{
	const char *target;
	const char *go;				/* release */
	const char *kit;			/* version */
	double		milliseconds;
	PlgoDigest	digest;			/* of data */
	const char *data;
	size_t		size;
} PlgoObject;

/* params.c */
extern char *plgo_compiler;
extern char *plgo_targets;
extern char *plgo_policy;
extern int	plgo_compile_timeout;	/* seconds */
extern int	plgo_compile_memory;	/* kB */
extern bool plgo_verify;
extern void plgo_params_init(void);
extern List *plgo_target_list(void);	/* of char *, this machine's first */

/* source.c */
extern PlgoSource *plgo_source(Oid oid);
extern PlgoSource *plgo_inline_source(const char *text);

/* compiler.c */
extern List *plgo_compile(const PlgoSource *source, List *targets);	/* of PlgoObject */

/* answer.c */
extern List *plgo_read_answer(const PlgoSource *source, const char *answer, size_t size);

/* transport.c */
extern StringInfo plgo_ask(const char *compiler, const StringInfoData *request);

/* store.c */
extern bool plgo_store_find(const PlgoSource *source, const char *target, PlgoDigest *digest);
extern bytea *plgo_store_read(const PlgoSource *source, const char *target);
extern bool plgo_store_can_write(void);
extern void plgo_store_write(const PlgoSource *source, List *objects);

/* files.c */
extern const PgstdObject *plgo_map(const PlgoSource *source, const PlgoDigest *digest,
								   const PlgoObject *object, PgstdImage *image);

/* functions.c */
typedef struct PlgoFunction PlgoFunction;
extern void plgo_functions_init(void);
extern void plgo_ensure_compiled(const PlgoSource *source);
extern Datum plgo_call(FunctionCallInfo fcinfo);
extern void plgo_run_inline(const PlgoSource *source, bool atomic);

#endif							/* PLGO_H */
