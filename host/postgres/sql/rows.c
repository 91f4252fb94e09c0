/*-------------------------------------------------------------------------
 *
 * rows.c
 *	  The rows of a statement, a batch at a time.
 *
 * A cursor belongs to a world, not to a call: a set-returning function may keep
 * one between its calls.  Its portal belongs to the transaction, and may be gone
 * when the world asks for it again: closed with the transaction, or by SQL, which
 * can name it, and may have declared another of the same name since.  So a portal
 * tells its cursor when it goes, and is never looked for.  What the world reads, the
 * batch, belongs to neither but to the cursor: it stays, even behind the end of the
 * transaction, until the world asks for more or closes the cursor.
 *
 *-------------------------------------------------------------------------
 */
#include "sql.h"
#include "../base/alive.h"
#include "../base/limits.h"

#include "executor/executor.h"
#include "executor/spi.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"

/* Rows in a batch: a few at first, as many callers want no more. */
#define FIRST_ROWS		8
#define MAX_ROWS		256
/* Batches larger than this end, and the next ones are smaller. */
#define BATCH_BYTES		(256 * 1024)

/* A world that opens cursors and closes none is stopped here: portals are not counted. */
#define MAX_CURSORS		1000

/* Rows that are fetched at once. */
#define STEP_ROWS		64

typedef struct Cursor
{
	struct Cursor *next;
	uint64		id;
	uint64		within;			/* another one, whose rows were being fetched when it was opened; 0: none */
	struct Link *link;			/* to the portal; NULL: it is gone */
	MemoryContext context;		/* of this structure, child of the world's */
	MemoryContextCallback callback; /* of context */
	MemoryContext batch;
	long		size;			/* rows in the next batch */
	int			ncolumns;
	uint8	   *types;
	Oid		   *oids;
	int32	   *typmods;
	PgstdConv **convs;			/* NULL for simple types */
	PgstdText  *names;
	PgstdMaking parts;			/* composite types in the columns, as they are in the rows */
	PgstdSlot  *slots;			/* in batch */
	uint64		nrows;
	Size		taken;			/* memory of the batch, when it was counted last */
	bool		busy;			/* rows are being fetched */
} Cursor;

/* What a portal knows of its cursor; in the portal's own memory. */
typedef struct Link
{
	Portal		portal;
	Cursor	   *cursor;			/* NULL: it is gone */
	MemoryContextCallback callback; /* of the portal's memory */
} Link;

/* Takes the rows that a portal returns. */
typedef struct Receiver
{
	DestReceiver pub;
	WorldRef	world;			/* the statement may call Go code, and that may end it */
	Cursor	   *cursor;			/* gone with the world */
	Size		most;			/* memory of the batch */
	bool		full;			/* it is, before all rows have come that were asked for */
} Receiver;

/* A portal is about to go. */
static void
portal_goes(void *arg)
{
	Link	   *link = arg;

	if (link->cursor != NULL)
		link->cursor->link = NULL;
}

/* A cursor is about to go, alone or with the world. */
static void
cursor_goes(void *arg)
{
	Cursor	   *c = arg;

	if (c->link != NULL)
		c->link->cursor = NULL;
}

static void
join(Cursor *c, Portal portal)
{
	Link	   *link = MemoryContextAllocZero(portal->portalContext, sizeof(Link));

	link->portal = portal;
	link->cursor = c;
	link->callback.func = portal_goes;
	link->callback.arg = link;
	MemoryContextRegisterResetCallback(portal->portalContext, &link->callback);
	c->link = link;
	c->callback.func = cursor_goes;
	c->callback.arg = c;
	MemoryContextRegisterResetCallback(c->context, &c->callback);
}

/* The rows have to be what the world was told that they are. */
static void
receive_start(DestReceiver *self, int operation, TupleDesc desc)
{
	Receiver   *receiver = (Receiver *) self;
	Cursor	   *c;
	bool		same;

	(void) pgstd_alive(&receiver->world);
	c = receiver->cursor;
	same = desc->natts == c->ncolumns;
	for (int i = 0; same && i < desc->natts; i++)
		same = TupleDescAttr(desc, i)->atttypid == c->oids[i] && TupleDescAttr(desc, i)->atttypmod == c->typmods[i];
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the rows of this query have other columns than it had when it was run")));
}

/* What all cursors of a world have fetched may take as much as the world itself. */
static void
count_batch(BackendWorld *bw, Cursor *c)
{
	Size		taken = MemoryContextMemAllocated(c->batch, true);

	bw->cursor_bytes += taken - c->taken;
	c->taken = taken;
	if (bw->cursor_bytes > bw->world.memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory: the rows that Go code reads take more than its limit of %s",
						pgstd_show_bytes(bw->world.memory_limit)),
				 errhint("Read smaller rows, leave loops over others, or increase the configuration parameter \"pgstd.max_memory\".")));
}

