/*-------------------------------------------------------------------------
 *
 * ahead.c
 *	  Rows of a window that a call is given before it asks for them: those that the last
 *	  call from the same place has looked at.
 *
 * Invariant: to give a row that nobody wants is not noticed.  So it is one that has been
 * read already, and is still kept: the current one, or an earlier one that the function has
 * not done without.  And its value takes no code but the executor's: it is a column or a constant,
 * in a form that a slot points to.  What is computed could fail; what lies further on would be
 * read, and computed, early; a value that is compressed or stored apart is dear.
 *
 * A function that asks for other rows at each call is not given any after a while.
 *
 *-------------------------------------------------------------------------
 */
#include "ahead.h"
#include "../base/caller.h"

#include "nodes/primnodes.h"

/* Of rows that have been given, so many more may have been in vain than not. */
#define TRUST_FIRST		16
#define TRUST_MAX		64

/* Larger values are copied when somebody asks for them. */
#define VALUE_MAX		1024

/* Whether an argument is computed without running any code. */
static bool
is_plain(const Node *argument)
{
	while (IsA(argument, RelabelType))
		argument = (const Node *) ((const RelabelType *) argument)->arg;
	return IsA(argument, Const) || (IsA(argument, Var) && ((const Var *) argument)->varattno > 0);
}

static PgstdAhead *
make_ahead(FmgrInfo *flinfo)
{
	PgstdAhead *ahead = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(PgstdAhead));
	const WindowFunc *call = (const WindowFunc *) flinfo->fn_expr;
	int			i = 0;
	ListCell   *lc;

	ahead->trust = TRUST_FIRST;
	/* Which row is meant depends on values of others, if NULLs do not count. */
	if (call == NULL || !IsA(call, WindowFunc) || pgstd_ignores_nulls(call))
		return ahead;
	foreach(lc, call->args)
	{
		if (i < 32 && is_plain((const Node *) lfirst(lc)))
			ahead->plain |= UINT32_C(1) << i;
		i++;
	}
	return ahead;
}

/* Whether a request is for a row that can have been read before the call. */
static bool
looks_back(const PgstdWindow *request)
{
	switch ((PgstdWindowOp) request->op)
	{
		case PGSTD_WINDOW_CURRENT:
			return true;
		case PGSTD_WINDOW_RELATIVE:
			return request->offset <= 0;
		case PGSTD_WINDOW_FIRST:
			return request->offset >= 0;
		default:
			return false;
	}
}

/* A function has asked for something, and got it: of a row, it is likely to do so again. */
void
pgstd_ahead_note(FunctionCallInfo fcinfo, const PgstdWindow *request)
{
	CallCache  *cache = pgstd_call_cache(fcinfo->flinfo);
	PgstdAhead *ahead = cache->ahead;
	int			i = 0;

	if (!looks_back(request))
		return;
	if (ahead == NULL)
		ahead = cache->ahead = make_ahead(fcinfo->flinfo);
	if (ahead->trust == 0 || request->argument >= 32 || (ahead->plain & UINT32_C(1) << request->argument) == 0 ||
		cache->window->args[request->argument]->kind > PGSTD_CONV_FIXED)
		return;
	while (i < ahead->n && (ahead->known[i].op != request->op || ahead->known[i].offset != request->offset ||
							ahead->known[i].argument != request->argument))
		i++;
	if (i == PGSTD_AHEAD_MAX)
		return;
	if (i == ahead->n)
		ahead->known[ahead->n++] = (PgstdWindow) {.op = request->op, .offset = request->offset, .argument = request->argument};
	ahead->again |= UINT32_C(1) << i;
}

/* Answers one request, if that is not noticed where nobody makes it. */
static bool
fill_row(WindowObject window, const PgstdPlan *plan, const WindowPartition *partition, int64 position, PgstdWindow *row)
{
	PgstdConv  *conv;
	int64		at = row->op == PGSTD_WINDOW_FIRST ? row->offset : row->op == PGSTD_WINDOW_RELATIVE ? position + row->offset : position;
	Datum		value;
	bool		isnull;

	if (at > position || (at >= 0 && at < partition->needed) || row->argument >= plan->nargs)
		return false;
	conv = plan->args[row->argument];
	if (conv->kind > PGSTD_CONV_FIXED)
		return false;
	value = pgstd_window_argument(window, row, &isnull);
	if (!isnull && conv->kind != PGSTD_CONV_WORD)
	{
		struct varlena *from = (struct varlena *) DatumGetPointer(value);
		Size		size;
		void	   *copy;

		if (conv->kind == PGSTD_CONV_VARLENA && (VARATT_IS_EXTERNAL(from) || VARATT_IS_4B_C(from)))
			return false;
		size = conv->kind == PGSTD_CONV_VARLENA ? VARSIZE_ANY(from) : (Size) conv->len;
		if (size > VALUE_MAX)
			return false;
		/* The next row takes its place. */
		copy = palloc(size);
		memcpy(copy, from, size);
		value = PointerGetDatum(copy);
	}
	pgstd_to_slot(conv, value, isnull, &row->value);
	return true;
}

/*
 * Answers what is known, for the call that begins: in the current memory context, which lasts
 * as long as that.
 */
void
pgstd_ahead_fill(PgstdAhead *ahead, WindowObject window, const PgstdPlan *plan, const WindowPartition *partition)
{
	int64		position = WinGetCurrentPosition(window);

	ahead->given = 0;
	for (int i = 0; i < ahead->n; i++)
	{
		PgstdWindow *row = &ahead->rows[ahead->given];

		*row = ahead->known[i];
		if (fill_row(window, plan, partition, position, row))
			ahead->of[ahead->given++] = (uint8) i;
	}
}

/* The call is over.  "used" has a bit for each row that it has looked at, says the world. */
void
pgstd_ahead_learn(PgstdAhead *ahead, uint32 used)
{
	int			n = 0;

	for (int i = 0; i < ahead->given; i++)
	{
		if ((used & UINT32_C(1) << i) != 0)
		{
			ahead->again |= UINT32_C(1) << ahead->of[i];
			ahead->trust = Min(ahead->trust + 1, TRUST_MAX);
		}
		else if (--ahead->trust <= 0)
			break;
	}
	for (int i = 0; i < ahead->n && ahead->trust > 0; i++)
		if ((ahead->again & UINT32_C(1) << i) != 0)
			ahead->known[n++] = ahead->known[i];
	ahead->n = n;
	ahead->given = 0;
	ahead->again = 0;
	ahead->trust = Max(ahead->trust, 0);
}
