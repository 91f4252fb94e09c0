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
#include "../base/caller.h"
#include "../base/hold.h"
#include "../cell/cell.h"
#include "../base/text.h"
#include "../values/values.h"

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
	TupleDesc	desc;			/* of the relation, in this generation; NULL: not seen yet */
	const PgstdRowDesc *row_desc;	/* of rows of that */
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
copy_of(const char *s)
{
	return pgstd_text_of(s != NULL ? pstrdup(s) : NULL);
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
		.schema = pgstd_text_of(get_namespace_name(RelationGetNamespace(relation))),
		.table = copy_of(RelationGetRelationName(relation)),
		.old_table = copy_of(def->tgoldtable),
		.new_table = copy_of(def->tgnewtable),
		.nargs = (uint64) def->tgnargs,
		.args = args,
		.relation = RelationGetRelid(relation),
		.row_type = relation->rd_rel->reltype,
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
 * further out, which holds the conversion of its rows.
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
		MemoryContext context = d->context;

		d->context = NULL;
		pgstd_retire(context, d->row, sizeof(PgstdConv));
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

/* Rows of a relation have to be what they were when it was described. */
static void
check_unaltered(const TriggerData *trigger, const PgstdRowDesc *row_desc)
{
	if (!pgstd_same_rows(row_desc->desc, RelationGetDescr(trigger->tg_relation)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("relation \"%s\" was altered while its trigger was called",
						RelationGetRelationName(trigger->tg_relation))));
}

/* How rows of the relation are passed. */
static const PgstdRowDesc *
find_row_desc(Description *d, const TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	const PgstdRowDesc *row_desc;

	if (d->desc == desc)
		return d->row_desc;
	row_desc = pgstd_row_desc(d->row, desc->tdtypeid, desc->tdtypmod);
	check_unaltered(trigger, row_desc);
	d->row_desc = row_desc;
	d->desc = desc;
	return row_desc;
}

/* Tables have seldom more columns, and triggers set seldom more of them. */
#define USUAL_COLUMNS	16
#define USUAL_CHANGES	8

/* The rows of a call, where they fit; larger ones lie in the call's memory context. */
typedef struct Rows
{
	Datum	   *datums;			/* of the row that can be changed, as it came */
	bool	   *nulls;
	Datum		usual_datums[USUAL_COLUMNS];
	bool		usual_nulls[USUAL_COLUMNS];
	PgstdSlot	usual_old[USUAL_COLUMNS];
	PgstdSlot	usual_new[USUAL_COLUMNS];
} Rows;

/*
 * In a BEFORE trigger, generated columns of the new row are not computed yet: what they have in
 * an update is the old row's.
 */
static void
hide_generated(const PgstdRowDesc *row_desc, TupleDesc desc, PgstdSlot *row)
{
	for (int i = 0; i < row_desc->nfields; i++)
		if (TupleDescAttr(desc, row_desc->fields[i].attnum - 1)->attgenerated)
			row[i] = (PgstdSlot) {.flags = PGSTD_SLOT_NULL};
}

/* Fills in the rows of a call. */
static void
set_rows(PgstdTrigger *call, const PgstdRowDesc *row_desc, const TriggerData *trigger, Rows *rows)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	PgstdSlot  *old_row = rows->usual_old;
	PgstdSlot  *new_row = rows->usual_new;

	rows->datums = rows->usual_datums;
	rows->nulls = rows->usual_nulls;
	/* There are no more fields than columns. */
	if (desc->natts > USUAL_COLUMNS)
	{
		rows->datums = palloc(sizeof(Datum) * desc->natts);
		rows->nulls = palloc(sizeof(bool) * desc->natts);
		old_row = palloc(sizeof(PgstdSlot) * desc->natts);
		new_row = palloc(sizeof(PgstdSlot) * desc->natts);
	}
	call->ncolumns = (uint64) row_desc->nfields;
	call->columns = row_desc->columns;
	if (call->event != PGSTD_TRIGGER_INSERT)
	{
		pgstd_slots_of_tuple(row_desc, trigger->tg_trigtuple, desc, rows->datums, rows->nulls, old_row);
		call->old_row = old_row;
	}
	if (call->event != PGSTD_TRIGGER_DELETE)
	{
		HeapTuple	tuple = call->event == PGSTD_TRIGGER_UPDATE ? trigger->tg_newtuple : trigger->tg_trigtuple;

		pgstd_slots_of_tuple(row_desc, tuple, desc, rows->datums, rows->nulls, new_row);
		if (TRIGGER_FIRED_BEFORE(trigger->tg_event) && desc->constr != NULL && desc->constr->has_generated_stored)
			hide_generated(row_desc, desc, new_row);
		call->new_row = new_row;
	}
}

/* What a world has set a column to. */
typedef struct Change
{
	const PgstdField *field;
	uint32		type;
	bool		assigned;		/* it is of another type */
	PgstdSlot	slot;
} Change;

/*
 * Takes what a world has set, all at once: making any of the values may run code in
 * the world, and then the others are gone there.  There is room for the usual number.
 */
