/*-------------------------------------------------------------------------
 *
 * pass.c
 *	  What the backend passes to a cell: copied into the call area, as deep as it goes.
 *
 * The same walk finds out how much room something takes, and copies as far as there is
 * some: what does not fit is gone through again.  Nothing is read from the call area but
 * what a call has to bring back, and that once.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"
#include "../values/conv.h"

/* Room for the arguments of a call that are not many; a multiple of what the call area deals in. */
#define SMALL_CALL	1024

typedef struct Copier
{
	char	   *base;
	uint64		size;			/* of the room there; 0: it counts */
	uint64		at;				/* how much it takes so far */
} Copier;

/* Room that is filled later; NULL: there is none. */
static void *
room(Copier *copier, uint64 size)
{
	char	   *to = copier->base + copier->at;

	copier->at += (size + 7) & ~UINT64CONST(7);
	return copier->at <= copier->size ? to : NULL;
}

static void *
place(Copier *copier, const void *data, uint64 size)
{
	void	   *to = room(copier, size);

	if (to != NULL && size > 0)
		memcpy(to, data, size);
	return to;
}

StaticAssertDecl(sizeof(PgstdTrigger) % 8 == 0, "what is placed last ends where the copier stands");

static PgstdText
place_text(Copier *copier, PgstdText text)
{
	return (PgstdText) {place(copier, text.data, text.size), text.size};
}

static PgstdSlot pass_slot(Copier *copier, PgstdType code, const uint8 *details, const PgstdSlot *from);

/* Slots one behind the other, of one type. */
static const PgstdSlot *
pass_slots(Copier *copier, PgstdType code, const uint8 *details, const PgstdSlot *from, uint64 n)
{
	PgstdSlot  *to = room(copier, n * sizeof(PgstdSlot));

	for (uint64 i = 0; i < n; i++)
	{
		PgstdSlot	slot = pass_slot(copier, code, details, &from[i]);

		if (to != NULL)
			to[i] = slot;
	}
	return to;
}

static uint64
pass_array(Copier *copier, const uint8 *details, const PgstdArray *from)
{
	PgstdArray	array = *from;

	if (array.width == PGSTD_WIDTH_VARLENA)
		array.elements = place(copier, from->elements, from->bytes);
	else if (array.width != 0)
		array.elements = place(copier, from->elements, from->nelements * from->width);
	else if (details != NULL)
		array.elements = pass_slots(copier, (PgstdType) details[0], details + 1, from->elements, from->nelements);
	else
		array.elements = pass_slots(copier, (PgstdType) from->element, NULL, from->elements, from->nelements);
	return (uint64) place(copier, &array, sizeof(array));
}

static uint64
pass_record(Copier *copier, const uint8 *details, const PgstdSlot *from)
{
	int			n = pgstd_details_count(&details);
	PgstdSlot  *to = room(copier, n * sizeof(PgstdSlot));

	for (int i = 0; i < n; i++)
	{
		PgstdType	code;
		PgstdSlot	slot;

		details += 1 + *details;
		code = (PgstdType) *details++;
		slot = pass_slot(copier, code, details, &from[i]);
		if (to != NULL)
			to[i] = slot;
		details = pgstd_skip_details(code, details);
	}
	return (uint64) to;
}

static const PgstdColumn *
pass_columns(Copier *copier, const PgstdColumn *from, uint64 n)
{
	PgstdColumn *to = room(copier, n * sizeof(PgstdColumn));

	for (uint64 i = 0; i < n; i++)
	{
		PgstdColumn column = from[i];

		column.name = place_text(copier, column.name);
		if (to != NULL)
			to[i] = column;
	}
	return to;
}

/* Values of columns, which say what they are. */
static const PgstdSlot *
pass_row_values(Copier *copier, const PgstdColumn *columns, const PgstdSlot *from, uint64 n)
{
	PgstdSlot  *to = room(copier, n * sizeof(PgstdSlot));

	for (uint64 i = 0; i < n; i++)
	{
		PgstdSlot	slot = pass_slot(copier, (PgstdType) (columns[i].type & 0xff), NULL, &from[i]);

		if (to != NULL)
			to[i] = slot;
	}
	return to;
}

