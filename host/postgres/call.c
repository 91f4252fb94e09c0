/*-------------------------------------------------------------------------
 *
 * call.c
 *	  From fmgr into a world and back: the path of every call.
 *
 *-------------------------------------------------------------------------
 */
#include "shared.h"

#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Before PostgreSQL 16 the server's macros leave visibility to us. */
#pragma GCC visibility push(default)
PG_MODULE_MAGIC;
extern void _PG_init(void);
#pragma GCC visibility pop

extern Datum pgstd_pg_call(FunctionCallInfo fcinfo, uint32 index);
extern Datum pgstd_pg_call_byval(FunctionCallInfo fcinfo, uint32 index);

static Current current;

/* Whether signal handlers have been looked at in this transaction. */
static bool signals_checked = false;

static void
require_utf8(void)
{
	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("functions written in Go need a database with encoding UTF8"),
				 errdetail("The encoding of this database is %s.", GetDatabaseEncodingName()),
				 errhint("Create a database with ENCODING 'UTF8'.")));
}

/* At the end of a transaction: select_world looks once in each. */
static void
forget_current(XactEvent event, void *arg)
{
	signals_checked = false;
	pgstd_set_current(NULL);
}

void
_PG_init(void)
{
	char		buf[256];
	const char *problem = pgstd_object_check(&pgstd_object, buf, sizeof(buf));

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("could not load the Go object of this module"),
				 errdetail_internal("The object cannot be run: %s.", problem)));
	RegisterXactCallback(forget_current, NULL);
	/* Preloaded: there is no database yet.  The first call looks again. */
	if (OidIsValid(MyDatabaseId))
		require_utf8();
	pgstd_shared_init();
}

/*
 * Finds or starts the world of the current user, and makes sure that signals are
 * still handled on a stack of their own: other code may have installed handlers.
 */
static pg_noinline void
select_world(FunctionCallInfo fcinfo)
{
	require_utf8();
	pgstd_set_current(NULL);
	if (!signals_checked)
		pgstd_signals_check();
	signals_checked = true;
	pgstd_set_current(pgstd_backend_world(fcinfo));
}

void
pgstd_set_current(BackendWorld *bw)
{
	current.control = bw != NULL ? bw->world.control : NULL;
	current.enter = bw != NULL ? bw->world.object->enter : NULL;
	current.user = bw != NULL ? bw->user : InvalidOid;
}

/* Looks a function up in the current world. */
static pg_noinline void
fill_site(uint32 index)
{
	const PgstdFunction *function = &current.control->functions[index];

	pgstd_sites[index].code = *function->call;
	pgstd_sites[index].nargs = (intptr_t) function->signature.size - 1;
	pgstd_sites[index].control = current.control;
}

static inline void
set_argument(PgstdSlot *slot, PgstdType type, const NullableDatum *arg)
{
	slot->word = arg->value;
	slot->size = 0;
	slot->flags = arg->isnull ? PGSTD_SLOT_NULL : 0;
	if (type >= PGSTD_TEXT && !arg->isnull)
	{
		struct varlena *value = (struct varlena *) DatumGetPointer(arg->value);

		if (VARATT_IS_EXTERNAL(value) || VARATT_IS_4B_C(value))
			value = pg_detoast_datum_packed(value);
		slot->word = (uint64) VARDATA_ANY(value);
		slot->size = (uint32) VARSIZE_ANY_EXHDR(value);
	}
}

static Datum
make_varlena(const PgstdSlot *slot)
{
	struct varlena *value;

	if (slot->size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("result of %u bytes exceeds the maximum of %zu bytes",
						slot->size, (size_t) MaxAllocSize - VARHDRSZ)));
	value = palloc(slot->size + VARHDRSZ);
	SET_VARSIZE(value, slot->size + VARHDRSZ);
	memcpy(VARDATA(value), (const void *) slot->word, slot->size);
	return PointerGetDatum(value);
}

/*
 * Makes the current world ready for a call of one function.
 */
