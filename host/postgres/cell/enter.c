/*-------------------------------------------------------------------------
 *
 * enter.c
 *	  Into a world of a cell, and what comes back.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"
#include "../values/take.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* Ends the cell, for a reason of the backend's. */
static ErrorData *
end_cell(BackendWorld *bw, int sqlstate, const char *detail)
{
	ErrorData  *edata = pgstd_cell_end(pgstd_cell_of(bw)->process, bw);

	edata->sqlerrcode = sqlstate;
	if (edata->detail != NULL)
		pfree(edata->detail);
	edata->detail = MemoryContextStrdup(TopMemoryContext, detail);
	pgstd_cell_keep_error(bw, edata);
	return edata;
}

/* The cell has not kept to the rules. */
static PgstdEvent
broken(BackendWorld *bw)
{
	(void) end_cell(bw, ERRCODE_EXTERNAL_ROUTINE_EXCEPTION, "It had given an answer that no cell gives.");
	return PGSTD_EVENT_CANCELLED;
}

/* It could not map a world where the backend has it: see PGSTD_WORLDS_FROM. */
static PgstdEvent
unmapped(BackendWorld *bw, int why)
{
	ErrorData  *edata;

	errno = why;
	edata = end_cell(bw, ERRCODE_SYSTEM_ERROR, psprintf("%m"));
	pfree(edata->message);
	edata->message = MemoryContextStrdup(TopMemoryContext, "could not map the memory of a world in a cell");
	return PGSTD_EVENT_CANCELLED;
}

/* What a world that has died has said. */
static void
keep_last_words(BackendWorld *bw, const PgstdCellAnswer *answer, const char *text)
{
	PgstdWorld *world = &bw->world;
	uint64		size = Min(answer->size, PGSTD_DYING_MAX);

	if (size == 0 || (world->dying == NULL && (world->dying = malloc(PGSTD_DYING_MAX)) == NULL))
		return;
	memcpy(world->dying, text, size);
	world->dying_size = size;
}

static void
end_calls(PgstdCellWorld *cw)
{
	while (cw->calls != NULL)
		pgstd_pass_end(cw);
}

/* A call has ended. */
static void
end_call(PgstdCellWorld *cw, const PgstdCellAnswer *answer)
{
	CellCall   *call = cw->calls;
	PgstdControl *control = &cw->control;

	pgstd_pass_back(cw, call);
	if (unlikely((const void *) call->function == cw->bw->world.modules.init))
	{
		cw->registered = answer->functions;
		cw->nregistered = answer->nfunctions;
	}
	control->result = answer->result;
	control->result.word = pgstd_clean_word((PgstdType) call->signature[0], answer->result.word);
	control->result.flags = (answer->result.flags & (PGSTD_SLOT_NULL | PGSTD_SLOT_TEXT)) |
		(call->signature[0] == PGSTD_BYTEA ? PGSTD_RESULT_BYTES : 0);
	/* Some callers of a function do not look whether there is a result. */
	if (control->result.flags & PGSTD_SLOT_NULL)
		control->result.word = 0;
	control->failure = answer->failure;
	control->death = answer->failure != NULL && answer->death == PGSTD_DEATH_PANIC ? PGSTD_DEATH_PANIC : PGSTD_DEATH_NONE;
	control->attention = answer->failure != NULL || cw->bw->pending != NULL;
	pgstd_pass_end(cw);
}

/* Whatever does without is told once: the filter holds without that, too. */
static void
look_at_namespaces(const PgstdCell *cell)
{
	static bool told = false;

	if (told || *(volatile const uint32 *) &cell->channel->namespaces != 0)
		return;
	told = true;
	ereport(LOG,
			(errmsg("cells have no namespaces of their own: this kernel, or the container, does not let them"),
			 errdetail("Their filter of system calls holds all the same.")));
}

/* Into the control block goes what has been looked at. */
static PgstdEvent
take_event(BackendWorld *bw, const PgstdCellAnswer *answer)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);
	PgstdControl *control = &cw->control;

	control->op = PGSTD_OP_CALL;
	bw->world.memory = answer->memory;
	switch (answer->code)
	{
		case PGSTD_EVENT_READY:
			if (bw->world.state != PGSTD_WORLD_BUSY || cw->calls != NULL)
				return broken(bw);
			look_at_namespaces(cw->process);
			if (!pgstd_cell_take_functions(bw, answer->functions, answer->nfunctions))
				return PGSTD_EVENT_CANCELLED;
			break;
		case PGSTD_EVENT_DONE:
			if (cw->calls == NULL)
				return broken(bw);
			end_call(cw, answer);
			break;
		case PGSTD_EVENT_REQUEST:
			if (cw->calls == NULL && bw->world.state != PGSTD_WORLD_BUSY)
				return broken(bw);
			control->request = answer->request;
			control->argument = answer->argument;
			break;
		case PGSTD_EVENT_DEAD:
			control->death = answer->death != PGSTD_DEATH_NONE ? answer->death : PGSTD_DEATH_THROW;
			control->exit_code = answer->exit_code;
			bw->world.limited = answer->limited != 0;
			keep_last_words(bw, answer, cw->process->channel->text);
			break;
		case PGSTD_EVENT_CANCELLED:
			break;
		default:
			return broken(bw);
	}
	return (PgstdEvent) answer->code;
}

