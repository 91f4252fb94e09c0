/*-------------------------------------------------------------------------
 *
 * answer.c
 *	  Answers to requests: copied into the call area, and for how long.
 *
 * An answer stays until the next request of the same call, as the host's own does; rows
 * of a cursor until more are fetched from it.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"

static CellCall *
asking(PgstdCellWorld *cw)
{
	return cw->calls != NULL ? cw->calls : &cw->start;
}

/* The last answer has been read. */
void
pgstd_pass_forget(BackendWorld *bw)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);
	CellCall   *call = asking(cw);

	pgstd_area_give(&cw->area, call->answer);
	call->answer = NULL;
}

/* A piece that stays until the next request. */
static char *
take(PgstdCellWorld *cw, uint64 size)
{
	CellCall   *call = asking(cw);
	PgstdExtent *extent = pgstd_area_take(&cw->area, size);

	if (extent == NULL)
		return NULL;
	extent->also = call->answer;
	call->answer = extent;
	return extent->start;
}

static const void *
copy(PgstdCellWorld *cw, const void *data, uint64 size)
{
	char	   *to = take(cw, size);

	if (to != NULL && size > 0)
		memcpy(to, data, size);
	return to;
}

static bool
pass_error(PgstdCellWorld *cw, const PgstdErrorData **error)
{
	PgstdErrorData data = **error;
	PgstdText  *texts = (PgstdText *) &data;

	for (size_t i = 0; i < sizeof(data) / sizeof(PgstdText); i++)
		if (texts[i].size > 0 && (texts[i].data = copy(cw, texts[i].data, texts[i].size)) == NULL)
			return false;
	*error = copy(cw, &data, sizeof(data));
	return *error != NULL;
}

static const PgstdText *
pass_names(PgstdCellWorld *cw, const PgstdText *from, int n)
{
	uint64		size = n * sizeof(PgstdText);
	PgstdText  *to;
	char	   *at;

	for (int i = 0; i < n; i++)
		size += from[i].size;
	to = (PgstdText *) take(cw, size);
	if (to == NULL)
		return NULL;
	at = (char *) (to + n);
	for (int i = 0; i < n; i++)
	{
		PgstdText	name = from[i];

		memcpy(at, name.data, name.size);
		to[i] = (PgstdText) {at, name.size};
		at += name.size;
	}
	return to;
}

static bool
pass_first_row(PgstdCellWorld *cw, PgstdSQL *sql)
{
	int			n = (int) sql->ncolumns;
	const uint8 *types = sql->column_types;
	char	   *rows;

	if (n == 0)
		return true;
	rows = take(cw, pgstd_pass_rows(NULL, types, sql->columns, 1, n));
	if (rows == NULL)
		return false;
	(void) pgstd_pass_rows(rows, types, sql->columns, 1, n);
	sql->columns = (const PgstdSlot *) rows;
	sql->names = pass_names(cw, sql->names, n);
	sql->column_types = copy(cw, types, n);
	sql->column_oids = copy(cw, sql->column_oids, n * sizeof(uint32));
	return sql->names != NULL && sql->column_types != NULL && sql->column_oids != NULL;
}

static void
forget_cursor(PgstdCellWorld *cw, uint64 id)
{
	for (CellCursor **link = &cw->cursors; *link != NULL; link = &(*link)->next)
	{
		CellCursor *c = *link;

		if (c->id != id)
			continue;
		*link = c->next;
		pgstd_area_give(&cw->area, c->header);
		pgstd_area_give(&cw->area, c->batch);
		pfree(c->types);
		pfree(c);
		return;
	}
}

/* What stays the same as long as a cursor is open. */
static bool
pass_header(PgstdCellWorld *cw, CellCursor *c, PgstdRows *rows)
{
	int			n = c->ncolumns;
	uint64		size = n * (sizeof(uint8) + sizeof(uint32) + sizeof(PgstdText)) + 16;
	PgstdText  *names;
	uint32	   *oids;
	char	   *at;

	for (int i = 0; i < n; i++)
		size += rows->sql.names[i].size;
	c->header = pgstd_area_take(&cw->area, size);
	if (c->header == NULL)
		return false;
	names = (PgstdText *) c->header->start;
	oids = (uint32 *) (names + n);
	at = (char *) (oids + n);
	if (n > 0)
	{
		memcpy(oids, rows->sql.column_oids, n * sizeof(uint32));
		memcpy(at, c->types, n);
	}
	rows->sql.column_oids = oids;
	rows->sql.column_types = (const uint8 *) at;
	at += n;
	for (int i = 0; i < n; i++)
	{
		PgstdText	name = rows->sql.names[i];

		memcpy(at, name.data, name.size);
		names[i] = (PgstdText) {at, name.size};
		at += name.size;
	}
	rows->sql.names = names;
	return true;
}

