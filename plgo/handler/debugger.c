/*-------------------------------------------------------------------------
 *
 * debugger.c
 *	  What a debugger has to be told of a session.
 *
 * The handler maps objects itself, so the dynamic loader does not know of them, and
 * a debugger asks that.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"
#include "../../host/postgres/base/limits.h"

#include "utils/builtins.h"

#pragma GCC visibility push(default)
PG_FUNCTION_INFO_V1(plgo_sql_debugger);
#pragma GCC visibility pop

static void
add_file(const PlgoDigest *digest, const PgstdImage *image, void *commands)
{
	appendStringInfo(commands, "add-symbol-file \"%s\" -o %p\n", plgo_files_path(digest), image->space);
}

/* plgo.debugger() returns text: commands for gdb, a line for each object that it can read */
Datum
plgo_sql_debugger(PG_FUNCTION_ARGS)
{
	StringInfoData commands;

	if (pgstd_wants_cell())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("functions of this session run in a cell, which no debugger can attach to"),
				 errhint("Set \"pgstd.isolation\" to backend, and call the function once.")));
	initStringInfo(&commands);
	plgo_each_debugged(add_file, &commands);
	if (commands.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this session has loaded nothing for a debugger"),
				 errhint("Set \"plgo.debug\" and call the function once.")));
	commands.data[commands.len - 1] = '\0';	/* no empty line at the end */
	PG_RETURN_TEXT_P(cstring_to_text(commands.data));
}
