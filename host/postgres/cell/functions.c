/*-------------------------------------------------------------------------
 *
 * functions.c
 *	  The functions of a world of a cell, as it describes them when it has started.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"
#include "../base/text.h"
#include "../values/conv.h"
#include "../values/take.h"

#include "utils/memutils.h"

#define MAX_FUNCTIONS	65536

/* What the host calls a function by, whose description it has copied. */
static void
make_function(const BackendWorld *bw, const PgstdFunction *described, const void *code, CellFunction *own)
{
	const uint8 *signature = (const uint8 *) described->signature.data;

	*own = (CellFunction) {.self = own, .code = code, .world = pgstd_cell_of(bw), .described = described};
	for (uint64 k = 0; k < described->signature.size; k++)
		own->has_state |= signature[k] == PGSTD_STATE;
}

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

		f->name = pgstd_take_text(&taking, f->name);
		f->signature.data = pgstd_take_bytes(&taking, f->signature.data, f->signature.size);
		f->details.data = pgstd_take_bytes(&taking, f->details.data, f->details.size);
		if (f->signature.size > FUNC_MAX_ARGS + 1)
			pgstd_take_refuse();
		pgstd_details_check(f->signature, f->details);
		pgstd_take_check(&taking, f->call, sizeof(void *));
		make_function(bw, f, *(const void *const volatile *) f->call, &own[i]);
		f->call = &own[i].self;
	}
	return copy;
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
				!pgstd_same_text(descriptions[i].signature, cw->descriptions[i].signature) ||
				!pgstd_same_text(descriptions[i].details, cw->descriptions[i].details))
				pgstd_take_refuse();
		MemoryContextDelete(context);
	}
	cw->control.functions = cw->descriptions;
	cw->control.nfunctions = n;
}

/*
 * A function that a module has brought, which lies in the cell where that says: its description has been
 * copied, and is checked here.  Returns the code by which the host calls it.  That stays for as long as the world
 * runs, whatever becomes of who has asked for it: a set that is open has it, too.
 */
const void *
pgstd_cell_make_function(BackendWorld *bw, const PgstdFunction *function, const void *code)
{
	MemoryContext caller = MemoryContextSwitchTo(bw->context);
	CellFunction *own = palloc(sizeof(CellFunction));
	PgstdFunction *described = palloc(sizeof(PgstdFunction));

	*described = (PgstdFunction) {
		.name = pgstd_copy_text(function->name),
		.signature = pgstd_copy_text(function->signature),
		.details = pgstd_copy_text(function->details),
		.call = &own->self,
	};
	MemoryContextSwitchTo(caller);
	pgstd_details_check(described->signature, described->details);
	make_function(bw, described, code, own);
	return own;
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