static Change *
take_changes(const PgstdTrigger *call, const PgstdRowDesc *row_desc, BackendWorld *bw, Change *usual)
{
	uint64		n = call->nchanged;
	PgstdTaking taking;
	Change	   *changes;
	bool		runs_code = false;

	if (n > (uint64) row_desc->nfields)
		pgstd_take_refuse();
	pgstd_take_begin(&taking, bw);
	pgstd_take_check(&taking, call->changed, sizeof(uint32) * n);
	pgstd_take_check(&taking, call->changed_columns, sizeof(PgstdColumn) * row_desc->nfields);
	pgstd_take_check(&taking, call->changed_values, sizeof(PgstdSlot) * row_desc->nfields);
	changes = n <= USUAL_CHANGES ? usual : palloc(sizeof(Change) * n);
	for (uint64 k = 0; k < n; k++)
	{
		Change	   *c = &changes[k];
		uint32		i = call->changed[k];

		if (i >= (uint32) row_desc->nfields)
			pgstd_take_refuse();
		c->field = &row_desc->fields[i];
		c->type = call->changed_columns[i].type;
		c->slot = call->changed_values[i];
		c->assigned = c->type != row_desc->columns[i].type && (c->slot.flags & PGSTD_SLOT_NULL) == 0;
		runs_code |= c->field->conv->runs_code || c->assigned;
	}
	for (uint64 k = 0; k < n; k++)
	{
		Change	   *c = &changes[k];

		if (c->assigned)
			pgstd_take_value(&taking, (PgstdType) (c->type & 0xff), (PgstdType) (c->type >> 8 & 0xff), &c->slot);
		else
			pgstd_take_for(&taking, c->field->conv, runs_code, &c->slot);
	}
	return changes;
}

/* The row with what a world has set in it. */
static HeapTuple
change_row(const PgstdTrigger *call, const PgstdRowDesc *row_desc, BackendWorld *bw, const Rows *rows,
		   HeapTuple tuple, TupleDesc desc)
{
	PgstdMaking making;
	Change		usual[USUAL_CHANGES];
	Change	   *changes;
	HeapTuple	changed;
	int			n;

	changes = take_changes(call, row_desc, bw, usual);
	n = (int) call->nchanged;
	pgstd_making_begin(&making);
	for (int k = 0; k < n; k++)
	{
		const Change *c = &changes[k];
		const PgstdField *field = c->field;
		int			at = field->attnum - 1;
		Form_pg_attribute att = TupleDescAttr(desc, at);

		if (att->attgenerated)
			ereport(ERROR,
					(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
					 errmsg("cannot set generated column \"%s\"", field->name)));
		rows->datums[at] = c->assigned ?
			pgstd_assign_slot(&making, (PgstdType) (c->type & 0xff), (PgstdType) (c->type >> 8 & 0xff), &c->slot,
							  NameStr(att->attname), att->atttypid, att->atttypmod, CurrentMemoryContext, &rows->nulls[at]) :
			pgstd_make_value(&making, field->conv, &c->slot, &rows->nulls[at]);
	}
	pgstd_making_end(&making);
#ifdef PGSTD_CLOBBER
	memset(changes, 0x7f, sizeof(Change) * n);
#endif
	/* As heap_modify_tuple does it, which would take the row apart once more. */
	changed = heap_form_tuple(desc, rows->datums, rows->nulls);
	changed->t_data->t_ctid = tuple->t_data->t_ctid;
	changed->t_self = tuple->t_self;
	changed->t_tableOid = tuple->t_tableOid;
	return changed;
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
	const PgstdRowDesc *row_desc = NULL;
	HeapTuple	tuple;
	Rows		rows;
	uint64		described;
	int			hold;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger functions can only be called as triggers"),
				 errhint("Make a trigger of it with CREATE TRIGGER.")));
	d = find_description(trigger);
	hold = pgstd_hold(d->row);
	described = d->generation;
	call = d->data;
	call.event = event_of(trigger->tg_event);
	if (call.for_each_row)
	{
		row_desc = find_row_desc(d, trigger);
		set_rows(&call, row_desc, trigger, &rows);
	}
	/* Showing values may have run any code: only now is the world looked at. */
	control = pgstd_prepare(module, site, index, fcinfo);
	if (unlikely(pgstd_world_of(control)->apart != NULL))
		pgstd_pass_mark(control, site->code, PGSTD_PASS_TRIGGER);
	pgstd_run(module, site, control, &arg, fcinfo);

	fcinfo->isnull = false;
	if (call.action == PGSTD_TRIGGER_SKIP)
	{
		pgstd_let_go(hold);
		return PointerGetDatum(NULL);
	}
	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	if (call.nchanged > 0 && row_desc != NULL)
	{
		ErrorContextCallback callback = {
			.previous = error_context_stack,
			.callback = pgstd_add_context,
			.arg = (void *) pgstd_signature(fcinfo),
		};

		error_context_stack = &callback;
		/* The row was taken apart before the call. */
		if (unlikely(described != generation))
			check_unaltered(trigger, row_desc);
		tuple = change_row(&call, row_desc, pgstd_world_of(control), &rows, tuple, RelationGetDescr(trigger->tg_relation));
		error_context_stack = callback.previous;
	}
	pgstd_let_go(hold);
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
	call.event = pgstd_text_of(trigger->event);
	call.tag = pgstd_text_of(GetCommandTagName(trigger->tag));
	control = pgstd_prepare(module, site, index, fcinfo);
	if (unlikely(pgstd_world_of(control)->apart != NULL))
		pgstd_pass_mark(control, site->code, PGSTD_PASS_EVENT_TRIGGER);
	pgstd_run(module, site, control, &arg, fcinfo);
	fcinfo->isnull = false;
	return (Datum) 0;
}
