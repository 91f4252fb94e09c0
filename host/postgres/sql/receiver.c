/*-------------------------------------------------------------------------
 *
 * receiver.c
 *	  What takes rows from the executor.
 *
 *-------------------------------------------------------------------------
 */
#include "sql.h"

static void
ignore_end(DestReceiver *self)
{
	(void) self;
}

/*
 * The public part of a receiver whose owner has it on his stack: nothing is to be done
 * at its end.
 */
DestReceiver
pgstd_receiver(bool (*receive) (TupleTableSlot *, DestReceiver *), void (*start) (DestReceiver *, int, TupleDesc))
{
	return (DestReceiver) {
		.receiveSlot = receive,
		.rStartup = start,
		.rShutdown = ignore_end,
		.rDestroy = ignore_end,
		.mydest = DestNone,
	};
}