static bool
pass_cursor(PgstdCellWorld *cw, PgstdRows *rows)
{
	CellCursor *c;

	if (rows->op == PGSTD_ROWS_CLOSE)
	{
		forget_cursor(cw, rows->cursor);
		return true;
	}
	if (rows->op == PGSTD_ROWS_BEFORE)
		return true;
	if (rows->op == PGSTD_ROWS_OPEN)
	{
		/* Nothing is raised here: the call would never end. */
		c = MemoryContextAllocExtended(cw->area.context, sizeof(CellCursor), MCXT_ALLOC_ZERO | MCXT_ALLOC_NO_OOM);
		if (c == NULL)
			return false;
		c->id = rows->cursor;
		c->ncolumns = (int) rows->sql.ncolumns;
		c->types = MemoryContextAllocExtended(cw->area.context, c->ncolumns + 1, MCXT_ALLOC_NO_OOM);
		if (c->types == NULL)
		{
			pfree(c);
			return false;
		}
		memcpy(c->types, rows->sql.column_types, c->ncolumns);
		c->next = cw->cursors;
		cw->cursors = c;
		if (!pass_header(cw, c, rows))
			return false;
	}
	else
		for (c = cw->cursors; c != NULL && c->id != rows->cursor; c = c->next)
			;
	if (c == NULL)
		return false;
	pgstd_area_give(&cw->area, c->batch);
	c->batch = pgstd_area_take(&cw->area, pgstd_pass_rows(NULL, c->types, rows->sql.columns, rows->sql.nrows, c->ncolumns));
	if (c->batch == NULL)
		return false;
	(void) pgstd_pass_rows(c->batch->start, c->types, rows->sql.columns, rows->sql.nrows, c->ncolumns);
	rows->sql.columns = (const PgstdSlot *) c->batch->start;
	rows->sql.ncolumns = (uint64) c->ncolumns;
	return true;
}

static bool
pass_result(PgstdCellWorld *cw, uint32 number, void *request)
{
	switch (number)
	{
		case PGSTD_REQUEST_SQL:
			return pass_first_row(cw, request);
		case PGSTD_REQUEST_ROWS:
			return pass_cursor(cw, request);
		case PGSTD_REQUEST_SHOW:
			{
				PgstdText  *text = &((PgstdShow *) request)->text;

				text->data = copy(cw, text->data, text->size);
				return text->data != NULL;
			}
		case PGSTD_REQUEST_COMMON:
			{
				PgstdCommon *common = request;

				common->found_key.data = copy(cw, common->found_key.data, common->found_key.size);
				common->found.data = copy(cw, common->found.data, common->found.size);
				return common->found_key.data != NULL && common->found.data != NULL;
			}
		case PGSTD_REQUEST_WINDOW:
			{
				PgstdWindow *window = request;
				char	   *to;

				if (window->op > PGSTD_WINDOW_FRAME_LAST || cw->calls == NULL)
					return true;
				to = take(cw, pgstd_pass_argument(NULL, cw, window->argument, &window->value));
				if (to != NULL)
					(void) pgstd_pass_argument(to, cw, window->argument, &window->value);
				return to != NULL;
			}
		default:
			return true;
	}
}

/* Nothing of an answer that an error takes the place of: it points into the backend. */
static void
clear_answer(uint32 number, void *request)
{
	PgstdSQL   *sql = request;		/* of which a PgstdRows begins with one */

	if (number == PGSTD_REQUEST_SHOW)
		((PgstdShow *) request)->text = (PgstdText) {0};
	else if (number == PGSTD_REQUEST_COMMON)
		((PgstdCommon *) request)->found_key = ((PgstdCommon *) request)->found = (PgstdText) {0};
	else if (number == PGSTD_REQUEST_WINDOW)
		((PgstdWindow *) request)->value = (PgstdSlot) {.flags = PGSTD_SLOT_NULL};
	else if (number == PGSTD_REQUEST_SQL || number == PGSTD_REQUEST_ROWS)
	{
		sql->nrows = sql->ncolumns = 0;
		sql->columns = NULL;
		sql->column_types = NULL;
		sql->column_oids = NULL;
		sql->names = NULL;
	}
}

/* Puts an error into the call area that needs no room later. */
bool
pgstd_pass_prepare(PgstdCellWorld *cw)
{
	static const char texts[] = "53200" "out of memory: an answer takes more than Go code may have"
		"Read less at a time, or increase the configuration parameter \"pgstd.max_memory\".";
	const size_t code = 5,
				hint = sizeof("53200" "out of memory: an answer takes more than Go code may have") - 1;
	PgstdExtent *extent = pgstd_area_take(&cw->area, sizeof(PgstdErrorData) + sizeof(texts));
	PgstdErrorData *error;
	char	   *at;

	if (extent == NULL)
		return false;
	error = (PgstdErrorData *) extent->start;
	at = memcpy(error + 1, texts, sizeof(texts));
	*error = (PgstdErrorData) {
		.sqlstate = {at, code},
		.message = {at + code, hint - code},
		.hint = {at + hint, sizeof(texts) - 1 - hint},
	};
	cw->no_room = error;
	return true;
}

/*
 * Puts the answer to a request where the cell can read it: pointers in the request,
 * which is the host's, are changed.  If there is no room for it, the answer is an error.
 */
void
pgstd_pass_answer(BackendWorld *bw, uint32 number, void *request, const PgstdErrorData **error)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);

	if (*error == NULL && pass_result(cw, number, request))
		return;
	clear_answer(number, request);
	if (*error == NULL || !pass_error(cw, error))
		*error = cw->no_room;
}
