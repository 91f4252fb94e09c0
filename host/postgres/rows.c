/*-------------------------------------------------------------------------
 *
 * rows.c
 *	  The rows of a statement, a batch at a time.
 *
 * A cursor belongs to a world, not to a call: a set-returning function may keep
 * one between its calls.  Its portal belongs to the transaction, and may be gone
 * when the world asks for it again, so that it is looked up by its name each
 * time.  What the world reads, the batch, belongs to neither but to the cursor:
 * it stays, even behind the end of the transaction, until the world asks for more
 * or closes the cursor.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"

#include "executor/executor.h"
#include "executor/spi.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"

/* Rows in a batch: a few at first, as many callers want no more. */
#define FIRST_ROWS		8
#define MAX_ROWS		256
/* Batches larger than this get smaller, as far as single rows allow. */
#define BATCH_BYTES		(256 * 1024)

typedef struct Cursor
{
	struct Cursor *next;
	uint64		id;
	char		portal[NAMEDATALEN];
	MemoryContext context;		/* of this structure, child of the world's */
	MemoryContext batch;
	long		size;			/* rows in the next batch */
	int			ncolumns;
	uint8	   *types;
	Oid		   *oids;
	PgstdConv **convs;			/* NULL for simple types */
	PgstdText  *names;
	PgstdSlot  *slots;			/* in batch */
	uint64		nrows;
} Cursor;

/* Takes the rows that a portal returns. */
typedef struct Receiver
{
	DestReceiver pub;
	Cursor	   *cursor;			/* gone with the world */
	BackendWorld *bw;
	uint64		generation;
} Receiver;

/* The statement may call Go code, and that may end the world. */
static void
check_alive(const BackendWorld *bw, uint64 generation)
{
	if (bw->generation != generation)
		pgstd_throw_ended();
}

static void
receive_start(DestReceiver *self, int operation, TupleDesc desc)
{
	Receiver   *receiver = (Receiver *) self;
	Cursor	   *c = receiver->cursor;

	check_alive(receiver->bw, receiver->generation);
	if (desc->natts != c->ncolumns)
		elog(ERROR, "pgstd: cursor returns %d columns instead of %d", desc->natts, c->ncolumns);
}

static bool
receive(TupleTableSlot *tuple, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;
	Cursor	   *c = receiver->cursor;
	PgstdSlot  *row;
	MemoryContext caller;

	check_alive(receiver->bw, receiver->generation);
	row = c->slots + c->nrows * c->ncolumns;
	slot_getallattrs(tuple);
	caller = MemoryContextSwitchTo(c->batch);
	for (int i = 0; i < c->ncolumns; i++)
		pgstd_put_value(&row[i], c->convs[i], (PgstdType) c->types[i], tuple->tts_values[i], tuple->tts_isnull[i]);
	MemoryContextSwitchTo(caller);
	c->nrows++;
	return true;
}

static void
receive_end(DestReceiver *self)
{
	(void) self;
}

static void
describe(Cursor *c, TupleDesc desc)
{
	MemoryContext caller = MemoryContextSwitchTo(c->context);

	c->ncolumns = desc->natts;
	c->types = palloc(desc->natts + 1);
	c->oids = palloc(sizeof(Oid) * (desc->natts + 1));
	c->convs = palloc(sizeof(PgstdConv *) * (desc->natts + 1));
	c->names = palloc(sizeof(PgstdText) * (desc->natts + 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		char	   *name = pstrdup(NameStr(attribute->attname));

		c->oids[i] = attribute->atttypid;
		c->convs[i] = pgstd_column_conv(attribute->atttypid, attribute->atttypmod, c->context);
		c->types[i] = (uint8) pgstd_column_type(c->convs[i], attribute->atttypid);
		c->names[i] = (PgstdText) {name, strlen(name)};
	}
	MemoryContextSwitchTo(caller);
}

/* Error context callback; the argument is a portal. */
static void
add_context(void *arg)
{
	const char *source = ((Portal) arg)->sourceText;

	if (source != NULL)
		errcontext("SQL statement \"%s\"", source);
}

/* Fetches the next rows; the portal goes with the last of them. */
static void
fetch(BackendWorld *bw, Cursor *c, Portal portal, PgstdRows *rows)
{
	Receiver	receiver = {
		.pub = {
			.receiveSlot = receive,
			.rStartup = receive_start,
			.rShutdown = receive_end,
			.rDestroy = receive_end,
			.mydest = DestNone,
		},
		.cursor = c,
		.bw = bw,
		.generation = bw->generation,
	};
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = add_context,
		.arg = portal,
	};
	Size		taken;

	error_context_stack = &callback;
	MemoryContextReset(c->batch);
	c->nrows = 0;
	c->slots = MemoryContextAlloc(c->batch, sizeof(PgstdSlot) * c->size * Max(c->ncolumns, 1));
	PortalRunFetch(portal, FETCH_FORWARD, c->size, &receiver.pub);
	error_context_stack = callback.previous;
	check_alive(bw, receiver.generation);
	rows->sql.nrows = c->nrows;
	rows->sql.columns = c->slots;
	rows->done = c->nrows < (uint64) c->size;
	if (rows->done)
		SPI_cursor_close(portal);
	taken = MemoryContextMemAllocated(c->batch, true);
	c->size = taken > BATCH_BYTES ? Max(c->size / 2, 1) : Min(c->size * 2, MAX_ROWS);
}

