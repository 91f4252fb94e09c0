/*-------------------------------------------------------------------------
 *
 * kinds.h
 *	  What is done for each kind of request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_KINDS_H
#define PGSTD_KINDS_H

#include "asked.h"
#include "frame.h"

#define PGSTD_REQUEST_KINDS	(PGSTD_REQUEST_COMMON + 1)

/* What there is to know of a kind of request. */
typedef struct RequestKind
{
	void		(*serve) (Frame *frame, Request *request);
	bool		keeps_answer;	/* that of the last statement stays */
	/* Outside of a transaction, where a worker can be; NULL: no */
	bool		(*outside) (const Request *request);
	bool		(*possible) (const Request *request);	/* after a failure; NULL: no */
	const char *refused;		/* what is not possible then; NULL: another statement */
} RequestKind;

/* By number; NULL: the Go part of this module makes no request. */
extern const RequestKind *const pgstd_request_kinds;

#endif							/* PGSTD_KINDS_H */
