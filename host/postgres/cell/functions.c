/*-------------------------------------------------------------------------
 *
 * functions.c
 *	  The functions of a world of a cell, as it describes them when it has started.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"
#include "../values/conv.h"
#include "../values/take.h"

#include "utils/memutils.h"

#define MAX_FUNCTIONS	65536

/* What the world says, in the current memory context. */
static PgstdFunction *
take_descriptions(BackendWorld *bw, const PgstdFunction *functions, uint64 n, CellFunction *own)
{
	PgstdTaking taking;
	PgstdFunction *copy;

	pgstd_take_begin(&taking, bw);
	copy = pgstd_take_items(&taking, functions, n, sizeof(PgstdFunction));
	for (uint64 i = 0; i < n; i++)
	{
		PgstdFunction *f = &copy[i];
		const uint8 *signature;

		f->name = pgstd_take_text(&taking, f->name);
		f->signature.data = pgstd_take_bytes(&taking, f->signature.data, f->signature.size);
		f->details.data = pgstd_take_bytes(&taking, f->details.data, f->details.size);
		if (f->signature.size > FUNC_MAX_ARGS + 1)
			pgstd_take_refuse();
		pgstd_details_check(f->signature, f->details);
		pgstd_take_check(&taking, f->call, sizeof(void *));
		own[i].code = *(const void *const volatile *) f->call;
		own[i].self = &own[i];
		f->call = &own[i].self;
		signature = (const uint8 *) f->signature.data;
		for (uint64 k = 0; k < f->signature.size; k++)
			own[i].has_state |= signature[k] == PGSTD_STATE;
	}
	return copy;
}

static bool
same_text(PgstdText a, PgstdText b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/*
 * All runs of a world are of one object, and so describe the same functions.  Callers
 * have looked at what the first has said, and do not look again.
 */
static void
take_functions(BackendWorld *bw, const PgstdFunction *functions, uint64 n)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(bw->context, "pgstd functions", ALLOCSET_SMALL_SIZES);
	PgstdFunction *descriptions;
	CellFunction *own;

	if (n > MAX_FUNCTIONS || (cw->descriptions != NULL && n != cw->nfunctions))
		pgstd_take_refuse();
	MemoryContextSwitchTo(context);
	own = palloc0(Max(n, 1) * sizeof(CellFunction));
	descriptions = take_descriptions(bw, functions, n, own);
	MemoryContextSwitchTo(caller);
	if (cw->descriptions == NULL)
	{
		MemoryContextSetParent(context, TopMemoryContext);
		cw->described = context;
		cw->functions = own;
		cw->descriptions = descriptions;
		cw->nfunctions = n;
	}
	else
	{
		for (uint64 i = 0; i < n; i++)
			if (own[i].code != cw->functions[i].code ||
				!same_text(descriptions[i].signature, cw->descriptions[i].signature) ||
				!same_text(descriptions[i].details, cw->descriptions[i].details))
				pgstd_take_refuse();
		MemoryContextDelete(context);
	}
	cw->control.functions = cw->descriptions;
	cw->control.nfunctions = n;
}

/* Takes the description of a world's functions.  False: there is an error to be thrown. */
bool
pgstd_cell_take_functions(BackendWorld *bw, const PgstdFunction *functions, uint64 n)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool taken = false;

	PG_TRY();
	{
		take_functions(bw, functions, n);
		taken = true;
	}
	PG_CATCH();
	{
		pgstd_cell_keep_raised(bw, caller);
	}
	PG_END_TRY();
	return taken;
}