static Cursor *
find_cursor(BackendWorld *bw, uint64 id)
{
	for (Cursor *c = bw->cursors; c != NULL; c = c->next)
		if (c->id == id)
			return c;
	elog(ERROR, "pgstd: there is no cursor " UINT64_FORMAT, id);
}

static Portal
find_portal(const Cursor *c)
{
	Portal		portal = SPI_cursor_find(c->portal);

	if (!PortalIsValid(portal))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_CURSOR),
				 errmsg("the rows of this query are not there any more"),
				 errdetail("The transaction or subtransaction that it was run in has ended.")));
	return portal;
}

static void
open_cursor(BackendWorld *bw, PgstdRows *rows, FunctionCallInfo fcinfo, MemoryContext context)
{
	uint64		generation = bw->generation;
	Portal		portal = pgstd_open_cursor(&rows->sql, fcinfo, context);
	MemoryContext memory;
	Cursor	   *c;

	check_alive(bw, generation);
	memory = AllocSetContextCreate(bw->context, "pgstd cursor", ALLOCSET_SMALL_SIZES);
	c = MemoryContextAllocZero(memory, sizeof(Cursor));
	c->context = memory;
	c->batch = AllocSetContextCreate(memory, "pgstd rows", ALLOCSET_DEFAULT_SIZES);
	c->size = FIRST_ROWS;
	c->id = ++bw->last_cursor;
	snprintf(c->portal, sizeof(c->portal), "%s", portal->name);
	c->next = bw->cursors;
	bw->cursors = c;
	rows->cursor = c->id;
	describe(c, portal->tupDesc);
	rows->sql.ncolumns = (uint64) c->ncolumns;
	rows->sql.column_types = c->types;
	rows->sql.column_oids = c->oids;
	rows->names = c->names;
	fetch(bw, c, portal, rows);
}

/* Opens a cursor, or fetches from one. */
void
pgstd_rows(BackendWorld *bw, PgstdRows *rows, FunctionCallInfo fcinfo, MemoryContext context)
{
	if (rows->op == PGSTD_ROWS_OPEN)
		open_cursor(bw, rows, fcinfo, context);
	else
	{
		Cursor	   *c = find_cursor(bw, rows->cursor);

		fetch(bw, c, find_portal(c), rows);
	}
}

/*
 * Forgets a cursor.  Its portal is closed, too, unless a statement has failed: then
 * whoever rolls back does it.
 */
void
pgstd_rows_close(BackendWorld *bw, uint64 cursor, bool failed)
{
	Cursor	  **at = &bw->cursors;

	for (; *at != NULL; at = &(*at)->next)
	{
		Cursor	   *c = *at;
		Portal		portal;

		if (c->id != cursor)
			continue;
		*at = c->next;
		portal = failed ? NULL : SPI_cursor_find(c->portal);
		MemoryContextDelete(c->context);
		if (PortalIsValid(portal))
			SPI_cursor_close(portal);
		return;
	}
}

/* The world is gone, and with its memory all cursors. */
void
pgstd_rows_forget(BackendWorld *bw)
{
	bw->cursors = NULL;
}

/*
 * Pins or unpins the portals of all cursors.  PostgreSQL keeps the rows of those
 * that are pinned when a procedure ends a transaction.
 */
void
pgstd_rows_pin(BackendWorld *bw, bool pin)
{
	for (Cursor *c = bw->cursors; c != NULL; c = c->next)
	{
		Portal		portal = SPI_cursor_find(c->portal);

		if (!PortalIsValid(portal) || portal->portalPinned == pin)
			continue;
		if (pin)
			PinPortal(portal);
		else
			UnpinPortal(portal);
	}
}
