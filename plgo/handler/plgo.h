/*-------------------------------------------------------------------------
 *
 * plgo.h
 *	  The handler of the language plgo.
 *
 * A function's body is Go text in pg_proc.prosrc.  A compiler outside of the
 * server makes an object of it (compiler.c), which is kept in a table (store.c)
 * and in files that all backends map (files.c).  In a session it has a Module of
 * the postgres host of its own, or shares that of a base (loading.c), and is called
 * (functions.c) by the path that extensions are called by.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLGO_H
#define PLGO_H

#include "../../host/postgres/calls/call.h"

#include "access/htup.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "storage/lock.h"
#include "utils/relcache.h"

#define PLGO_DIGEST_SIZE	32	/* SHA-256 */

/* Compilers take requests of 16 MB; this leaves room for what comes with a function. */
#define PLGO_MAX_TEXT	(15 * 1024 * 1024)

typedef struct PlgoDigest
{
	uint8		bytes[PLGO_DIGEST_SIZE];
} PlgoDigest;

/* How a function is called. */
typedef enum PlgoKind
{
	PLGO_SIMPLE,				/* arguments and result cross as they are */
	PLGO_VALUES,
	PLGO_SET,
	PLGO_TRIGGER,
	PLGO_EVENT_TRIGGER,
	PLGO_PART					/* a function of an aggregate */
} PlgoKind;

/* What pg_proc and the catalogs of types say of a function. */
typedef struct PlgoSource
{
	Oid			oid;			/* InvalidOid: the block of a DO */
	const char *name;			/* for people */
	const char *called;			/* the same, or the name of the aggregate that it is of */
	const char *text;			/* prosrc */
	const char *request;		/* JSON of compile.Function, in docs/compile.md */
	PlgoDigest	key;			/* of the request and the policy */
	const char *debug_file;		/* where a debugger finds the text; NULL: it is compiled for none */
	char		prokind;		/* as in pg_proc; 't' and 'e' for triggers */
	PlgoKind	kind;
	bool		replaced;		/* there was another function of this OID */
	bool		composite;		/* what a type consists of matters */
	bool		may_share;		/* it can be a module of a base */
	Oid			owner;			/* of what may share: who it shares with */
	int			ntypes;			/* in the request */
	Oid			too_deep;		/* a type that is more than it can hold */
	int			part;			/* of PLGO_PART: its number in the object */
	const char *misfit;			/* of an aggregate, why this is none of its functions; NULL: it is */
	bool		foreign;		/* it is in another language, and there is no more to say of it */
	TransactionId xmin;			/* of the row in pg_proc, and where it is */
	ItemPointerData tid;
} PlgoSource;

/* An object as it comes from a compiler. */
typedef struct PlgoObject
{
	const char *target;
	const char *go;				/* release */
	const char *kit;			/* version */
	const char *modules;		/* as PATH VERSION, one a line */
	const char *instead;		/* why it is no module, where one was asked for; empty: it is, or none was */
	double		milliseconds;
	PlgoDigest	digest;			/* of data */
	const char *data;
	size_t		size;
	const char *kept;			/* the same as the table has it: it may be compressed */
	size_t		kept_size;
	const char *signature;		/* as minisign writes it; NULL: not signed */
} PlgoObject;

/* What a session has got of a function. */
typedef struct PlgoGot
{
	PlgoDigest	digest;			/* of the object, or of the module */
	bool		kept;			/* there is a file of it */
	bool		shares;			/* it is a module, and not mapped */
	PlgoDigest	base;			/* of the object that it was compiled against */
} PlgoGot;

/* Of locks on a base; advisory ones of SQL have 1 and 2 in that place. */
#define PLGO_LOCK_LINK	3		/* its file is being linked */
#define PLGO_LOCK_BASE	4		/* shared: its row is needed; else: it may be deleted */
#define PLGO_LOCK_BRING	5		/* its row is being inserted */

/* What tells whether a file is the one that it was. */
typedef struct PlgoFileState
{
	uint64		device;
	uint64		inode;
	int64		size;
	int64		seconds;		/* of the last change, to the content or the inode */
	int64		nanoseconds;
} PlgoFileState;

/* What a target's name ends with for modules: they run on a base of that target. */
#define PLGO_ON_BASE	"+base"

/* params.c */
extern char *plgo_compiler;
extern char *plgo_targets;
extern char *plgo_policy;
extern int	plgo_compile_timeout;	/* seconds */
extern int	plgo_compile_memory;	/* kB */
extern bool plgo_verify;
extern bool plgo_shared_base;
extern bool plgo_debug;
extern void plgo_params_init(void);
extern List *plgo_target_list(void);	/* of char *, this machine's first */
extern List *plgo_targets_of(const PlgoSource *source);

