/*-------------------------------------------------------------------------
 *
 * objects.c
 *	  Where a function gets its object from: the table, a file, or the compiler.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

#include "miscadmin.h"
#include "storage/fd.h"

#define OPEN_ATTEMPTS	10

/* What may stand for a module, if there is none: the target without its base; NULL: nothing. */
static const char *
instead_of(const char *target)
{
	return plgo_is_module(target) ? pnstrdup(target, strlen(target) - strlen(PLGO_ON_BASE)) : NULL;
}

/* Copies of the objects that functions of the same text have already; NIL if one is missing. */
static List *
known_objects(const PlgoSource *source, List *targets)
{
	List	   *objects = NIL;

	for (int i = 0; i < list_length(targets); i++)
	{
		PlgoObject *object = palloc0(sizeof(PlgoObject));
		const char *target = list_nth(targets, i);

		while (target != NULL && !plgo_store_read(source->oid, &source->key, target, object))
			target = instead_of(target);
		if (target == NULL)
			return NIL;
		objects = lappend(objects, object);
	}
	return objects;
}

/* Whether a function has something of its own that runs on a target. */
static bool
has_own(const PlgoSource *source, const char *target)
{
	PlgoDigest	digest;
	bool		own = false;

	while (target != NULL && !(plgo_store_find(source->oid, &source->key, target, &digest, &own) && own))
		target = instead_of(target);
	return target != NULL;
}

/*
 * Makes sure that the function has an object of its own for each target, or raises what
 * the compiler says.
 */
void
plgo_ensure_compiled(const PlgoSource *source)
{
	List	   *targets = plgo_targets_of(source);
	bool		missing = false;

	for (int i = 0; i < list_length(targets); i++)
		missing = missing || !has_own(source, list_nth(targets, i));
	if (missing)
	{
		List	   *objects = known_objects(source, targets);

		plgo_store_write(source, objects != NIL ? objects : plgo_compile(source, targets, false));
	}
}

/*
 * What the table has of a function that this session can run, and for which target; NULL:
 * nothing.  What is a module is so whatever the setting says now; what is the function's own
 * comes before what a restore has brought.
 */
static const char *
find_kept(const PlgoSource *source, PlgoDigest *digest)
{
	const char *target = linitial(plgo_target_list());
	const char *on_base = psprintf("%s" PLGO_ON_BASE, target);
	PlgoDigest	module;
	bool		own_module;
	bool		own = false;
	bool		shares = source->may_share && plgo_store_find(source->oid, &source->key, on_base, &module, &own_module);

	if (!(shares && own_module) && plgo_store_find(source->oid, &source->key, target, digest, &own) && (own || !shares))
		return target;
	if (!shares)
		return NULL;
	*digest = module;
	return on_base;
}

/*
 * Opens the file of what the table has for a target.  Returns -1 if that has gone just now.  Another
 * session that has replaced the function may remove the file as soon as this one has written it.
 */
static int
open_kept(const PlgoSource *source, const char *target, PlgoDigest *digest)
{
	for (int i = 0; i < OPEN_ATTEMPTS; i++)
	{
		PlgoObject	object = {0};
		int			fd = plgo_files_open(digest, &source->key);

		if (fd >= 0)
			return fd;
		if (!plgo_store_read(source->oid, &source->key, target, &object))
			return -1;
		*digest = object.digest;	/* it may have been compiled anew */
		plgo_files_write(&object, &source->key);
		CHECK_FOR_INTERRUPTS();
	}
	ereport(ERROR,
			(errcode(ERRCODE_IO_ERROR),
			 errmsg("the object of function %s has disappeared while it was loaded", source->name)));
}

/* Gets what the table has: an object is mapped then.  False if it has nothing. */
static bool
get_kept(const PlgoSource *source, PlgoGot *got, PgstdImage *image)
{
	const char *target = find_kept(source, &got->digest);
	int			fd = target != NULL ? open_kept(source, target, &got->digest) : -1;

	if (fd < 0)
		return false;
	got->kept = true;
	got->shares = plgo_is_module(target);
	if (got->shares)
		plgo_files_read_base(fd, &got->digest, &got->base);
	else
		plgo_files_map_open(fd, &got->digest, image);
	return true;
}

