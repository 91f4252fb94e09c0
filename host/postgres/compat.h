/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  What differs between PostgreSQL majors.
 *
 * This is the only file of the host and of the language's handler that asks for
 * the version of the headers.  Each thing has the name that the newest major has
 * for it, or, where a call differs, a name of ours.  internal/majors names the
 * majors, and says which of them are tested.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_COMPAT_H
#define PGSTD_COMPAT_H

#if PG_VERSION_NUM < 140000 || PG_VERSION_NUM >= 200000
#error "pgstd supports PostgreSQL 14 to 19"
#endif

#ifndef USE_FLOAT8_BYVAL
#error "pgstd needs a 64-bit PostgreSQL that passes int8 and float8 by value"
#endif

#include "utils/guc_tables.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Before 18 it was pg_attribute_noreturn(), behind the declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* IGNORE NULLS, which 19 has brought, is up to the functions that get arguments of rows. */
#if PG_VERSION_NUM >= 190000
#define pgstd_window_nulls(window, fcinfo) WinCheckAndInitializeNullTreatment((window), true, (fcinfo))
#define pgstd_ignores_nulls(call) ((call)->ignore_nulls == PARSER_IGNORE_NULLS || (call)->ignore_nulls == IGNORE_NULLS)
#else
#define pgstd_window_nulls(window, fcinfo) ((void) 0)
#define pgstd_ignores_nulls(call) false
#endif

/* What a handler of a signal was called with, for another one. */
#if PG_VERSION_NUM >= 190000
#define PGSTD_SIGNAL_ARGUMENTS postgres_signal_arg, pg_siginfo
#else
#define PGSTD_SIGNAL_ARGUMENTS postgres_signal_arg
#endif

/* Before 16, what hooks of parameters leave with a value comes from malloc. */
#if PG_VERSION_NUM >= 160000
#define pgstd_guc_malloc(size) guc_malloc(LOG, (size))
#else
#define pgstd_guc_malloc(size) malloc(size)
#endif

/* Since 15, a module reserves the prefix of its parameters. */
#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

/* Since 15, sorts know a comparison of words, and do it by themselves. */
#if PG_VERSION_NUM < 150000
#include "utils/sortsupport.h"
static inline int
ssup_datum_unsigned_cmp(Datum a, Datum b, SortSupport ssup)
{
	return a < b ? -1 : a > b;
}
#endif

/* Whether a function belongs to a role, or to one that it is a member of. */
#if PG_VERSION_NUM >= 160000
#define pgstd_owns_function(function, role) object_ownercheck(ProcedureRelationId, (function), (role))
#else
#define pgstd_owns_function(function, role) pg_proc_ownercheck((function), (role))
#endif

/* Whether a role may call a function: an AclResult. */
#if PG_VERSION_NUM >= 160000
#define pgstd_may_call(function, role) object_aclcheck(ProcedureRelationId, (function), (role), ACL_EXECUTE)
#else
#define pgstd_may_call(function, role) pg_proc_aclcheck((function), (role), ACL_EXECUTE)
#endif

/* Before 17, what matches a search_path is what could replace it. */
#if PG_VERSION_NUM < 170000
#define SearchPathMatcher OverrideSearchPath
#define GetSearchPathMatcher GetOverrideSearchPath
#define SearchPathMatchesCurrentEnvironment OverrideSearchPathMatchesCurrent
#endif

/* Since 19, nobody can ask for anything else. */
#if PG_VERSION_NUM >= 190000
#define standard_conforming_strings true
#endif

/* Before 15, it has the name of what it sets up. */
#if PG_VERSION_NUM < 150000
#define setup_parse_variable_parameters parse_variable_parameters
#endif

/*
 * An error's buffers that were being read or written.  In 16 only the resource owner
 * knows of them, and does not tell.
 */
#define PGSTD_ABORTS_BUFFER_IO (PG_VERSION_NUM < 160000 || PG_VERSION_NUM >= 170000)
#if PG_VERSION_NUM >= 170000
#include "storage/buf_internals.h"
#include "utils/resowner.h"

static inline void
pgstd_abort_buffer_io(void)
{
	if (CurrentResourceOwner != NULL)
		ResourceOwnerReleaseAllOfKind(CurrentResourceOwner, &buffer_io_resowner_desc);
}
#elif PG_VERSION_NUM >= 160000
#define pgstd_abort_buffer_io() ((void) 0)
#else
#define pgstd_abort_buffer_io() AbortBufferIO()
#endif

/*
 * The locks of an error's buffers.  Since 19 they go with the pins, which belong to the
 * rest of the statement as well, and nobody has a list of them: all buffers are asked.
 * Servers built for debugging do not let buffers be asked that are not pinned.
 */
#if PG_VERSION_NUM >= 190000
#include "miscadmin.h"
#include "storage/bufmgr.h"
#ifdef USE_ASSERT_CHECKING
#define PGSTD_UNLOCKS_BUFFERS false
#else
#define PGSTD_UNLOCKS_BUFFERS true
#endif

