/*-------------------------------------------------------------------------
 *
 * notify.c
 *	  What a background worker asks for: notifications.
 *
 * The server reads its queue of notifications for a client, and has no other use for
 * them.  So here is one that keeps what it is sent, while the queue is read.  That is done
 * outside of transactions only, as for any client.
 *
 *-------------------------------------------------------------------------
 */
#include "notify.h"
#include "../base/text.h"
#include "../base/worker.h"
#include "../values/take.h"

#include "access/xact.h"
#include "commands/async.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"

/*
 * How the server talks to a client.  Its header wants others, of libraries with which the
 * server may have been built, and which nobody needs to build a module.
 */
typedef struct PgCommMethods
{
	void		(*comm_reset) (void);
	int			(*flush) (void);
	int			(*flush_if_writable) (void);
	bool		(*is_send_pending) (void);
	int			(*putmessage) (char msgtype, const char *s, size_t len);
	void		(*putmessage_noblock) (char msgtype, const char *s, size_t len);
} PgCommMethods;

extern const PgCommMethods *PqCommMethods;

int			(*pgstd_start_worker) (const char *name, const char *argument) = NULL;

/* What NotifyMyFrontEnd sends. */
#define NOTIFICATION_MESSAGE	'A'

/* What a piece of memory takes besides its content; short ones are rounded up, too. */
#define CHUNK			32

typedef struct Notification
{
	dlist_node	node;
	Size		bytes;			/* of memory */
	int			pid;
	char	   *channel;		/* as the payload, behind the structure */
	char	   *payload;
} Notification;

static dlist_head waiting = DLIST_STATIC_INIT(waiting);
static Size waiting_bytes = 0;
static Size waiting_limit = 0;
static uint64 dropped = 0;

/* The one that the world is reading. */
static Notification *told = NULL;

static void
do_nothing(void)
{
}

static int
flush_nothing(void)
{
	return 0;
}

static bool
nothing_waits(void)
{
	return false;
}

/* It is called between errors of the server's own, and so raises none but for want of memory. */
static int
keep(char type, const char *message, size_t size)
{
	Notification *n;
	uint32		pid;
	char	   *text;
	size_t		length = size - sizeof(pid);
	Size		bytes = sizeof(Notification) + size + CHUNK;

	if (type != NOTIFICATION_MESSAGE || size < sizeof(pid) + 2)
		return 0;
	if (waiting_bytes + bytes > waiting_limit)
	{
		dropped++;
		return 0;
	}
	n = MemoryContextAlloc(TopMemoryContext, sizeof(Notification) + length + 1);
	memcpy(&pid, message, sizeof(pid));
	text = (char *) (n + 1);
	memcpy(text, message + sizeof(pid), length);
	text[length] = '\0';
	n->bytes = bytes;
	n->pid = (int) pg_ntoh32(pid);
	n->channel = text;
	n->payload = text + Min(strlen(text) + 1, length);
	dlist_push_tail(&waiting, &n->node);
	waiting_bytes += bytes;
	return 0;
}

static void
keep_later(char type, const char *message, size_t size)
{
	(void) keep(type, message, size);
}

static const PgCommMethods keeping = {
	.comm_reset = do_nothing,
	.flush = flush_nothing,
	.flush_if_writable = flush_nothing,
	.is_send_pending = nothing_waits,
	.putmessage = keep,
	.putmessage_noblock = keep_later,
};

static const PgCommMethods *methods_before;
static CommandDest dest_before;

static void
stop_keeping(void)
{
	PqCommMethods = methods_before;
	whereToSendOutput = dest_before;
	if (IsTransactionState())
		AbortCurrentTransaction();
}

/* Reads the server's queue, in a transaction of its own. */
static void
collect(Frame *frame)
{
	waiting_limit = frame->world.bw->world.memory_limit;
	pgstd_worker_notified = false;
	methods_before = PqCommMethods;
	dest_before = whereToSendOutput;
	PqCommMethods = &keeping;
	whereToSendOutput = DestRemote;
	PG_TRY();
	{
		ProcessNotifyInterrupt(false);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(frame->context);
		stop_keeping();
		PG_RE_THROW();
	}
	PG_END_TRY();
	stop_keeping();
	MemoryContextSwitchTo(frame->context);
	CurrentResourceOwner = NULL;
	if (dropped > 0)
		ereport(WARNING,
				(errmsg(UINT64_FORMAT " notifications were dropped, as %s does not read them", dropped, pgstd_worker_name)));
	dropped = 0;
}

/* A text that does not end before its end. */
static char *
take_name(Frame *frame, PgstdText text, const char *what)
{
	PgstdTaking taking;
	PgstdText	copy;

	pgstd_take_begin(&taking, frame->world.bw);
	copy = pgstd_take_text(&taking, text);
	if (memchr(copy.data, '\0', copy.size) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("the %s holds a NUL", what)));
	return pgstd_cstring(copy);
}

/* NOTIFY refuses such names; a channel of that kind would never hear anything. */
static void
serve_listen(Frame *frame, const PgstdWorker *request)
{
	char	   *channel = take_name(frame, request->name, "name of a channel");

	if (pgstd_worker_name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("notifications come to a background worker, which this is not"),
				 errhint("A session listens by LISTEN, and its client gets them.")));
	if (InSecurityRestrictedOperation())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a background worker cannot begin or end to listen within a security-restricted operation")));
	if (*channel == '\0' || strlen(channel) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a channel has from 1 to %d bytes", NAMEDATALEN - 1)));
	if (request->op == PGSTD_WORKER_LISTEN)
		Async_Listen(channel);
	else
		Async_Unlisten(channel);
}

static void
serve_notification(Frame *frame, PgstdWorker *request)
{
	if (told != NULL)
		pfree(told);
	told = NULL;
	if (dlist_is_empty(&waiting) && notifyInterruptPending && pgstd_can_begin_whole())
		collect(frame);
	request->found = !dlist_is_empty(&waiting);
	if (!request->found)
		return;
	told = dlist_container(Notification, node, dlist_pop_head_node(&waiting));
	waiting_bytes -= told->bytes;
	request->channel = pgstd_text_of(told->channel);
	request->payload = pgstd_text_of(told->payload);
	request->pid = (uint64) told->pid;
}

static void
serve_start(Frame *frame, PgstdWorker *request)
{
	char	   *name = take_name(frame, request->name, "name of a worker");
	char	   *argument = take_name(frame, request->argument, "argument of a worker");

	if (pgstd_start_worker == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a function of the language plgo has no background workers"),
				 errhint("An extension can have some; see //pg:worker.")));
	request->pid = (uint64) pgstd_start_worker(name, argument);
}

/* Serves a request of a worker, or for one. */
void
pgstd_worker_serve(Frame *frame, PgstdWorker *request)
{
	MemoryContext caller = MemoryContextSwitchTo(pgstd_frame_answer(frame));

	/* What a worker does, no wall holds; and what it is told lies in the backend. */
	if (frame->world.bw->apart != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("Go code in a cell can neither start nor be a background worker")));
	request->found = request->pid = 0;
	switch ((PgstdWorkerOp) request->op)
	{
		case PGSTD_WORKER_LISTEN:
		case PGSTD_WORKER_UNLISTEN:
			serve_listen(frame, request);
			break;
		case PGSTD_WORKER_NOTIFICATION:
			serve_notification(frame, request);
			break;
		case PGSTD_WORKER_START:
			serve_start(frame, request);
			break;
		default:
			elog(ERROR, "pgstd: unknown request about workers");
	}
	MemoryContextSwitchTo(caller);
}
