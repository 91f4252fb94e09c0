/*-------------------------------------------------------------------------
 *
 * frame.h
 *	  A call that has made a request: its subtransactions, and its errors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_FRAME_H
#define PGSTD_FRAME_H

#include "../backend.h"

#include "utils/resowner.h"

#define PGSTD_PLACE_MAX	256		/* bytes of a line that says where in Go code */

/* A subtransaction that the call has begun. */
typedef struct Subxact
{
	struct Subxact *outer;
	MemoryContext memory;		/* holds this and the error */
	MemoryContext context;		/* what was current before */
	ResourceOwner owner;
	ErrorData  *failed;			/* first error of a statement in it */
	bool		whole;			/* it is a transaction, of a worker */
} Subxact;

/* One call that has made a request. */
typedef struct Frame
{
	WorldRef	world;
	FunctionCallInfo fcinfo;	/* NULL while init functions run */
	const char *signature;		/* for people; NULL if there is none */
	Oid			user;			/* whose rights the call has */
	int			security;
	ResourceOwner owner;
	bool		prepared;		/* for requests other than interrupts */
	bool		broken;			/* the world has not kept to the rules, and must end */
	uint64		last_cursor;	/* that was opened before */
	MemoryContext context;
	MemoryContext answer;		/* of the last statement, until the next one; NULL: not made yet */
	MemoryContext ended;		/* of the last subtransaction, as long */
	Subxact    *subxact;		/* innermost */
	int			nsubxacts;
	ErrorData  *failed;			/* first error of a statement outside of any */
	size_t		inner;			/* so much of its context is the statement's own */
	uint32		heldoff;		/* how often interrupts were, when a request has raised something */
	PgstdErrorData error;		/* what the world has been told */
} Frame;

/* frame.c */
extern MemoryContext pgstd_frame_answer(Frame *frame);
extern const PgstdErrorData *pgstd_frame_tell(Frame *frame, const ErrorData *edata);
extern void pgstd_frame_add_place(Frame *frame, PgstdText said);
extern void pgstd_frame_add_panic(Frame *frame);
extern const PgstdErrorData *pgstd_frame_tell_text(Frame *frame, const char *sqlstate, const char *message, const char *hint);
extern void pgstd_frame_begin_subxact(Frame *frame);
extern void pgstd_frame_forget_ended(Frame *frame);
extern void pgstd_frame_forget_answer(Frame *frame);
extern bool pgstd_can_begin_whole(void);
extern ErrorData *pgstd_frame_end_subxact(Frame *frame, bool commit);
extern void pgstd_frame_end_subxacts(Frame *frame);
pg_noreturn extern void pgstd_frame_leave(Frame *frame, ErrorData *edata);
extern void pgstd_frame_abort_statement(const Frame *frame);
extern ErrorData *pgstd_frame_catch_error(Frame *frame);
extern void pgstd_frame_check_alive(Frame *frame);
extern ErrorData **pgstd_frame_failure(Frame *frame);

#endif							/* PGSTD_FRAME_H */
