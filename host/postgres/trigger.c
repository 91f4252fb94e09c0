/*-------------------------------------------------------------------------
 *
 * trigger.c
 *	  Trigger functions: from the trigger manager's data to what a world gets,
 *	  and from the columns that it has set to a row.
 *
 * What stays the same from row to row, and from statement to statement, is kept
 * for each trigger until some relation changes.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "values.h"

#include "access/htup_details.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/typcache.h"

/* A trigger as it is at present. */
typedef struct Description
{
	Oid			trigger;		/* key */
	uint64		generation;		/* of all relations */
	MemoryContext context;		/* of all else; NULL: not made yet */
	PgstdTrigger data;			/* as far as it is the same for each call */
	PgstdConv  *row;
	TupleDesc	desc;			/* that row has been used for, in this generation */
} Description;

/* The one that was asked for last. */
static Description *last = NULL;

/* Counts changes of relations that this backend has been told of. */
static uint64 generation = 1;

static HTAB *descriptions = NULL;

static void
count_change(Datum arg, Oid relation)
{
	generation++;
}

static PgstdText
text_of(const char *s)
{
	return (PgstdText) {s, s != NULL ? strlen(s) : 0};
}

static PgstdText
copy_of(const char *s)
{
	return text_of(s != NULL ? pstrdup(s) : NULL);
}

static void
describe(Description *d, const TriggerData *trigger)
{
	static uint64 last_id = 0;
	const Trigger *def = trigger->tg_trigger;
	Relation	relation = trigger->tg_relation;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pgstd trigger", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PgstdText  *args = palloc(sizeof(PgstdText) * Max(def->tgnargs, 1));
	uint32		event = trigger->tg_event;

	for (int i = 0; i < def->tgnargs; i++)
		args[i] = copy_of(def->tgargs[i]);
	d->data = (PgstdTrigger) {
		.id = ++last_id,
		.name = copy_of(def->tgname),
		.schema = text_of(get_namespace_name(RelationGetNamespace(relation))),
		.table = copy_of(RelationGetRelationName(relation)),
		.old_table = copy_of(def->tgoldtable),
		.new_table = copy_of(def->tgnewtable),
		.nargs = (uint64) def->tgnargs,
		.args = args,
		.relation = RelationGetRelid(relation),
		.when = TRIGGER_FIRED_BEFORE(event) ? PGSTD_TRIGGER_BEFORE :
		TRIGGER_FIRED_AFTER(event) ? PGSTD_TRIGGER_AFTER : PGSTD_TRIGGER_INSTEAD_OF,
		.for_each_row = TRIGGER_FIRED_FOR_ROW(event),
	};
	d->row = pgstd_conv_make(PGSTD_ROW, NULL, relation->rd_rel->reltype, -1, context);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	d->context = context;
	d->desc = NULL;
	d->generation = generation;
}

/*
 * The description of a trigger.  One that is out of date may be in use by a call
 * further out, and stays for the transaction.
 */
static Description *
find_description(const TriggerData *trigger)
{
	Oid			oid = trigger->tg_trigger->tgoid;
	Description *d;
	bool		found;

	if (last != NULL && last->trigger == oid && last->generation == generation)
		return last;
	last = NULL;
	if (descriptions == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(Description)};

		descriptions = hash_create("pgstd triggers", 64, &control, HASH_ELEM | HASH_BLOBS);
		CacheRegisterRelcacheCallback(count_change, (Datum) 0);
	}
	d = hash_search(descriptions, &oid, HASH_ENTER, &found);
	if (!found)
		d->context = NULL;
	if (d->context != NULL && d->generation != generation)
	{
		MemoryContextSetParent(d->context, TopTransactionContext);
		d->context = NULL;
	}
	if (d->context == NULL)
		describe(d, trigger);
	last = d;
	return d;
}

static uint32
event_of(uint32 event)
{
	if (TRIGGER_FIRED_BY_INSERT(event))
		return PGSTD_TRIGGER_INSERT;
	if (TRIGGER_FIRED_BY_UPDATE(event))
		return PGSTD_TRIGGER_UPDATE;
	if (TRIGGER_FIRED_BY_DELETE(event))
		return PGSTD_TRIGGER_DELETE;
	return PGSTD_TRIGGER_TRUNCATE;
}

/* Fills in the rows of a call. */
static void
set_rows(PgstdTrigger *call, Description *d, const TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	PgstdConv  *conv = d->row;
	const PgstdRow *row;

	if (!call->for_each_row)
		return;
	if (d->desc == desc)
		row = pgstd_row_of_known(conv, trigger->tg_trigtuple, desc);
	else
		row = pgstd_row_of_tuple(conv, trigger->tg_trigtuple, desc);
	d->desc = desc;
	call->ncolumns = row->ncolumns;
	call->columns = row->columns;
	if (call->event == PGSTD_TRIGGER_INSERT)
		call->new_row = row->values;
	else
		call->old_row = row->values;
	if (call->event == PGSTD_TRIGGER_UPDATE)
		call->new_row = pgstd_row_of_known(conv, trigger->tg_newtuple, desc)->values;
}

