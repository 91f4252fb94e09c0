/*-------------------------------------------------------------------------
 *
 * asked.c
 *	  Requests of a world, as they cross the border: taken once, and answered in
 *	  the same place.
 *
 *-------------------------------------------------------------------------
 */
#include "asked.h"
#include "common.h"
#include "../cell/cell.h"

static const RequestForm forms[] = {
	[PGSTD_REQUEST_SQL] = {sizeof(PgstdSQL), offsetof(PgstdSQL, error)},
	[PGSTD_REQUEST_SUBXACT] = {sizeof(PgstdSubxact), offsetof(PgstdSubxact, error)},
	[PGSTD_REQUEST_ROWS] = {sizeof(PgstdRows), offsetof(PgstdRows, sql.error)},
	[PGSTD_REQUEST_TRANSACTION] = {sizeof(PgstdTransaction), offsetof(PgstdTransaction, error)},
	[PGSTD_REQUEST_SHOW] = {sizeof(PgstdShow), offsetof(PgstdShow, error)},
	[PGSTD_REQUEST_SET_ROWS] = {sizeof(PgstdSetRows), offsetof(PgstdSetRows, error)},
	[PGSTD_REQUEST_WINDOW] = {sizeof(PgstdWindow), offsetof(PgstdWindow, error)},
	[PGSTD_REQUEST_WORKER] = {sizeof(PgstdWorker), offsetof(PgstdWorker, error)},
	[PGSTD_REQUEST_ENDING] = {sizeof(PgstdEnding), offsetof(PgstdEnding, error)},
	[PGSTD_REQUEST_COMMON] = {sizeof(PgstdCommon), offsetof(PgstdCommon, error)},
};

/*
 * Copies the request, of which the world has said where it lies; NULL: it is none.
 */
const RequestForm *
pgstd_request_copy(PgstdWorld *world, Request *request)
{
	uint32		number = world->control->request;

	if (number >= lengthof(forms) || forms[number].size == 0 ||
		!pgstd_memory_writable(world, world->control->argument, forms[number].size))
		return NULL;
	memcpy(request, world->control->argument, forms[number].size);
	return &forms[number];
}

/* Writes the answer to where the request was. */
void
pgstd_request_answer(BackendWorld *bw, const RequestForm *form, Request *request, void *argument)
{
	if (bw->apart != NULL)
		pgstd_pass_answer(bw, (uint32) (form - forms), request, pgstd_request_error(form, request));
	memcpy(argument, request, form->size);
}

/*
 * Answers a request where nothing may be raised: with a refusal, but for what says which rows
 * are a call's own, and for memory that sessions have in common.  False: the world has not kept to the rules.
 */
bool
pgstd_request_refuse(BackendWorld *bw)
{
	static const char message[] = "SQL is not possible here: the transaction is ending";
	static const PgstdErrorData refusal = {
		.sqlstate = {"0A000", 5},
		.message = {message, sizeof(message) - 1},
	};
	void	   *argument = bw->world.control->argument;
	const RequestForm *form;
	Request		request;

	if (bw->world.control->request == PGSTD_REQUEST_INTERRUPTS)
		return true;
	form = pgstd_request_copy(&bw->world, &request);
	if (form == NULL)
		return false;
	if (form == &forms[PGSTD_REQUEST_ROWS] && request.rows.op == PGSTD_ROWS_BEFORE)
	{
		request.rows.cursor = bw->last_cursor;
		request.rows.sql.error = NULL;
	}
	else if (form == &forms[PGSTD_REQUEST_COMMON] && pgstd_common_quietly(bw, &request.common))
		request.common.error = NULL;
	else
		*pgstd_request_error(form, &request) = &refusal;
	if (bw->apart != NULL)
		pgstd_pass_forget(bw);
	pgstd_request_answer(bw, form, &request, argument);
	return true;
}