static inline void
pgstd_unlock_buffers(uint32 most)
{
	for (Buffer buffer = 1; PGSTD_UNLOCKS_BUFFERS && most > 0 && buffer <= NBuffers; buffer++)
		if (BufferIsLockedByMe(buffer))
		{
			HOLD_INTERRUPTS();	/* UnlockBuffer resumes them */
			UnlockBuffer(buffer);
			most--;
		}
	UnlockBuffers();
}
#else
#define PGSTD_UNLOCKS_BUFFERS true
#define pgstd_unlock_buffers(most) UnlockBuffers()
#endif

/* Asynchronous reads and writes, which 18 has brought, are waited for. */
#if PG_VERSION_NUM >= 180000
#include "storage/aio_subsys.h"
#define pgstd_abort_aio() pgaio_error_cleanup()
#else
#define pgstd_abort_aio() ((void) 0)
#endif

/* The set of events goes with the resource owner, before 17 with the memory context. */
#if PG_VERSION_NUM >= 170000
#define pgstd_make_wait_set(nevents) CreateWaitEventSet(CurrentResourceOwner, (nevents))
#else
#define pgstd_make_wait_set(nevents) CreateWaitEventSet(CurrentMemoryContext, (nevents))
#endif

/* Up to 17, a query was run once, or had to say that it is not. */
#if PG_VERSION_NUM >= 180000
#define pgstd_run_query(desc, count) ExecutorRun((desc), ForwardScanDirection, (count))
#else
#define pgstd_run_query(desc, count) ExecutorRun((desc), ForwardScanDirection, (count), true)
#endif

/* Base64 is made bytes; before 18 they were chars. */
#if PG_VERSION_NUM >= 180000
#define pgstd_b64_decode(src, len, dst, size) pg_b64_decode((src), (len), (uint8 *) (dst), (size))
#else
#define pgstd_b64_decode(src, len, dst, size) pg_b64_decode((src), (len), (char *) (dst), (size))
#endif

/* A row description that was filled in by hand is finished. */
#if PG_VERSION_NUM < 190000
#define TupleDescFinalize(desc) ((void) (desc))
#endif

/* Deletes a row of a table as one command, without waiting for other transactions. */
#if PG_VERSION_NUM >= 190000
#define pgstd_heap_delete(rel, tid, cid, failure) \
	heap_delete((rel), (tid), (cid), 0, InvalidSnapshot, false, (failure))
#else
#define pgstd_heap_delete(rel, tid, cid, failure) \
	heap_delete((rel), (tid), (cid), InvalidSnapshot, false, (failure), false)
#endif

/* Whether the transaction's time is up, which 17 has brought. */
#if PG_VERSION_NUM >= 170000
#define pgstd_transaction_timeout_due() (TransactionTimeoutPending != 0)
#else
#define pgstd_transaction_timeout_due() false
#endif

/*
 * Whether what is pending may be a conflict with recovery that ProcessInterrupts is to
 * decide on.  19 says so; 16 to 18 keep it to themselves, so that on a standby all that
 * nothing else explains is taken for one.  Before 16, it is a cancel like any other.
 */
#if PG_VERSION_NUM >= 190000
#include "storage/proc.h"
#define pgstd_conflict_possible() (pg_atomic_read_u32(&MyProc->pendingRecoveryConflicts) != 0)
#elif PG_VERSION_NUM >= 160000
#include "access/parallel.h"
#include "access/xlog.h"
#include "miscadmin.h"
#define pgstd_conflict_possible() \
	(RecoveryInProgress() && !IdleInTransactionSessionTimeoutPending && !IdleSessionTimeoutPending && \
	 !IdleStatsUpdateTimeoutPending && !ProcSignalBarrierPending && !LogMemoryContextPending && \
	 !CheckClientConnectionPending && !ParallelMessagePending)
#else
#define pgstd_conflict_possible() false
#endif

/* A name for locks of one's own, which up to 18 each process has to be told. */
#if PG_VERSION_NUM >= 190000
#define pgstd_new_tranche(name) LWLockNewTrancheId(name)
#define pgstd_name_tranche(id, name) ((void) 0)
#else
#define pgstd_new_tranche(name) LWLockNewTrancheId()
#define pgstd_name_tranche(id, name) LWLockRegisterTranche((id), (name))
#endif

/*
 * What the server knows of a parameter; NULL: nothing.  And to define one, of a type that
 * DefineCustom...Variable has.
 *
 * Before 16, parameters are in one array, and each that is defined has all of them sorted anew
 * unless it is the last: 400,000 instructions, more than all else of a first call.  So it gets a name that
 * is last, and then its own name and place, unless somebody has set a value for it: then it has
 * a place.  To PostgreSQL the array is in its order before and after.
 *
 * To see that it is the last still compares all names, 55,000 instructions.  The host's own are
 * defined by pgstd_define_own, which hides those that are there meanwhile.
 *
 * Invariant: nothing looks up a parameter while they are hidden, neither the hooks of the one that is
 * defined nor what tells an error; and they are back before an error goes on.
 */
