/*-------------------------------------------------------------------------
 *
 * objects.c
 *	  Where a function gets its object from: the table, a file, or the compiler.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

/* Copies of the objects that functions of the same text have already; NIL if one is missing. */
static List *
known_objects(const PlgoSource *source, List *targets)
{
	List	   *objects = NIL;

	for (int i = 0; i < list_length(targets); i++)
	{
		PlgoObject *object = palloc0(sizeof(PlgoObject));

		if (!plgo_store_read(source->oid, &source->key, list_nth(targets, i), object))
			return NIL;
		objects = lappend(objects, object);
	}
	return objects;
}

/*
 * Makes sure that the function has an object of its own for each target, or raises what
 * the compiler says.
 */
void
plgo_ensure_compiled(const PlgoSource *source)
{
	List	   *targets = plgo_target_list();
	PlgoDigest	digest;
	bool		missing = false;
	bool		own;

	for (int i = 0; i < list_length(targets); i++)
		missing = missing || !plgo_store_find(source->oid, &source->key, list_nth(targets, i), &digest, &own) || !own;
	if (missing)
	{
		List	   *objects = known_objects(source, targets);

		plgo_store_write(source, objects != NIL ? objects : plgo_compile(source, targets, false));
	}
}

/* Maps the object that the table has; false if it has none. */
static bool
map_kept(const PlgoSource *source, PlgoDigest *digest, PgstdImage *image)
{
	const char *target = linitial(plgo_target_list());
	PlgoObject	object = {0};
	bool		own;

	if (!plgo_store_find(source->oid, &source->key, target, digest, &own))
		return false;
	if (plgo_files_map(digest, &source->key, image))
		return true;
	if (!plgo_store_read(source->oid, &source->key, target, &object))
		return false;			/* it has gone just now */
	*digest = object.digest;	/* or has been compiled anew */
	plgo_files_write(&object, &source->key);
	if (!plgo_files_map(digest, &source->key, image))
		ereport(ERROR,
				(errcode(ERRCODE_IO_ERROR),
				 errmsg("the object of function %s has disappeared while it was loaded", source->name)));
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
 * Gets the object of a function.  One that cannot be kept in the table is of use to
 * this session only, and leaves no file.  Returns whether the table has it.
 */
bool
plgo_obtain(const PlgoSource *source, PlgoDigest *digest, PgstdImage *image)
{
	List	   *targets = plgo_target_list();
	bool		keep = OidIsValid(source->oid) && plgo_store_can_write();
	PlgoObject *object;
	List	   *objects;

	if (OidIsValid(source->oid) && map_kept(source, digest, image))
		return true;
	objects = compile_called(source, keep ? targets : list_make1(linitial(targets)));
	object = linitial(objects);
	*digest = object->digest;
	if (keep)
	{
		plgo_store_write(source, objects);
		plgo_files_write(object, &source->key);
		if (plgo_files_map(digest, &source->key, image))
			return true;
	}
	plgo_files_map_private(object, &source->key, image);
	return false;
}

/*
 * Gets the same object once more, for another role.  Returns false if it is not to be
 * had any more: the function has changed.
 */
bool
plgo_obtain_again(Oid oid, const PlgoDigest *key, const PlgoDigest *digest, bool kept, PgstdImage *image)
{
	PlgoSource *source;
	PlgoDigest	found;

	if (kept && plgo_files_map(digest, key, image))
		return true;
	source = plgo_source_if_any(oid);
	if (source == NULL || memcmp(&source->key, key, sizeof(*key)) != 0)
		return false;
	plgo_obtain(source, &found, image);
	if (memcmp(&found, digest, sizeof(found)) == 0)
		return true;
	pgstd_image_close(image);
	return false;
}