static uint64
pass_row(Copier *copier, const PgstdRow *from)
{
	PgstdRow	row = *from;

	row.columns = pass_columns(copier, from->columns, from->ncolumns);
	row.values = pass_row_values(copier, from->columns, from->values, from->ncolumns);
	return (uint64) place(copier, &row, sizeof(row));
}

/* Details are those of the type; NULL: the value says itself what it consists of. */
static PgstdSlot
pass_slot(Copier *copier, PgstdType code, const uint8 *details, const PgstdSlot *from)
{
	PgstdSlot	slot = *from;

	if (slot.flags & PGSTD_SLOT_NULL)
		return slot;
	switch (code)
	{
		case PGSTD_WHOLE:
			if (!(slot.flags & PGSTD_SLOT_TEXT))
				break;
			/* FALLTHROUGH */
		case PGSTD_TEXT:
		case PGSTD_BYTEA:
		case PGSTD_UUID:
		case PGSTD_INTERVAL:
		case PGSTD_BINARY:
			slot.word = (uint64) place(copier, (const void *) from->word, from->size);
			break;
		case PGSTD_ARRAY:
			slot.word = pass_array(copier, details, (const PgstdArray *) from->word);
			break;
		case PGSTD_RECORD:
			slot.word = pass_record(copier, details, (const PgstdSlot *) from->word);
			break;
		case PGSTD_ROW:
		case PGSTD_ANY:
			slot.word = pass_row(copier, (const PgstdRow *) from->word);
			break;
		default:
			break;
	}
	return slot;
}

static uint64
pass_trigger(Copier *copier, const PgstdTrigger *from)
{
	PgstdTrigger trigger = *from;
	PgstdText  *args;

	trigger.name = place_text(copier, from->name);
	trigger.schema = place_text(copier, from->schema);
	trigger.table = place_text(copier, from->table);
	trigger.old_table = place_text(copier, from->old_table);
	trigger.new_table = place_text(copier, from->new_table);
	args = room(copier, from->nargs * sizeof(PgstdText));
	for (uint64 i = 0; i < from->nargs; i++)
	{
		PgstdText	arg = place_text(copier, from->args[i]);

		if (args != NULL)
			args[i] = arg;
	}
	trigger.args = args;
	trigger.columns = pass_columns(copier, from->columns, from->ncolumns);
	if (from->old_row != NULL)
		trigger.old_row = pass_row_values(copier, from->columns, from->old_row, from->ncolumns);
	if (from->new_row != NULL)
		trigger.new_row = pass_row_values(copier, from->columns, from->new_row, from->ncolumns);
	return (uint64) place(copier, &trigger, sizeof(trigger));
}

static uint64
pass_event_trigger(Copier *copier, const PgstdEventTrigger *from)
{
	PgstdEventTrigger trigger = {
		.event = place_text(copier, from->event),
		.tag = place_text(copier, from->tag),
	};

	return (uint64) place(copier, &trigger, sizeof(trigger));
}

static uint64
pass_states(Copier *copier, const PgstdStates *from)
{
	PgstdStates states = *from;

	states.handles = place(copier, from->handles, from->released * sizeof(uint64));
	return (uint64) place(copier, &states, sizeof(states));
}

/* Whether the slots of a set's arguments say anything. */
static bool
has_arguments(const CellFunction *function, const PgstdSlot *extra)
{
	return function->passing != PGSTD_PASS_SET || extra->flags == PGSTD_SET_OPEN || extra->flags == PGSTD_SET_ALL;
}

/* The states that nobody needs any more, where there are any. */
static PgstdSlot
pass_released(Copier *copier, PgstdSlot slot)
{
	if (slot.word != 0)
		slot.word = pass_states(copier, (const PgstdStates *) slot.word);
	return slot;
}

/* Requests of a window function that are answered already: arguments of types without details. */
static PgstdSlot
pass_ahead(Copier *copier, const uint8 *signature, PgstdSlot slot)
{
	const PgstdWindow *from = (const PgstdWindow *) slot.word;
	PgstdWindow *to = room(copier, slot.size * sizeof(PgstdWindow));

	for (uint32 i = 0; i < slot.size; i++)
	{
		PgstdWindow row = from[i];

		row.value = pass_slot(copier, (PgstdType) signature[row.argument + 1], NULL, &row.value);
		if (to != NULL)
			to[i] = row;
	}
	slot.word = (uint64) to;
	return slot;
}

