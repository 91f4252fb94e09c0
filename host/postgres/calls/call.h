/*-------------------------------------------------------------------------
 *
 * call.h
 *	  The path of every call, from fmgr into a world and back.
 *
 * It is inlined into its few users: an extension's module, which knows its one
 * object at link time, and the handler of a language, which finds the object of
 * each function itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CALL_H
#define PGSTD_CALL_H

#include "../session/shared.h"

#include "miscadmin.h"

/* call.c */
extern void pgstd_calls_init(void);
extern void pgstd_select_world(Module *module, FunctionCallInfo fcinfo);
/* How values reach a function: what has to fit if nobody else looks at its signature. */
typedef enum PgstdForm
{
	PGSTD_FORM_PLAN,			/* as a plan says, which has been made for the SQL types */
	PGSTD_FORM_PLAIN,			/* as the signature says, alone */
	PGSTD_FORM_STATE,			/* the same, of an aggregate */
	PGSTD_FORM_IN,				/* the same, but for arguments that are a cstring in SQL */
	PGSTD_FORM_RECV,			/* ... a message, "internal" */
	PGSTD_FORM_OUT				/* the same, but for a result that is a cstring in SQL */
} PgstdForm;

extern void pgstd_meet_caller(Module *module, PgstdSite *site, uint32 index, PgstdForm form, FunctionCallInfo fcinfo);
extern void pgstd_fill_site(Module *module, PgstdSite *site, uint32 index, PgstdForm form, FunctionCallInfo fcinfo);
extern void pgstd_go_on(BackendWorld *bw, PgstdEvent event, FunctionCallInfo fcinfo);
extern void pgstd_attend(BackendWorld *bw, FunctionCallInfo fcinfo);
extern void pgstd_raise_pending(void);
extern Datum pgstd_call_set(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern void pgstd_pass_by_plan(const struct PgstdPlan *plan, FunctionCallInfo fcinfo, PgstdSlot *args);
extern Datum pgstd_take_by_plan(struct PgstdPlan *plan, PgstdControl *control, FunctionCallInfo fcinfo);
extern Datum pgstd_call_state(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern Datum pgstd_call_state_values(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern Datum pgstd_call_state_numbered(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern Datum pgstd_call_window(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo, uint32 wanted);
extern Datum pgstd_call_in(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern Datum pgstd_call_out(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern Datum pgstd_call_recv(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern Datum pgstd_call_trigger(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern Datum pgstd_call_event_trigger(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern Datum pgstd_make_varlena(BackendWorld *bw, const PgstdSlot *slot);
extern Datum pgstd_call_values(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);

StaticAssertDecl(sizeof(NullableDatum) == sizeof(PgstdSlot) &&
				 offsetof(NullableDatum, value) == offsetof(PgstdSlot, word) &&
				 offsetof(NullableDatum, isnull) == offsetof(PgstdSlot, flags),
				 "NullableDatum can be read as a PgstdSlot");

/*
 * Returns what has been copied to be read, or NULL.  A comparison is called in memory that lasts as
 * long as a sort, and so frees it.
 */
static inline struct varlena *
pgstd_set_argument(PgstdSlot *slot, PgstdType type, const NullableDatum *arg)
{
	struct varlena *copy = NULL;

	slot->word = arg->value;
	slot->size = 0;
	slot->flags = arg->isnull ? PGSTD_SLOT_NULL : 0;
	if (type >= PGSTD_TEXT && !arg->isnull)
	{
		struct varlena *value = (struct varlena *) DatumGetPointer(arg->value);

		if (VARATT_IS_EXTERNAL(value) || VARATT_IS_4B_C(value))
			value = copy = pg_detoast_datum_packed(value);
		slot->word = (uint64) VARDATA_ANY(value);
		slot->size = (uint32) VARSIZE_ANY_EXHDR(value);
	}
	return copy;
}

/*
 * Makes the current world of a module ready for a call of one function.
 */
static inline PgstdControl *
pgstd_prepare_as(Module *module, PgstdSite *site, uint32 index, PgstdForm form, FunctionCallInfo fcinfo)
{
	/* No user is InvalidOid: this finds out if there is a world, too. */
	if (unlikely(module->current.user != GetUserId()))
		pgstd_select_world(module, fcinfo);
	if (unlikely(site->control != module->current.control))
		pgstd_fill_site(module, site, index, form, fcinfo);
	if (unlikely(site->nargs != fcinfo->nargs))
		elog(ERROR, "pgstd: SQL declares %d arguments for a Go function with %d",
			 fcinfo->nargs, site->nargs);
	return module->current.control;
}

/*
 * Sees to it that SQL declares a function as Go does, when a function of SQL calls it first: the module
 * that is loaded may be of another version than the extension's script.
 *
 * Invariant: nothing is passed as a signature says, alone, unless that has been compared with what the function
 * of SQL declares that is called.  Its types never change, but there may be another one of its name.
 */
static inline void
pgstd_meet(Module *module, PgstdSite *site, uint32 index, PgstdForm form, FunctionCallInfo fcinfo)
{
	/* A direct call without flinfo is none of SQL's; it is refused there. */
	if (unlikely(fcinfo->flinfo == NULL || site->caller != fcinfo->flinfo->fn_oid))
		pgstd_meet_caller(module, site, index, form, fcinfo);
}

/*
 * What a function says of itself.  A world that is started after another's end can have its control
 * block where that had its own, and this elsewhere: so it is looked up for each call.  Whoever wants
 * it after the call looks before: calls in between may fill the site for another role's world.
 */
static inline const PgstdFunction *
pgstd_function_of(const PgstdSite *site, const PgstdControl *control, uint32 index)
{
	return site->function != NULL ? site->function : &control->functions[index];
}

static inline PgstdControl *
pgstd_prepare(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return pgstd_prepare_as(module, site, index, PGSTD_FORM_PLAN, fcinfo);
}

/*
 * Enters the world for one call.  "args" are the slots; the result is in the
 * control block afterwards, or the call has failed and this does not return.
 */
static pg_attribute_always_inline void
pgstd_run_call(Module *module, const PgstdSite *site, PgstdControl *control,
			   const PgstdSlot *args, FunctionCallInfo fcinfo)
{
	const void *enter = module->current.enter;
	int64		event;

	/* op is PGSTD_OP_CALL or PGSTD_OP_TURN, and failure NULL, between calls */
	control->code = site->code;
	control->args = args;

	/*
	 * A cancel that came before this line is acted on here; one that comes
	 * later is seen by the switch, or by the signal handler.
	 */
	control->cancel = 0;
	if (INTERRUPTS_PENDING_CONDITION())
		pgstd_raise_pending();
	event = pgstd_switch(enter, control, args);

	/* current may have changed during the call */
	if (unlikely(event != PGSTD_EVENT_DONE))
		pgstd_go_on(pgstd_world_of(control), (PgstdEvent) event, fcinfo);
	if (unlikely(control->attention != 0))
		pgstd_attend(pgstd_world_of(control), fcinfo);
}

/* The same, and PostgreSQL is told whether the result is NULL. */
static inline void
pgstd_run(Module *module, const PgstdSite *site, PgstdControl *control,
		  const PgstdSlot *args, FunctionCallInfo fcinfo)
{
	pgstd_run_call(module, site, control, args, fcinfo);
	fcinfo->isnull = (control->result.flags & PGSTD_SLOT_NULL) != 0;
}

/*
 * The argument that a result is, if a world in the backend says so, or NULL.  The caller gets the value that it has
 * passed, as from many a function of the server's, textlarger for one.  Where it is in another form than what is
 * made here, a type could have functions that do not know that.
 */
static inline struct varlena *
pgstd_unchanged_argument(const PgstdSlot *result, const uint8 *signature, FunctionCallInfo fcinfo)
{
	int			i = (int) PGSTD_SLOT_WHICH(result->flags);
	struct varlena *value;

	if (!(result->flags & PGSTD_SLOT_ARGUMENT) || i >= fcinfo->nargs || signature[i + 1] != PGSTD_TEXT || fcinfo->args[i].isnull)
		return NULL;
	value = (struct varlena *) DatumGetPointer(fcinfo->args[i].value);
	return VARATT_IS_4B_U(value) && VARSIZE(value) - VARHDRSZ == result->size ? value : NULL;
}

/*
 * Runs function number "index" of a module's object.
 */
static inline Datum
pgstd_call_as(Module *module, PgstdSite *site, uint32 index, PgstdForm form, FunctionCallInfo fcinfo)
{
	PgstdControl *control = pgstd_prepare_as(module, site, index, form, fcinfo);
	const uint8 *signature = (const uint8 *) pgstd_function_of(site, control, index)->signature.data;
	PgstdSlot	args[FUNC_MAX_ARGS];
	struct varlena *copies[FUNC_MAX_ARGS];
	int			ncopies = 0;
	Datum		result;

	for (int i = 0; i < fcinfo->nargs; i++)
	{
		struct varlena *copy = pgstd_set_argument(&args[i], (PgstdType) signature[i + 1], &fcinfo->args[i]);

		if (unlikely(copy != NULL))
			copies[ncopies++] = copy;
	}
	pgstd_run(module, site, control, args, fcinfo);
	if (signature[0] >= PGSTD_TEXT && !fcinfo->isnull)
	{
		struct varlena *unchanged = pgstd_unchanged_argument(&control->result, signature, fcinfo);

		result = unchanged != NULL ? PointerGetDatum(unchanged) : pgstd_make_varlena(pgstd_world_of(control), &control->result);
	}
	else
		result = (Datum) control->result.word;
	while (unlikely(ncopies > 0))
		pfree(copies[--ncopies]);
	return result;
}

/* The same, of most functions. */
static inline Datum
pgstd_call(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return pgstd_call_as(module, site, index, PGSTD_FORM_PLAIN, fcinfo);
}

/*
 * The same for functions that take and return by-value types only: fcinfo's
 * arguments are slots already.
 */
static inline Datum
pgstd_call_byval(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	PgstdControl *control = pgstd_prepare_as(module, site, index, PGSTD_FORM_PLAIN, fcinfo);

	pgstd_run(module, site, control, (const PgstdSlot *) fcinfo->args, fcinfo);
	return (Datum) control->result.word;
}

#endif							/* PGSTD_CALL_H */