/* The value that a column has been set to. */
static Datum
changed_value(const PgstdTrigger *call, const PgstdField *field, uint32 i, uint32 type,
			  const PgstdSlot *slot, TupleDesc desc, bool *isnull)
{
	Form_pg_attribute att = TupleDescAttr(desc, field->attnum - 1);

	if (type == call->columns[i].type || (slot->flags & PGSTD_SLOT_NULL))
		return pgstd_from_slot(field->conv, slot, isnull);
	return pgstd_assign_slot((PgstdType) (type & 0xff), (PgstdType) (type >> 8 & 0xff), slot,
							 att->atttypid, att->atttypmod, CurrentMemoryContext, isnull);
}

static HeapTuple
change_row(const PgstdTrigger *call, const PgstdConv *conv, HeapTuple tuple, TupleDesc desc)
{
	int			n = (int) call->nchanged;
	PgstdSlot  *slots;
	uint32	   *columns;
	uint32	   *types;
	int		   *attnums;
	Datum	   *values;
	bool	   *nulls;
	bool		runs_code = false;

	/* All of this goes with the row, whose memory the trigger manager resets. */
	slots = palloc(sizeof(PgstdSlot) * n);
	columns = palloc(sizeof(uint32) * n);
	types = palloc(sizeof(uint32) * n);
	attnums = palloc(sizeof(int) * n);
	values = palloc(sizeof(Datum) * n);
	nulls = palloc(sizeof(bool) * n);
	/*
	 * All of it comes first: making any of the values may run code in the world,
	 * and then the others are gone there.
	 */
	for (int k = 0; k < n; k++)
	{
		uint32		i = call->changed[k];

		columns[k] = i;
		types[k] = call->changed_columns[i].type;
		slots[k] = call->changed_values[i];
		runs_code |= conv->fields[i].conv->runs_code || types[k] != call->columns[i].type;
	}
	for (int k = 0; runs_code && k < n; k++)
	{
		uint8		element = (uint8) (types[k] >> 8);

		pgstd_copy_slot((PgstdType) (types[k] & 0xff), &element, &slots[k]);
	}
	for (int k = 0; k < n; k++)
	{
		const PgstdField *field = &conv->fields[columns[k]];

		if (TupleDescAttr(desc, field->attnum - 1)->attgenerated)
			ereport(ERROR,
					(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
					 errmsg("cannot set generated column \"%s\"", field->name)));
		attnums[k] = field->attnum;
		values[k] = changed_value(call, field, columns[k], types[k], &slots[k], desc, &nulls[k]);
	}
	return heap_modify_tuple_by_cols(tuple, desc, n, attnums, values, nulls);
}

/*
 * Runs function number "index" of a module's object as a trigger.
 */
Datum
pgstd_call_trigger(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	PgstdTrigger call;
	PgstdSlot	arg = {.word = (uint64) &call, .size = sizeof(call)};
	PgstdControl *control;
	Description *d;
	PgstdConv  *conv;
	HeapTuple	tuple;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger functions can only be called as triggers"),
				 errhint("Make a trigger of it with CREATE TRIGGER.")));
	d = find_description(trigger);
	conv = d->row;
	call = d->data;
	call.event = event_of(trigger->tg_event);
	set_rows(&call, d, trigger);
	/* Showing values may have run any code: only now is the world looked at. */
	control = pgstd_prepare(module, site, index, fcinfo);
	pgstd_run(module, site, control, &arg, fcinfo);

	fcinfo->isnull = false;
	if (call.action == PGSTD_TRIGGER_SKIP)
		return PointerGetDatum(NULL);
	tuple = call.event == PGSTD_TRIGGER_UPDATE ? trigger->tg_newtuple : trigger->tg_trigtuple;
	if (call.nchanged > 0)
	{
		ErrorContextCallback callback = {
			.previous = error_context_stack,
			.callback = pgstd_add_context,
			.arg = (void *) pgstd_signature(fcinfo),
		};

		error_context_stack = &callback;
		tuple = change_row(&call, conv, tuple, RelationGetDescr(trigger->tg_relation));
		error_context_stack = callback.previous;
	}
	return PointerGetDatum(tuple);
}

/* The same as an event trigger. */
Datum
pgstd_call_event_trigger(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	EventTriggerData *trigger = (EventTriggerData *) fcinfo->context;
	PgstdEventTrigger call;
	PgstdSlot	arg = {.word = (uint64) &call, .size = sizeof(call)};
	PgstdControl *control;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("event trigger functions can only be called as event triggers"),
				 errhint("Make an event trigger of it with CREATE EVENT TRIGGER.")));
	call.event = text_of(trigger->event);
	call.tag = text_of(GetCommandTagName(trigger->tag));
	control = pgstd_prepare(module, site, index, fcinfo);
	pgstd_run(module, site, control, &arg, fcinfo);
	fcinfo->isnull = false;
	return (Datum) 0;
}