/* All slots of a call; they come first. */
static void
pass_args(Copier *copier, const CellFunction *function, const PgstdSlot *args)
{
	const PgstdFunction *described = function->described;
	const uint8 *signature = (const uint8 *) described->signature.data;
	const uint8 *details = (const uint8 *) described->details.data;
	int			n = (int) described->signature.size - 1;
	PgstdSlot  *to = room(copier, (n + 4) * sizeof(PgstdSlot));
	PgstdSlot	slot;

	if (function->passing == PGSTD_PASS_TRIGGER || function->passing == PGSTD_PASS_EVENT_TRIGGER)
	{
		slot = args[0];
		slot.word = function->passing == PGSTD_PASS_TRIGGER ?
			pass_trigger(copier, (const PgstdTrigger *) slot.word) :
			pass_event_trigger(copier, (const PgstdEventTrigger *) slot.word);
		if (to != NULL)
			to[0] = slot;
		return;
	}
	if (has_arguments(function, &args[n]))
	{
		if (signature[0] != PGSTD_STATE)
			details = pgstd_skip_details((PgstdType) signature[0], details);
		for (int i = 0; i < n; i++)
		{
			PgstdType	code = (PgstdType) signature[i + 1];

			slot = pass_slot(copier, code, details, &args[i]);
			if (to != NULL)
				to[i] = slot;
			if (code != PGSTD_STATE)
				details = pgstd_skip_details(code, details);
		}
	}
	if (function->passing == PGSTD_PASS_WINDOW)
	{
		PgstdSlot	ahead = pass_ahead(copier, signature, args[n + 3]);

		slot = pass_released(copier, args[n + 1]);
		if (to != NULL)
		{
			to[n] = args[n];
			to[n + 1] = slot;
			to[n + 2] = args[n + 2];
			to[n + 3] = ahead;
		}
		return;
	}
	if (function->passing == PGSTD_PASS_SET)
		slot = args[n];
	else if (function->has_state)
		slot = pass_released(copier, args[n]);
	else
		return;
	if (to != NULL)
		to[n] = slot;
}

/* A function by what the site of a call has as its code; which one that is, no cell says. */
static CellFunction *
find_function(PgstdCellWorld *cw, const void *code)
{
	CellFunction *function = (CellFunction *) code;

	if (function->world != cw)
		elog(ERROR, "pgstd: there is no such function in this world");
	return function;
}

/* Functions of a kind are called by one way only. */
void
pgstd_pass_mark(const PgstdControl *control, const void *code, PgstdPassing passing)
{
	find_function(pgstd_cell_of(pgstd_world_of(control)), code)->passing = passing;
}

/* A description of a call, with room for its arguments: that of the last one, if it has been kept. */
static CellCall *
make_call(PgstdCellWorld *cw)
{
	CellCall   *call = cw->spare;

	cw->spare = NULL;
	if (call != NULL)
		return call;
	call = MemoryContextAllocZero(cw->area.context, sizeof(CellCall));
	call->extent = pgstd_area_take(&cw->area, SMALL_CALL);
	return call;
}

/* What a call has had is kept for the next one, if it is as small as most are. */
void
pgstd_pass_end(PgstdCellWorld *cw)
{
	CellCall   *call = cw->calls;

	cw->calls = call->outer;
	pgstd_area_give(&cw->area, call->answer);
	call->answer = NULL;
	if (cw->spare == NULL && call->extent->end - call->extent->start == SMALL_CALL)
	{
		cw->spare = call;
		return;
	}
	pgstd_area_give(&cw->area, call->extent);
	pfree(call);
}

