/*-------------------------------------------------------------------------
 *
 * asked.h
 *	  Requests of a world, as they cross the border.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_ASKED_H
#define PGSTD_ASKED_H

#include "../backend.h"

/* A request as it was taken; the answer is written into it. */
typedef union Request
{
	PgstdSQL	sql;
	PgstdSubxact subxact;
	PgstdRows	rows;
	PgstdTransaction transaction;
	PgstdShow	show;
	PgstdSetRows set_rows;
	PgstdWindow window;
	PgstdWorker worker;
	PgstdEnding ending;
	PgstdCommon common;
} Request;

/* What a kind of request consists of. */
typedef struct RequestForm
{
	Size		size;
	Size		error;			/* where the answer says what has gone wrong */
} RequestForm;

static inline const PgstdErrorData **
pgstd_request_error(const RequestForm *form, Request *request)
{
	return (const PgstdErrorData **) ((char *) request + form->error);
}

/* asked.c */
extern const RequestForm *pgstd_request_copy(PgstdWorld *world, Request *request);
extern void pgstd_request_answer(BackendWorld *bw, const RequestForm *form, Request *request, void *argument);
extern bool pgstd_request_refuse(BackendWorld *bw);

#endif							/* PGSTD_ASKED_H */
