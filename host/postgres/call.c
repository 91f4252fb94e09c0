/*-------------------------------------------------------------------------
 *
 * call.c
 *	  From fmgr into a world and back: the path of every call.
 *
 *-------------------------------------------------------------------------
 */
#include "backend.h"

#include "catalog/pg_proc.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/memutils.h"

/* Before PostgreSQL 16 the server's macros leave visibility to us. */
#pragma GCC visibility push(default)
PG_MODULE_MAGIC;
extern void _PG_init(void);
#pragma GCC visibility pop

extern Datum pgstd_pg_call(FunctionCallInfo fcinfo, uint32 index);

#if PG_VERSION_NUM >= 170000
#define LOCAL_XID()		(MyProc->vxid.lxid)
#else
#define LOCAL_XID()		(MyProc->lxid)
#endif

/* The world of the last call, and the transaction that it was checked in. */
static BackendWorld *current = NULL;
static LocalTransactionId current_lxid = InvalidLocalTransactionId;

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
	/* Preloaded: there is no database yet.  The first call looks again. */
	if (OidIsValid(MyDatabaseId))
		require_utf8();
}

/*
 * Finds or starts the world of the current user, and makes sure, once in each
 * transaction, that signals are still handled on a stack of their own.
 */
static pg_noinline BackendWorld *
select_world(void)
{
	require_utf8();
	if (current_lxid != LOCAL_XID())
	{
		pgstd_signals_check();
		current_lxid = LOCAL_XID();
	}
	current = NULL;
	current = pgstd_backend_world();
	return current;
}

static inline void
set_argument(PgstdSlot *slot, PgstdType type, const NullableDatum *arg)
{
	slot->word = arg->value;
	slot->size = 0;
	slot->flags = arg->isnull ? PGSTD_SLOT_NULL : 0;
	if (type >= PGSTD_TEXT && !arg->isnull)
	{
		struct varlena *value = PG_DETOAST_DATUM_PACKED(arg->value);

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
 * Runs function number "index" of the object.  pgbuild generates one C function
 * for each SQL function, which passes its own fcinfo on to here.
 */
Datum
pgstd_pg_call(FunctionCallInfo fcinfo, uint32 index)
{
	BackendWorld *bw = current;
	PgstdControl *control;
	const PgstdFunction *function;
	const uint8 *signature;
	int			nargs = fcinfo->nargs;
	PgstdSlot	args[FUNC_MAX_ARGS];
	PgstdEvent	event;

	if (unlikely(bw == NULL || bw->world.state != PGSTD_WORLD_LIVE ||
				 bw->user != GetUserId() || current_lxid != LOCAL_XID()))
		bw = select_world();
	control = bw->world.control;

	if (unlikely(index >= control->nfunctions))
		elog(ERROR, "pgstd: object has no function number %u", index);
	function = &control->functions[index];
	signature = (const uint8 *) function->signature.data;
	if (unlikely((uint64) nargs + 1 != function->signature.size))
		elog(ERROR, "pgstd: SQL declares %d arguments for a Go function with %d",
			 nargs, (int) function->signature.size - 1);
	for (int i = 0; i < nargs; i++)
		set_argument(&args[i], (PgstdType) signature[i + 1], &fcinfo->args[i]);

	control->op = PGSTD_OP_CALL;
	control->function = index;
	control->nargs = (uint32) nargs;
	control->args = args;
	control->failure = NULL;
	control->result.flags = 0;

	/*
	 * A cancel that came before this line is acted on here; one that comes
	 * later is seen by the switch, or by the signal handler.
	 */
	control->cancel = 0;
	CHECK_FOR_INTERRUPTS();
	event = pgstd_world_enter(&bw->world);

	if (unlikely(event != PGSTD_EVENT_DONE))
		pgstd_throw_end(bw, event, fcinfo);
	if (unlikely(bw->world.has_output))
		pgstd_output_flush(&bw->world);
	if (unlikely(control->failure != NULL))
		pgstd_throw(control->failure, fcinfo);
	if (control->result.flags & PGSTD_SLOT_NULL)
		PG_RETURN_NULL();
	switch ((PgstdType) signature[0])
	{
		case PGSTD_TEXT:
		case PGSTD_BYTEA:
			return make_varlena(&control->result);
		case PGSTD_FLOAT4:
			return Int32GetDatum((int32) control->result.word);
		default:
			return (Datum) control->result.word;
	}
}
