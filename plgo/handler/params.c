/*-------------------------------------------------------------------------
 *
 * params.c
 *	  The configuration parameters plgo.*.
 *
 * All of them decide what is compiled, by whom, or what is believed: they are a
 * superuser's.  Where the compiler is, and its files, is not for everybody to see.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"
#include "../../host/modules.h"
#include "../../host/postgres/session/parameters.h"

#include <limits.h>

#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/varlena.h"

char	   *plgo_compiler;
char	   *plgo_targets;
char	   *plgo_policy;
int			plgo_compile_timeout = 60;
int			plgo_compile_memory = 2 * 1024 * 1024;
bool		plgo_verify = true;
bool		plgo_shared_base;
bool		plgo_debug = false;

static const char *const known_targets[] = {"amd64", "arm64"};

/* The words of a list of targets; NIL if it is none, or one that is unknown. */
static List *
split_targets(const char *value)
{
	char	   *copy = pstrdup(value);
	List	   *words = NIL;

	if (!SplitIdentifierString(copy, ',', &words))
		return NIL;
	for (int i = 0; i < list_length(words); i++)
	{
		bool		known = false;

		for (int k = 0; k < (int) lengthof(known_targets); k++)
			known = known || strcmp(list_nth(words, i), known_targets[k]) == 0;
		if (!known)
			return NIL;
	}
	return words;
}

static bool
check_targets(char **newval, void **extra, GucSource source)
{
	if ((*newval)[0] == '\0' || split_targets(*newval) != NIL)
		return true;
	GUC_check_errdetail("Targets are amd64 and arm64, separated by a comma.");
	return false;
}

/* Whether modules can be mapped here: their parts lie in memory as they do in files. */
static bool
has_bases(void)
{
	return pgstd_page_size() == PGSTD_MODULE_PAGE;
}

static bool
check_shared_base(bool *newval, void **extra, GucSource source)
{
	if (!*newval || has_bases())
		return true;
	GUC_check_errdetail("Bases are for machines with memory pages of %d kB; those of this one have %d kB.",
						PGSTD_MODULE_PAGE / 1024, (int) (pgstd_page_size() / 1024));
	return false;
}

/* A compiler is a command, unix:PATH, or http:// with an address of this machine. */
static bool
check_compiler(char **newval, void **extra, GucSource source)
{
	const char *value = *newval;

	if (strncmp(value, "unix:", 5) == 0 && value[5] != '/')
	{
		GUC_check_errdetail("The path after \"unix:\" must be absolute.");
		return false;
	}
	if (strncmp(value, "http://", 7) == 0 &&
		strncmp(value, "http://127.0.0.1:", 17) != 0 && strncmp(value, "http://localhost:", 17) != 0)
	{
		GUC_check_errdetail("A compiler is reached at http://127.0.0.1:PORT or http://localhost:PORT.");
		return false;
	}
	if (strncmp(value, "https://", 8) == 0)
	{
		GUC_check_errdetail("A compiler runs on the same machine; use unix:PATH or http://127.0.0.1:PORT.");
		return false;
	}
	return true;
}

/* What has been loaded is for the other way. */
static void
assign_debug(bool newval, void *extra)
{
	plgo_functions_look_again();
}

void
plgo_params_init(void)
{
	static const char *const names[] = {
		"plgo.compiler", "plgo.targets", "plgo.policy", "plgo.compile_timeout", "plgo.compile_memory", "plgo.verify",
		"plgo.shared_base", "plgo.debug",
	};

	for (int i = 0; i < lengthof(names); i++)
		pgstd_refuse_displaced(names[i], false);
	pgstd_define_own(String, "plgo.compiler",
					 "How to reach the compiler of functions in plgo.",
					 "A command, unix:PATH or http://127.0.0.1:PORT; empty: no compiler.",
					 &plgo_compiler, "pgbuild compile --json",
					 PGC_SUSET, GUC_SUPERUSER_ONLY, check_compiler, NULL, NULL);
	pgstd_define_own(String, "plgo.targets",
					 "Architectures that functions in plgo are compiled for.",
					 "amd64, arm64, or both; that of this server is always among them.",
					 &plgo_targets, "",
					 PGC_SUSET, 0, check_targets, NULL, NULL);
	pgstd_define_own(String, "plgo.policy",
					 "Set of modules that functions in plgo can import.",
					 "A name that the compiler was given with --modules; empty: its default set.",
					 &plgo_policy, "",
					 PGC_SUSET, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	pgstd_define_own(Int, "plgo.compile_timeout",
					 "How long compiling one function may take.",
					 NULL, &plgo_compile_timeout, 60, 1, 3600,
					 PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);
	pgstd_define_own(Int, "plgo.compile_memory",
					 "How much memory each process of the compiler may use.",
					 NULL, &plgo_compile_memory, 2 * 1024 * 1024, 64 * 1024, INT_MAX,
					 PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	pgstd_define_own(Bool, "plgo.verify",
					 "Compare the digest of an object's file before it is loaded, once while the server runs.",
					 NULL, &plgo_verify, true,
					 PGC_SUSET, 0, NULL, NULL, NULL);
	pgstd_define_own(Bool, "plgo.shared_base",
					 "Compile functions against a base, in whose worlds those of an owner run together.",
					 "Each effective role has worlds of its own.",
					 &plgo_shared_base, has_bases(),
					 PGC_SUSET, 0, check_shared_base, NULL, NULL);
	pgstd_define_own(Bool, "plgo.debug",
					 "Compile functions that are called for a debugger: with symbols and without optimizations.",
					 "plgo.debugger() tells the debugger where they are.",
					 &plgo_debug, false,
					 PGC_SUSET, 0, NULL, assign_debug, NULL);
	MarkGUCPrefixReserved("plgo");
}

/* The names of the targets to compile for, this server's first. */
List *
plgo_target_list(void)
{
	List	   *result = list_make1("linux-postgres-" PGSTD_ARCH);
	List	   *words = plgo_targets[0] == '\0' ? NIL : split_targets(plgo_targets);

	for (int i = 0; i < list_length(words); i++)
		if (strcmp(list_nth(words, i), PGSTD_ARCH) != 0)
			result = lappend(result, psprintf("linux-postgres-%s", (char *) list_nth(words, i)));
	return result;
}

/* The same for one function: what it is to be compiled to. */
List *
plgo_targets_of(const PlgoSource *source)
{
	List	   *result = plgo_target_list();

	if (plgo_shared_base && source->may_share)
		linitial(result) = psprintf("%s" PLGO_ON_BASE, (char *) linitial(result));
	return result;
}