/* Passes the arguments of a call.  Raises if there is no room for them. */
CellCall *
pgstd_pass_call(PgstdCellWorld *cw, const PgstdControl *control)
{
	CellFunction *function = find_function(cw, control->code);
	CellCall   *call = make_call(cw);
	Copier		copier = {0};

	if (call->extent != NULL)
		copier = (Copier) {.base = call->extent->start, .size = SMALL_CALL};
	pass_args(&copier, function, control->args);
	if (copier.at > copier.size)
	{
		pgstd_area_give(&cw->area, call->extent);
		call->extent = pgstd_area_take(&cw->area, copier.at);
		if (call->extent == NULL)
		{
			pfree(call);
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory: the arguments of a call take more than Go code may have"),
					 errhint("Pass less at a time, or increase the configuration parameter \"pgstd.max_memory\".")));
		}
		copier = (Copier) {.base = call->extent->start, .size = copier.at};
		pass_args(&copier, function, control->args);
	}
	call->function = function;
	call->signature = (const uint8 *) function->described->signature.data;
	call->args = (PgstdSlot *) control->args;
	call->shared = (PgstdSlot *) call->extent->start;
	/* It was placed last. */
	call->trigger = (const PgstdTrigger *) (copier.base + copier.at - sizeof(PgstdTrigger));
	/* The world lets them go as the call begins. */
	if (function->has_state || function->passing == PGSTD_PASS_WINDOW)
		cw->bw->states.released = 0;
	call->outer = cw->calls;
	cw->calls = call;
	return call;
}

/*
 * Passes an argument of the call that is asking, of another row than the current one: to base,
 * or, if that is NULL, finds out how much room it takes.
 */
uint64
pgstd_pass_argument(char *base, PgstdCellWorld *cw, uint64 argument, PgstdSlot *slot)
{
	const PgstdFunction *described = cw->calls->function->described;
	const uint8 *signature = (const uint8 *) described->signature.data;
	const uint8 *details = (const uint8 *) described->details.data;
	Copier		copier = {.base = base, .size = base != NULL ? UINT64_MAX : 0};
	PgstdSlot	passed;

	if (argument + 1 >= described->signature.size)
		return 0;
	for (uint64 i = 0; i <= argument; i++)
		if (signature[i] != PGSTD_STATE)
			details = pgstd_skip_details((PgstdType) signature[i], details);
	passed = pass_slot(&copier, (PgstdType) signature[argument + 1], details, slot);
	if (base != NULL)
		*slot = passed;
	return copier.at;
}

/* Brings back what a call that is over has left in what it was called with. */
void
pgstd_pass_back(PgstdCellWorld *cw, const CellCall *call)
{
	PgstdPassing passing = call->function->passing;

	if (passing == PGSTD_PASS_SET || passing == PGSTD_PASS_WINDOW)
	{
		int			n = (int) call->function->described->signature.size - 1;

		call->args[n].word = *(volatile const uint64 *) &call->shared[n].word;
		if (passing == PGSTD_PASS_WINDOW)
		{
			call->args[n].flags = *(volatile const uint32 *) &call->shared[n].flags & PGSTD_SLOT_NULL;
			call->args[n + 3].flags = *(volatile const uint32 *) &call->shared[n + 3].flags;
		}
	}
	else if (passing == PGSTD_PASS_TRIGGER)
	{
		PgstdTrigger *to = (PgstdTrigger *) call->args[0].word;
		volatile const PgstdTrigger *from = call->trigger;

		to->action = from->action;
		to->nchanged = from->nchanged;
		to->changed = from->changed;
		to->changed_columns = from->changed_columns;
		to->changed_values = from->changed_values;
	}
}

/*
 * Passes rows whose columns have types: to base, or, if that is NULL, finds out how much
 * room they take.
 */
uint64
pgstd_pass_rows(char *base, const uint8 *types, const PgstdSlot *rows, uint64 nrows, int ncolumns)
{
	Copier		copier = {.base = base, .size = base != NULL ? UINT64_MAX : 0};
	PgstdSlot  *to = room(&copier, nrows * ncolumns * sizeof(PgstdSlot));

	for (uint64 i = 0; i < nrows * ncolumns; i++)
	{
		PgstdSlot	slot = pass_slot(&copier, (PgstdType) types[i % ncolumns], NULL, &rows[i]);

		if (to != NULL)
			to[i] = slot;
	}
	return copier.at;
}