static void
pass_line(BackendWorld *bw, const PgstdCellAnswer *answer, const char *text)
{
	char		line[PGSTD_LINE_MAX];
	uint64		size = Min(answer->size, sizeof(line));

	memcpy(line, text, size);
	if (answer->code >= PGSTD_STDOUT && answer->code <= PGSTD_PRINT)
		bw->world.platform->line(&bw->world, (PgstdStream) answer->code, line, size);
}

static void
pass_report(BackendWorld *bw, const PgstdCellAnswer *answer, const char *text)
{
	PgstdErrorData message;

	memcpy(&message, text, sizeof(message));
	pgstd_message_check(&bw->world, &message);
	if (answer->code <= PGSTD_WARNING)
		bw->world.platform->report(&bw->world, (PgstdLevel) answer->code, &message);
}

/*
 * Does what a leaf hook asks for.  False: that is not known.
 */
static bool
serve_leaf(BackendWorld *bw, const PgstdCellAnswer *answer, int64 *value)
{
	const char *text = pgstd_cell_of(bw)->process->channel->text;

	switch (answer->kind)
	{
		case PGSTD_CELL_LINE:
			pass_line(bw, answer, text);
			return true;
		case PGSTD_CELL_REPORT:
			pass_report(bw, answer, text);
			return true;
		case PGSTD_CELL_TIMEZONE:
			*value = pgstd_timezone(&bw->world, answer->argument);
			return true;
		default:
			return false;
	}
}

/* Waits until the world gives control back. */
PgstdEvent
pgstd_cell_answer(BackendWorld *bw)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);
	CellGrace	grace = {0};

	for (;;)
	{
		PgstdCell  *cell = cw->process;
		PgstdCellAnswer answer;
		PgstdCellCommand go_on = {.op = PGSTD_CELL_GO_ON, .slot = cw->slot};

		switch (pgstd_cell_await(cell, bw, 0, &answer))
		{
			case CELL_ANSWERED:
				break;
			case CELL_ENDED:
				pgstd_cell_keep_error(bw, pgstd_cell_end(cell, bw));
				end_calls(cw);
				return PGSTD_EVENT_CANCELLED;
			case CELL_KILLED:
				FreeErrorData(pgstd_cell_end(cell, bw));
				end_calls(cw);
				return PGSTD_EVENT_CANCELLED;
		}
		if (answer.kind == PGSTD_CELL_FAILED)
		{
			PgstdEvent	event = unmapped(bw, (int) answer.code);

			end_calls(cw);
			return event;
		}
		if (answer.kind == PGSTD_CELL_EVENT)
		{
			PgstdEvent	event = take_event(bw, &answer);

			if (event == PGSTD_EVENT_DEAD || event == PGSTD_EVENT_CANCELLED)
				end_calls(cw);
			return event;
		}
		if (!serve_leaf(bw, &answer, &go_on.value))
		{
			PgstdEvent	event = broken(bw);

			end_calls(cw);
			return event;
		}
		if (pgstd_cell_overdue(bw, &grace) && cw->process == cell)
		{
			FreeErrorData(pgstd_cell_end(cell, bw));
			end_calls(cw);
			return PGSTD_EVENT_CANCELLED;
		}
		/* What others have hung into messages may have ended the cell. */
		if (cw->process != cell)
			return PGSTD_EVENT_CANCELLED;
		go_on.leave = grace.told != 0;
		cw->control.cancel = 0;
		pgstd_cell_command(cell, &go_on);
	}
}

/*
 * "Enter" of the object of a world in a cell: called as pgstd_switch calls, with the
 * world's control block.  It may raise only before the world has run.
 */
#if defined(__x86_64__)
__attribute__((force_align_arg_pointer))
#endif
int64
pgstd_cell_enter(PgstdControl *control)
{
	BackendWorld *bw = pgstd_world_of(control);
	PgstdCellWorld *cw = pgstd_cell_of(bw);
	PgstdCellCommand enter = {.op = PGSTD_CELL_ENTER, .slot = cw->slot};

	if (control->cancel)
	{
		control->cancel = 0;
		return PGSTD_EVENT_CANCELLED;
	}
	if (control->op == PGSTD_OP_RESULT)
		enter.resumes = 1;
	else
	{
		CellCall   *call = pgstd_pass_call(cw, control);

		enter.code = call->function->code;
		enter.args = call->shared;
	}
	(void) pgstd_pass_settings(cw);
	enter.memory_limit = bw->world.memory_limit;
	pgstd_cell_command(cw->process, &enter);
	return pgstd_cell_answer(bw);
}
