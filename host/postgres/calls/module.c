/*-------------------------------------------------------------------------
 *
 * module.c
 *	  An extension's own module: one object, linked with this host, and a
 *	  generated C function for each of its SQL functions.
 *
 *-------------------------------------------------------------------------
 */
#include "background.h"
#include "call.h"
#include "common.h"
#include "setting.h"
#include "support.h"
#include "../proof/signature.h"
#include "../session/worlds.h"
#include "../values/conv.h"

#include "utils/lsyscache.h"

#include <dlfcn.h>

/* Before PostgreSQL 16 the server's macros leave visibility to us. */
#pragma GCC visibility push(default)
PG_MODULE_MAGIC;
extern void _PG_init(void);
#pragma GCC visibility pop

extern const PgstdObject pgstd_object;
extern const PgstdWorkers pgstd_workers;
extern PgstdSite pgstd_sites[];

static Module module;

/* The file name of this module without directory and suffix, for people. */
static const char *
module_name(const char *file)
{
	static char name[NAMEDATALEN];
	const char *slash = strrchr(file, '/');
	const char *base = slash != NULL ? slash + 1 : file;
	char	   *dot;

	snprintf(name, sizeof(name), "%s", base);
	dot = strrchr(name, '.');
	if (dot != NULL)
		*dot = '\0';
	return name;
}

/*
 * Whether a type is one of this module's: its text is read here.  Only a superuser, who
 * runs the extension's script, can have said so.  States of aggregates are of type internal.
 */
static bool
is_own_type(PgstdType code, Oid type)
{
	Oid			input;
	Oid			param;
	FmgrInfo	flinfo;
	Dl_info		of_input;
	Dl_info		own;

	getTypeInputInfo(type, &input, &param);
	fmgr_info(input, &flinfo);
	return code != PGSTD_STATE && dladdr((void *) flinfo.fn_addr, &of_input) != 0 && dladdr(&pgstd_object, &own) != 0 &&
		of_input.dli_fbase == own.dli_fbase;
}

void
_PG_init(void)
{
	char		buf[256];
	const char *problem;
	Dl_info		info;

	pgstd_calls_init();
	pgstd_own_type = is_own_type;
	if (dladdr(&pgstd_object, &info) == 0 || info.dli_fname == NULL)
		elog(ERROR, "could not find the file of this module");
	if (pgstd_signature_wanted())
		pgstd_signature_require_file(info.dli_fname);
	problem = pgstd_object_check(&pgstd_object, buf, sizeof(buf));
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("could not load the Go object of this module"),
				 errdetail_internal("The object cannot be run: %s.", problem)));
	pgstd_common_owner = (const char *) &pgstd_workers + pgstd_workers.prefix;
	pgstd_module_init(&module, &pgstd_object, module_name(info.dli_fname));
	pgstd_background_init(&module, info.dli_fname);
	pgstd_settings_init(&module);
	pgstd_background_reserve();
}

/*
 * pgbuild generates one C function for each SQL function, which jumps to one of these,
 * by the way in which its values are passed.
 */
#define ENTRY(name) \
	extern Datum pgstd_pg_##name(FunctionCallInfo fcinfo, uint32 index); \
	Datum \
	pgstd_pg_##name(FunctionCallInfo fcinfo, uint32 index) \
	{ \
		return pgstd_##name(&module, &pgstd_sites[index], index, fcinfo); \
	}

/* The same, where values are passed as Go's signature says, alone. */
#define MEETING_ENTRY(name, form) \
	extern Datum pgstd_pg_##name(FunctionCallInfo fcinfo, uint32 index); \
	Datum \
	pgstd_pg_##name(FunctionCallInfo fcinfo, uint32 index) \
	{ \
		PgstdSite *site = &pgstd_sites[index]; \
		pgstd_meet(&module, site, index, form, fcinfo); \
		return pgstd_##name(&module, site, index, fcinfo); \
	}

MEETING_ENTRY(call, PGSTD_FORM_PLAIN)
MEETING_ENTRY(call_byval, PGSTD_FORM_PLAIN)
ENTRY(call_values)
ENTRY(call_set)
MEETING_ENTRY(call_state, PGSTD_FORM_STATE)
ENTRY(call_state_values)
ENTRY(call_in)
ENTRY(call_out)
ENTRY(call_recv)
ENTRY(call_trigger)
ENTRY(call_event_trigger)

ENTRY(typmod_input)
ENTRY(typmod_receive)
ENTRY(typmod_read)
ENTRY(gin_extract_value)
ENTRY(gin_extract_query)
ENTRY(gin_consistent)
ENTRY(gin_extract_parts)
ENTRY(gin_compare_partial)
ENTRY(gin_tri_consistent)
ENTRY(gist_consistent)
ENTRY(gist_union)
ENTRY(gist_penalty)
ENTRY(gist_picksplit)
ENTRY(gist_same)
ENTRY(gist_compress)
ENTRY(gist_fetch)
ENTRY(gist_distance)
ENTRY(spgist_config)
ENTRY(spgist_choose)
ENTRY(spgist_picksplit)
ENTRY(spgist_inner_consistent)
ENTRY(spgist_leaf_consistent)
ENTRY(sort_key)
ENTRY(sort_words)
ENTRY(trie_config)
ENTRY(trie_choose)
ENTRY(trie_picksplit)
ENTRY(trie_inner_consistent)
ENTRY(plan_support)

/* Of a window function, the upper half of the number says which arguments it asks for. */
extern Datum pgstd_pg_call_window(FunctionCallInfo fcinfo, uint32 index);
Datum
pgstd_pg_call_window(FunctionCallInfo fcinfo, uint32 index)
{
	return pgstd_call_window(&module, &pgstd_sites[index & 0xffff], index & 0xffff, fcinfo, index >> 16);
}