static Portal
find_portal(const Cursor *c)
{
	if (c->link == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_CURSOR),
				 errmsg("the rows of this query are not there any more"),
				 errdetail("The transaction or subtransaction that it was run in has ended, or it was closed.")));
	return c->link->portal;
}

static bool
receive(TupleTableSlot *tuple, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;
	Cursor	   *c;
	PgstdSlot  *row;
	MemoryContext caller;

	(void) pgstd_alive(&receiver->world);
	c = receiver->cursor;
	row = c->slots + c->nrows * c->ncolumns;
	slot_getallattrs(tuple);
	caller = MemoryContextSwitchTo(c->batch);
	for (int i = 0; i < c->ncolumns; i++)
	{
		if (c->convs[i] != NULL)
			pgstd_making_end(&c->parts);
		pgstd_put_value(&row[i], c->convs[i], (PgstdType) c->types[i], tuple->tts_values[i], tuple->tts_isnull[i]);
		/* A type's output function is code like any other. */
		(void) pgstd_alive(&receiver->world);
		if (row[i].size > PGSTD_LARGE)
			count_batch(receiver->world.bw, c);
	}
	MemoryContextSwitchTo(caller);
	count_batch(receiver->world.bw, c);
	c->nrows++;
	receiver->full = c->taken > receiver->most;
	return !receiver->full;
}

/* A fetch in progress, and the portal in whose run it is; in the frame of the C function. */
typedef struct Fetching
{
	struct Fetching *outer;
	Portal		within;			/* NULL: in none */
} Fetching;

static Fetching *fetching;		/* the innermost */

/* Whether PostgreSQL runs the statement of a pinned portal to its end, to keep its rows. */
static bool
is_being_kept(Portal portal)
{
	return portal != NULL && portal->portalPinned && portal->strategy == PORTAL_ONE_SELECT && portal->holdStore != NULL;
}

/*
 * Closes a portal.  At the end of a transaction, PostgreSQL goes through its table of portals while it keeps
 * the rows of those that are pinned, and trips over one that goes meanwhile: what sets in such a
 * statement have read is left to the end of the transaction, which is next.
 */
static void
close_portal(Portal portal)
{
	if (is_being_kept(ActivePortal))
		return;
	for (const Fetching *f = fetching; f != NULL; f = f->outer)
		if (is_being_kept(f->within))
			return;
	SPI_cursor_close(portal);
}

/*
 * Fetches some rows, fewer if they are large.  To a portal, a receiver that takes no
 * more is at the end.
 */
static void
fetch_step(Portal portal, Receiver *receiver, long step)
{
	receiver->full = false;
	PortalRunFetch(portal, FETCH_FORWARD, step, &receiver->pub);
	(void) pgstd_alive(&receiver->world);
	portal = find_portal(receiver->cursor);
	if (!receiver->full)
		return;
	portal->atStart = portal->atEnd = false;
	portal->portalPos++;
}

static void
describe(Cursor *c, TupleDesc desc)
{
	MemoryContext caller = MemoryContextSwitchTo(c->context);

	c->ncolumns = desc->natts;
	c->types = palloc(desc->natts + 1);
	c->oids = palloc(sizeof(Oid) * (desc->natts + 1));
	c->typmods = palloc(sizeof(int32) * (desc->natts + 1));
	c->convs = palloc(sizeof(PgstdConv *) * (desc->natts + 1));
	c->names = palloc(sizeof(PgstdText) * (desc->natts + 1));
	pgstd_making_begin(&c->parts);
	pgstd_making_note_columns(&c->parts, desc);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		char	   *name = pstrdup(NameStr(attribute->attname));

		c->oids[i] = attribute->atttypid;
		c->typmods[i] = attribute->atttypmod;
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
fetch_rows(const WorldRef *world, Cursor *c, PgstdRows *rows)
{
	Receiver	receiver = {
		.pub = pgstd_receiver(receive, receive_start),
		.world = *world,
		.cursor = c,
	};
	Portal		portal = find_portal(c);
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = add_context,
		.arg = portal,
	};
	Size		taken;
	uint64		before;
	long		step;

	error_context_stack = &callback;
	MemoryContextReset(c->batch);
	c->nrows = 0;
	c->slots = MemoryContextAlloc(c->batch, sizeof(PgstdSlot) * c->size * Max(c->ncolumns, 1));
	receiver.most = MemoryContextMemAllocated(c->batch, false) + BATCH_BYTES;
	do
	{
		before = c->nrows;
		step = Min(c->size - (long) before, STEP_ROWS);
		fetch_step(portal, &receiver, step);
		/* What has run may have closed it behind the last row. */
		portal = find_portal(c);
		taken = c->taken;
		rows->done = !receiver.full && c->nrows - before < (uint64) step;
	} while (!rows->done && c->nrows < (uint64) c->size && taken <= BATCH_BYTES);
	error_context_stack = callback.previous;
	rows->sql.nrows = c->nrows;
	rows->sql.columns = c->slots;
	c->size = taken > BATCH_BYTES ? Max(c->size / 2, 1) : Min(c->size * 2, MAX_ROWS);
	/* Sets that end with it run code, and what the batch belongs to may be gone then. */
	if (rows->done)
		close_portal(portal);
}