/* objects.c */
extern void plgo_ensure_compiled(const PlgoSource *source);
extern void plgo_obtain(const PlgoSource *source, PlgoGot *got, PgstdImage *image);
extern int	plgo_open_again(Oid oid, const PlgoDigest *key, const PlgoDigest *digest);
extern bool plgo_obtain_again(Oid oid, const PlgoDigest *key, const PlgoDigest *digest, bool kept, PgstdImage *image);

/* source.c */
extern PlgoSource *plgo_source(Oid oid);
extern PlgoSource *plgo_source_if_any(Oid oid);
extern PlgoSource *plgo_inline_source(const char *text);
extern void plgo_source_for_debugger(PlgoSource *source);

extern void plgo_put_type(StringInfo out, PlgoSource *source, Oid type);

/* check.c */
extern void plgo_place_in_statement(void *statement);

/* parts.c */
extern void plgo_aggregate_init(void);
extern bool plgo_is_part(const char *text);
extern void plgo_aggregate_request(PlgoSource *source, StringInfo out, HeapTuple tuple);
extern void plgo_drop_parts(void);

/* compiler.c */
extern List *plgo_compile(const PlgoSource *source, List *targets, bool anew);	/* of PlgoObject */
extern int	plgo_compile_batch(List *sources, List *targets);
extern char *plgo_wrapped(const PlgoSource *source);
extern void plgo_prepare(bool base);
extern PlgoObject *plgo_compile_base(const char *target, const PlgoDigest *digest);

/* transport.c */
extern StringInfo plgo_ask(const char *compiler, const StringInfoData *request, int functions);

/* store.c */
extern bool plgo_object_unpack(PlgoObject *object, const char *data, size_t size);
extern bool plgo_store_find(Oid function, const PlgoDigest *key, const char *target, PlgoDigest *digest, bool *own);
extern bool plgo_store_read(Oid function, const PlgoDigest *key, const char *target, PlgoObject *object);
extern HeapTuple plgo_store_adopt(Relation rel, HeapTuple tuple);
extern bool plgo_store_can_write(void);
extern void plgo_store_write(const PlgoSource *source, List *objects);
extern bool plgo_lock(const PlgoDigest *digest, int kind, LOCKMODE mode, bool only_free);
extern void plgo_unlock(const PlgoDigest *digest, int kind, LOCKMODE mode);
extern bool plgo_is_module(const char *target);
extern PlgoDigest plgo_base_of(const void *module, size_t size);

/* tidy.c */
extern void plgo_store_replace(const PlgoSource *source);
extern void plgo_store_forget(const Oid *functions, int n);
extern void plgo_store_clean(void);
extern void plgo_store_check_bases(List *modules);
extern bool plgo_store_has(const PlgoDigest *digest);

/* compared.c */
extern bool plgo_compared_is(const char *path, const PlgoFileState *now);
extern void plgo_compared_note(const char *path, const PlgoFileState *then);
extern void plgo_compared_remove(const char *path);

/* files.c */
extern char *plgo_files_of(const PlgoDigest *digest);
extern int	plgo_files_find(const char *path);
extern bool plgo_files_look_at(int fd, PlgoFileState *state);
extern bool plgo_files_is_same(int fd, const PlgoFileState *then);
pg_noreturn extern void plgo_files_unmappable(const char *path, const char *problem);
extern bool plgo_files_put(int fd, const char *data, size_t size);
extern void plgo_digest(const void *data, size_t size, PlgoDigest *digest);
extern int	plgo_files_open(const PlgoDigest *digest, const PlgoDigest *key);
extern void plgo_files_map_open(int fd, const PlgoDigest *digest, PgstdImage *image);
extern void plgo_files_read_base(int fd, const PlgoDigest *digest, PlgoDigest *base);
extern bool plgo_files_map(const PlgoDigest *digest, const PlgoDigest *key, PgstdImage *image);
extern void plgo_files_map_private(const PlgoObject *object, const PlgoDigest *key, PgstdImage *image);
extern void plgo_files_write(const PlgoObject *object, const PlgoDigest *key);
extern void plgo_files_remove(const PlgoDigest *digest);
extern const char *plgo_files_path(const PlgoDigest *digest);
extern char *plgo_files_text(const PlgoDigest *key, const char *name);
extern void plgo_files_write_text(const char *path, const char *text);

/* linked.c */
extern void plgo_linked_remove(const char *path);

/* folders.c */
extern char *plgo_folder(void);
extern void plgo_make_folders(void);
extern bool plgo_make_folder(const char *path);

/* Is shown an image of a function whose object has this digest. */
typedef void (*PlgoShowImage) (const PlgoDigest *digest, const PgstdImage *image, void *arg);

/* functions.c */
extern void plgo_functions_init(void);
extern void plgo_functions_look_again(void);
extern void plgo_each_debugged(PlgoShowImage show, void *arg);
extern Datum plgo_call(FunctionCallInfo fcinfo);
extern void plgo_call_inline(const PlgoSource *source, bool atomic, FunctionCallInfo fcinfo);

#endif							/* PLGO_H */