/* Error context callback; the argument is a name. */
static void
add_compiling(void *name)
{
	errcontext("compiling Go function %s, which was called", (const char *) name);
}

/* Compiles a function that is called: whoever does may not know that it has to be. */
static List *
compile_called(const PlgoSource *source, List *targets)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = add_compiling,
		.arg = (void *) source->name,
	};
	List	   *objects;

	if (!OidIsValid(source->oid))
		return plgo_compile(source, targets, false);
	error_context_stack = &callback;
	objects = plgo_compile(source, targets, false);
	error_context_stack = callback.previous;
	return objects;
}

/*
 * Gets what a debugger can read of a function, and puts the text where it looks for that.  The
 * table does not have it: it is for sessions that want it, and the others go on with what they
 * have.  Its files go as those do that a transaction leaves which does not commit.
 */
static void
obtain_for_debugger(const PlgoSource *source, PlgoGot *got, PgstdImage *image)
{
	PlgoObject *object = linitial(compile_called(source, list_make1(linitial(plgo_target_list()))));

	plgo_files_write(object, &source->key);
	plgo_files_write_text(source->debug_file, source->text);
	got->digest = object->digest;
	got->kept = plgo_files_map(&got->digest, &source->key, image);
	if (!got->kept)
		ereport(ERROR,
				(errcode(ERRCODE_IO_ERROR),
				 errmsg("the object of function %s has disappeared while it was loaded", source->name)));
}

/*
 * Gets the object of a function, or its module.  An object that cannot be kept in the table is
 * of use to this session only, and leaves no file.
 */
void
plgo_obtain(const PlgoSource *source, PlgoGot *got, PgstdImage *image)
{
	bool		keep = OidIsValid(source->oid) && plgo_store_can_write();
	List	   *objects = NIL;

	*got = (PlgoGot) {0};
	if (source->debug_file != NULL)
	{
		obtain_for_debugger(source, got, image);
		return;
	}
	if (OidIsValid(source->oid) && get_kept(source, got, image))
		return;
	if (keep)
	{
		objects = compile_called(source, plgo_targets_of(source));
		plgo_store_write(source, objects);
		if (get_kept(source, got, image))
			return;
	}
	/* Where another session has replaced the function just now, this call takes what it was, and does without a base. */
	if (objects == NIL || plgo_is_module(((PlgoObject *) linitial(objects))->target))
		objects = compile_called(source, list_make1(linitial(plgo_target_list())));
	got->digest = ((PlgoObject *) linitial(objects))->digest;
	plgo_files_map_private(linitial(objects), &source->key, image);
}

/*
 * Gets the same object once more, for another role.  Returns false if it is not to be
 * had any more: the function has changed.
 */
bool
plgo_obtain_again(Oid oid, const PlgoDigest *key, const PlgoDigest *digest, bool kept, PgstdImage *image)
{
	PlgoSource *source;
	PlgoGot		got;

	if (kept && plgo_files_map(digest, key, image))
		return true;
	source = plgo_source_if_any(oid);
	if (source != NULL && memcmp(&source->key, key, sizeof(*key)) != 0)
		plgo_source_for_debugger(source);	/* perhaps it is that */
	if (source == NULL || memcmp(&source->key, key, sizeof(*key)) != 0)
		return false;
	plgo_obtain(source, &got, image);
	if (memcmp(&got.digest, digest, sizeof(*digest)) == 0)
		return true;
	pgstd_image_close(image);
	return false;
}

/*
 * Opens the file of the same module once more, for another world.  Returns -1 if it is not
 * to be had any more: the function has changed.
 */
int
plgo_open_again(Oid oid, const PlgoDigest *key, const PlgoDigest *digest)
{
	PlgoDigest	found;
	PlgoSource *source;
	const char *target;
	int			fd = plgo_files_open(digest, key);

	if (fd >= 0)
		return fd;
	source = plgo_source_if_any(oid);
	if (source == NULL || memcmp(&source->key, key, sizeof(*key)) != 0)
		return -1;
	target = find_kept(source, &found);
	if (target == NULL || memcmp(&found, digest, sizeof(found)) != 0)
		return -1;
	fd = open_kept(source, target, &found);
	if (fd < 0 || memcmp(&found, digest, sizeof(found)) == 0)
		return fd;
	CloseTransientFile(fd);
	return -1;
}