static void
check_idle(const Cursor *c)
{
	if (c->busy)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("the rows of this query are being fetched")));
}

/*
 * The same, in which the statement may call Go code of this world: it can neither fetch
 * from the cursor, nor close it.
 */
static void
fetch(const WorldRef *world, Cursor *c, PgstdRows *rows)
{
	Fetching	this = {.outer = fetching, .within = ActivePortal};

	check_idle(c);
	c->busy = true;
	fetching = &this;
	PG_TRY();
	{
		fetch_rows(world, c, rows);
	}
	PG_FINALLY();
	{
		fetching = this.outer;
		if (pgstd_is_alive(world))
			c->busy = false;
	}
	PG_END_TRY();
}

static Cursor *
find_cursor(BackendWorld *bw, uint64 id)
{
	for (Cursor *c = bw->cursors; c != NULL; c = c->next)
		if (c->id == id)
			return c;
	elog(ERROR, "pgstd: there is no cursor " UINT64_FORMAT, id);
}

static void
open_cursor(const WorldRef *world, PgstdRows *rows, FunctionCallInfo fcinfo, MemoryContext context)
{
	Portal		around = ActivePortal;
	Portal		portal = pgstd_open_cursor(world, &rows->sql, fcinfo, context);
	BackendWorld *bw = pgstd_alive(world);
	MemoryContext memory;
	Cursor	   *c;

	if (bw->ncursors >= MAX_CURSORS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("Go code reads the rows of more than %d queries at a time", MAX_CURSORS)));
	memory = AllocSetContextCreate(bw->context, "pgstd cursor", ALLOCSET_SMALL_SIZES);
	c = MemoryContextAllocZero(memory, sizeof(Cursor));
	c->context = memory;
	c->batch = AllocSetContextCreate(memory, "pgstd rows", ALLOCSET_DEFAULT_SIZES);
	c->size = FIRST_ROWS;
	c->id = ++bw->last_cursor;
	for (const Cursor *o = bw->cursors; o != NULL; o = o->next)
		if (o->link != NULL && o->link->portal == around)
			c->within = o->id;
	join(c, portal);
	c->next = bw->cursors;
	bw->cursors = c;
	bw->ncursors++;
	rows->cursor = c->id;
	describe(c, portal->tupDesc);
	rows->sql.ncolumns = (uint64) c->ncolumns;
	rows->sql.column_types = c->types;
	rows->sql.column_oids = c->oids;
	rows->sql.names = c->names;
	fetch(world, c, rows);
}

/* Opens a cursor, or fetches from one. */
void
pgstd_rows(const WorldRef *world, PgstdRows *rows, FunctionCallInfo fcinfo, MemoryContext context)
{
	if (rows->op == PGSTD_ROWS_OPEN)
		open_cursor(world, rows, fcinfo, context);
	else
		fetch(world, find_cursor(pgstd_alive(world), rows->cursor), rows);
}

/*
 * Forgets a cursor.  Its portal is closed, too, unless that is left to the end of the
 * transaction: a statement has failed, or nothing may run now.
 */
void
pgstd_rows_close(BackendWorld *bw, uint64 cursor, bool leave)
{
	for (Cursor **at = &bw->cursors; *at != NULL; at = &(*at)->next)
	{
		Cursor	   *c = *at;
		Portal		portal;

		if (c->id != cursor)
			continue;
		check_idle(c);
		*at = c->next;
		bw->ncursors--;
		bw->cursor_bytes -= c->taken;
		portal = leave || c->link == NULL ? NULL : c->link->portal;
		MemoryContextDelete(c->context);
		if (portal != NULL)
			close_portal(portal);
		return;
	}
}

/* The world is gone, and with its memory all cursors. */
void
pgstd_rows_forget(BackendWorld *bw)
{
	bw->cursors = NULL;
	bw->ncursors = 0;
	bw->cursor_bytes = 0;
}

/* Whether a cursor was opened while another one's rows were being fetched, which can go on. */
static bool
is_within(const BackendWorld *bw, const Cursor *c)
{
	for (const Cursor *o = bw->cursors; o != NULL; o = o->next)
		if (o->id == c->within && o->link != NULL)
			return true;
	return false;
}

/*
 * Pins or unpins the portals of all cursors.  PostgreSQL keeps the rows of those
 * that are pinned when a procedure ends a transaction.  What reads rows for another one's
 * statement comes to their end as those are kept.
 */
void
pgstd_rows_pin(const BackendWorld *bw, bool pin)
{
	for (const Cursor *c = bw->cursors; c != NULL; c = c->next)
	{
		Portal		portal = c->link != NULL ? c->link->portal : NULL;

		if (portal == NULL || portal->portalPinned == pin || (pin && is_within(bw, c)))
			continue;
		if (pin)
			PinPortal(portal);
		else
			UnpinPortal(portal);
	}
}