#if PG_VERSION_NUM >= 160000
#define pgstd_find_parameter(name) find_option((name), false, true, ERROR)
#define pgstd_define(type, ...) DefineCustom##type##Variable(__VA_ARGS__)
#define pgstd_define_own(type, ...) DefineCustom##type##Variable(__VA_ARGS__)
#else
#define pgstd_find_parameter(name) pgstd_find_among((name), get_guc_variables(), GetNumConfigOptions())
#define pgstd_define(type, name, ...) \
	do { \
		const char *pgstd_defined = pgstd_last_name(name); \
		DefineCustom##type##Variable(pgstd_defined, __VA_ARGS__); \
		pgstd_give_name(pgstd_defined, (name)); \
	} while (0)
#define pgstd_define_own(type, name, ...) \
	do { \
		const char *pgstd_defined = pgstd_last_name(name); \
		struct config_generic **volatile pgstd_hidden = pgstd_hide_parameters(pgstd_defined != (name)); \
		PG_TRY(); \
		{ \
			DefineCustom##type##Variable(pgstd_defined, __VA_ARGS__); \
		} \
		PG_CATCH(); \
		{ \
			pgstd_show_parameters(pgstd_hidden); \
			PG_RE_THROW(); \
		} \
		PG_END_TRY(); \
		pgstd_show_parameters(pgstd_hidden); \
		pgstd_give_name(pgstd_defined, (name)); \
	} while (0)

/* The order of names is that of PostgreSQL. */
static inline int
pgstd_compare_names(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
	{
		char		ca = *a >= 'A' && *a <= 'Z' ? *a + 'a' - 'A' : *a;
		char		cb = *b >= 'A' && *b <= 'Z' ? *b + 'a' - 'A' : *b;

		if (ca != cb)
			return ca - cb;
	}
	return (*a != '\0') - (*b != '\0');
}

static inline const struct config_generic *
pgstd_find_among(const char *name, struct config_generic **all, int n)
{
	int			low = 0;

	while (low < n)
	{
		int			middle = low + (n - low) / 2;
		int			order = pgstd_compare_names(all[middle]->name, name);

		if (order == 0)
			return all[middle];
		if (order < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return NULL;
}

/* A name as long as this one, of z alone where it has letters; itself where that is no new name. */
static inline const char *
pgstd_last_name(const char *name)
{
	char	   *last = pstrdup(name);

	for (char *at = last; *at != '\0'; at++)
		if (*at != '.')
			*at = 'z';
	return pgstd_find_parameter(name) != NULL || pgstd_find_parameter(last) != NULL ? name : last;
}

/* In their place is one without a name, which is before any other, and no later than itself. */
static pg_noinline pg_attribute_unused() struct config_generic **
pgstd_hide_parameters(bool hide)
{
	static struct config_generic nameless = {.name = ""};
	struct config_generic **all = get_guc_variables();
	int			n = GetNumConfigOptions();
	struct config_generic **hidden;

	if (!hide)
		return NULL;
	hidden = palloc(sizeof(*hidden) * (n + 1));
	memcpy(hidden, all, sizeof(*hidden) * n);
	hidden[n] = NULL;
	for (int i = 0; i < n; i++)
		all[i] = &nameless;
	return hidden;
}

static pg_noinline pg_attribute_unused() void
pgstd_show_parameters(struct config_generic **hidden)
{
	struct config_generic **all = get_guc_variables();

	if (hidden == NULL)
		return;
	for (int i = 0; hidden[i] != NULL; i++)
		all[i] = hidden[i];
	pfree(hidden);
}

static inline void
pgstd_give_name(const char *last, const char *name)
{
	struct config_generic **all = get_guc_variables();
	int			at = GetNumConfigOptions() - 1;
	struct config_generic *parameter;

	if (last == name)
		return;
	while (strcmp(all[at]->name, last) != 0)
		at--;
	parameter = all[at];
	memcpy(unconstify(char *, parameter->name), name, strlen(name));
	for (; at > 0 && pgstd_compare_names(all[at - 1]->name, name) > 0; at--)
		all[at] = all[at - 1];
	all[at] = parameter;
}
#endif

/*
 * Whether what a client has set before a parameter was defined counts when that is for
 * superusers.  Before 15, it never does.
 */
#if PG_VERSION_NUM >= 150000
#include "utils/acl.h"
#define pgstd_client_may_set(p) \
	(((p)->reset_scontext != PGC_USERSET && (p)->reset_scontext != PGC_BACKEND) || \
	 pg_parameter_aclcheck((p)->name, (p)->reset_srole, ACL_SET) == ACLCHECK_OK)
#else
#define pgstd_client_may_set(p) false
#endif

#endif							/* PGSTD_COMPAT_H */
