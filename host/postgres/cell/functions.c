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

static void
take_functions(BackendWorld *bw, const PgstdFunction *functions, uint64 n)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);
	PgstdTaking taking;
	PgstdFunction *copy;

	if (n > MAX_FUNCTIONS)
		pgstd_take_refuse();
	MemoryContextSwitchTo(bw->context);
	pgstd_take_begin(&taking, bw);
	copy = pgstd_take_items(&taking, functions, n, sizeof(PgstdFunction));
	cw->functions = palloc0(Max(n, 1) * sizeof(CellFunction));
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
		cw->functions[i].code = *f->call;
		f->call = &cw->functions[i].code;
		signature = (const uint8 *) f->signature.data;
		for (uint64 k = 0; k < f->signature.size; k++)
			cw->functions[i].has_state |= signature[k] == PGSTD_STATE;
	}
	cw->control.functions = copy;
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
		MemoryContextSwitchTo(TopMemoryContext);
		pgstd_cell_keep_error(bw, CopyErrorData());
		FlushErrorState();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return taken;
}