static inline PgstdControl *
prepare(FunctionCallInfo fcinfo, uint32 index)
{
	/* No user is InvalidOid: this finds out if there is a world, too. */
	if (unlikely(current.user != GetUserId()))
		select_world(fcinfo);
	if (unlikely(pgstd_sites[index].control != current.control))
		fill_site(index);
	if (unlikely(pgstd_sites[index].nargs != fcinfo->nargs))
		elog(ERROR, "pgstd: SQL declares %d arguments for a Go function with %d",
			 fcinfo->nargs, (int) pgstd_sites[index].nargs);
	return current.control;
}

/* The world that a control block belongs to, once it has been started. */
static BackendWorld *
world_of(const PgstdControl *control)
{
	return (BackendWorld *) control->config->world;
}

/*
 * What to do when the world has come back without having ended the call.
 */
static pg_noinline void
go_on(BackendWorld *bw, PgstdEvent event, FunctionCallInfo fcinfo)
{
	if (event == PGSTD_EVENT_REQUEST)
		event = pgstd_serve(bw, fcinfo);
	if (event != PGSTD_EVENT_DONE)
		pgstd_throw_end(bw, event, fcinfo);
}

/*
 * What to do after a call besides taking its result: passing on lines that it
 * has not finished, and raising what it has failed with.
 */
static pg_noinline void
attend(BackendWorld *bw, FunctionCallInfo fcinfo)
{
	ErrorData  *pending;

	pgstd_output_flush(&bw->world);
	pending = bw->pending;
	bw->pending = NULL;
	if (pending != NULL)
	{
		bw->world.control->failure = NULL;
		ReThrowError(pending);
	}
	if (bw->world.control->failure != NULL)
		pgstd_throw_failure(bw, fcinfo);
}

/*
 * Enters the world for one call.  "args" are the slots; the result is in the
 * control block afterwards, or the call has failed and this does not return.
 */
static inline void
run(PgstdControl *control, uint32 index, const PgstdSlot *args, FunctionCallInfo fcinfo)
{
	const void *enter = current.enter;
	int64		event;

	/* op stays PGSTD_OP_CALL, and failure NULL, between calls */
	control->code = pgstd_sites[index].code;
	control->args = args;

	/*
	 * A cancel that came before this line is acted on here; one that comes
	 * later is seen by the switch, or by the signal handler.
	 */
	control->cancel = 0;
	CHECK_FOR_INTERRUPTS();
	event = pgstd_switch(enter, control);

	/* current may have changed during the call */
	if (unlikely(event != PGSTD_EVENT_DONE))
		go_on(world_of(control), (PgstdEvent) event, fcinfo);
	if (unlikely(control->attention != 0))
		attend(world_of(control), fcinfo);
	fcinfo->isnull = (control->result.flags & PGSTD_SLOT_NULL) != 0;
}

/*
 * Runs function number "index" of the object.  pgbuild generates one C function
 * for each SQL function, which passes its own fcinfo on to here.
 */
Datum
pgstd_pg_call(FunctionCallInfo fcinfo, uint32 index)
{
	PgstdControl *control = prepare(fcinfo, index);
	const uint8 *signature = (const uint8 *) control->functions[index].signature.data;
	PgstdSlot	args[FUNC_MAX_ARGS];

	for (int i = 0; i < fcinfo->nargs; i++)
		set_argument(&args[i], (PgstdType) signature[i + 1], &fcinfo->args[i]);
	run(control, index, args, fcinfo);
	if (signature[0] >= PGSTD_TEXT && !fcinfo->isnull)
		return make_varlena(&control->result);
	return (Datum) control->result.word;
}

StaticAssertDecl(sizeof(NullableDatum) == sizeof(PgstdSlot) &&
				 offsetof(NullableDatum, value) == offsetof(PgstdSlot, word) &&
				 offsetof(NullableDatum, isnull) == offsetof(PgstdSlot, flags),
				 "NullableDatum can be read as a PgstdSlot");

/*
 * The same for functions that take and return by-value types only: fcinfo's
 * arguments are slots already.
 */
Datum
pgstd_pg_call_byval(FunctionCallInfo fcinfo, uint32 index)
{
	PgstdControl *control = prepare(fcinfo, index);

	run(control, index, (const PgstdSlot *) fcinfo->args, fcinfo);
	return (Datum) control->result.word;
}
