/*-------------------------------------------------------------------------
 *
 * setting.c
 *	  The settings of an extension: parameters of the server's configuration that
 *	  its Go code reads.
 *
 * They are defined when the module is loaded, from a table that pgbuild has written:
 * in a postmaster, no Go code ever runs.  The value of each is kept where worlds read
 * it; a generation tells them that one has changed.
 *
 * PostgreSQL calls hooks at any time: for its configuration files, between transactions,
 * as a parallel worker starts, while a transaction is undone.  Go code runs in none of
 * these.  It is asked where a user sets a value in a transaction; whatever comes by
 * another way is taken on faith and marked, and the world looks at it before it counts.
 * For Assign in Go it does so, too: a hook of that kind must not fail.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "setting.h"
#include "../base/text.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

extern const PgstdParameters pgstd_parameters;
extern PgstdSite pgstd_sites[];

/* What the server keeps the value of a parameter in. */
typedef union Variable
{
	bool		boolean;
	int			integer;
	double		real;
	char	   *string;
} Variable;

/* Called by functions that pgbuild generates: these know the number of the parameter. */
extern bool pgstd_setting_check_bool(bool *newval, void **extra, GucSource source, uint32 i);
extern bool pgstd_setting_check_int(int *newval, void **extra, GucSource source, uint32 i);
extern bool pgstd_setting_check_real(double *newval, void **extra, GucSource source, uint32 i);
extern bool pgstd_setting_check_string(char **newval, void **extra, GucSource source, uint32 i);
extern void pgstd_setting_assign_bool(bool newval, void *extra, uint32 i);
extern void pgstd_setting_assign_int(int newval, void *extra, uint32 i);
extern void pgstd_setting_assign_real(double newval, void *extra, uint32 i);
extern void pgstd_setting_assign_string(const char *newval, void *extra, uint32 i);
extern const char *pgstd_setting_show(uint32 i);

static Module *owner;
static bool defining = false;
static PgstdSettings settings = {.generation = 1};
static PgstdSetting *values;
static Variable *variables;

static const char *
text_at(uint32 offset)
{
	return (const char *) &pgstd_parameters + offset;
}

static inline void *
function_at(const int32 *field)
{
	return *field != 0 ? (char *) field + *field : NULL;
}

/*
 * Whether Go code can run, where a hook is called.  While the module is being loaded, a
 * statement of its init functions could come to load it again.
 */
static bool
can_call(void)
{
	return !defining && IsTransactionState() && !InitializingParallelWorker && !IsInParallelMode() &&
		CritSectionCount == 0 && InterruptHoldoffCount == 0;
}

/*
 * SQL has no types for what a hook is called with, and a cell may say anything of its
 * functions: it has to be what the parameter's type makes of it.
 */
static void
check_signature(int32 site, PgstdType result, PgstdType argument, FunctionCallInfo fcinfo)
{
	const PgstdControl *control = pgstd_prepare(owner, &pgstd_sites[site], site, fcinfo);
	PgstdText	signature = control->functions[site].signature;

	if (signature.size != 2 || (PgstdType) signature.data[0] != result || (PgstdType) signature.data[1] != argument)
		elog(ERROR, "pgstd: a hook of a setting is not described as what it is");
}

/*
 * Calls a function in Go with the value of a parameter.  Returns the error that it has
 * ended with, or NULL.  The world may have to be started, with statements of its init
 * functions, so that it takes a subtransaction to go on after an error.  A cancel is not
 * for the caller to handle.
 */
static ErrorData *
call_hook(int32 site, PgstdType type, PgstdType argument, NullableDatum value, Datum *result)
{
	LOCAL_FCINFO(fcinfo, 1);
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	ErrorData  *volatile edata = NULL;

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0] = value;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		check_signature(site, type, argument, fcinfo);
		*result = pgstd_call(owner, &pgstd_sites[site], site, fcinfo);
		if (fcinfo->isnull && type != PGSTD_VOID)
			elog(ERROR, "pgstd: a hook of a setting has returned nothing");
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		edata = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = resources;
	if (edata != NULL && edata->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(edata);
	return edata;
}

/* The value of a parameter as an argument. */
static NullableDatum
argument_of(const PgstdSetting *setting)
{
	NullableDatum arg = {.value = (Datum) setting->value.word};

	if (setting->type == PGSTD_TEXT)
		arg.value = PointerGetDatum(pgstd_varlena((const void *) setting->value.word, setting->value.size));
	return arg;
}

static PgstdSetting
setting_of(uint32 type, uint64 word, uint32 size)
{
	return (PgstdSetting) {.type = type, .value = {.word = word, .size = size}};
}

/*
 * Asks Go code for its opinion of a value, if it can be had.  That it has been had goes
 * with the value, which may come back when a transaction is undone.
 */
static bool
check(uint32 i, PgstdSetting new, void **extra, GucSource source)
{
	const PgstdParameter *parameter = &pgstd_parameters.list[i];
	ErrorData  *edata;
	Datum		nothing;

	if (source < PGC_S_INTERACTIVE || !can_call())
		return true;
	edata = call_hook(parameter->check_site, PGSTD_VOID, new.type, argument_of(&new), &nothing);
	if (edata != NULL)
	{
		GUC_check_errcode(edata->sqlerrcode == ERRCODE_EXTERNAL_ROUTINE_EXCEPTION ?
						  ERRCODE_INVALID_PARAMETER_VALUE : edata->sqlerrcode);
		if (edata->detail != NULL)
			GUC_check_errdetail("%s\n%s", edata->message, edata->detail);
		else
			GUC_check_errdetail("%s", edata->message);
		if (edata->hint != NULL)
			GUC_check_errhint("%s", edata->hint);
		return false;
	}
	*extra = pgstd_guc_malloc(sizeof(int32));
	return *extra != NULL;
}

bool
pgstd_setting_check_bool(bool *newval, void **extra, GucSource source, uint32 i)
{
	return check(i, setting_of(PGSTD_BOOL, *newval, 0), extra, source);
}

/* Of an enum, too. */
bool
pgstd_setting_check_int(int *newval, void **extra, GucSource source, uint32 i)
{
	return check(i, setting_of(PGSTD_INT4, (uint64) (int64) *newval, 0), extra, source);
}

bool
pgstd_setting_check_real(double *newval, void **extra, GucSource source, uint32 i)
{
	return check(i, setting_of(PGSTD_FLOAT8, Float8GetDatum(*newval), 0), extra, source);
}

bool
pgstd_setting_check_string(char **newval, void **extra, GucSource source, uint32 i)
{
	return check(i, setting_of(PGSTD_TEXT, (uint64) *newval, strlen(*newval)), extra, source);
}

/* It cannot fail, and may be called while a transaction is undone. */
static void
assign(uint32 i, PgstdSetting new, const void *extra)
{
	values[i] = new;
	values[i].checked = extra != NULL;
	settings.generation++;
}

void
pgstd_setting_assign_bool(bool newval, void *extra, uint32 i)
{
	assign(i, setting_of(PGSTD_BOOL, newval, 0), extra);
}

void
pgstd_setting_assign_int(int newval, void *extra, uint32 i)
{
	assign(i, setting_of(PGSTD_INT4, (uint64) (int64) newval, 0), extra);
}

void
pgstd_setting_assign_real(double newval, void *extra, uint32 i)
{
	assign(i, setting_of(PGSTD_FLOAT8, Float8GetDatum(newval), 0), extra);
}

void
pgstd_setting_assign_string(const char *newval, void *extra, uint32 i)
{
	assign(i, setting_of(PGSTD_TEXT, (uint64) newval, strlen(newval)), extra);
}

/* What there is to show where Go code has no say. */
static const char *
plain_text(const PgstdSetting *setting)
{
	switch (setting->type)
	{
		case PGSTD_BOOL:
			return setting->value.word != 0 ? "on" : "off";
		case PGSTD_INT4:
			return psprintf("%d", (int) setting->value.word);
		case PGSTD_FLOAT8:
			return psprintf("%g", DatumGetFloat8((Datum) setting->value.word));
		default:
			return (const char *) setting->value.word;
	}
}

const char *
pgstd_setting_show(uint32 i)
{
	const PgstdParameter *parameter = &pgstd_parameters.list[i];
	const PgstdSetting *setting = &values[i];
	ErrorData  *edata;
	Datum		shown;

	if (can_call())
	{
		edata = call_hook(parameter->show_site, PGSTD_TEXT, setting->type, argument_of(setting), &shown);
		if (edata == NULL)
			return TextDatumGetCString(shown);
		ereport(WARNING,
				(errcode(edata->sqlerrcode),
				 errmsg("could not show parameter \"%s\": %s", text_at(parameter->name), edata->message)));
	}
	if (parameter->kind == PGSTD_PARAMETER_ENUM)
	{
		const char *label = text_at(parameter->labels);

		for (uint64 at = setting->value.word; at > 0; at--)
			label += strlen(label) + 1;
		return label;
	}
	return plain_text(setting);
}

static GucContext
context_of(const PgstdParameter *parameter)
{
	static const GucContext contexts[] = {
		[PGSTD_PARAMETER_USER] = PGC_USERSET,
		[PGSTD_PARAMETER_SUPERUSER] = PGC_SUSET,
		[PGSTD_PARAMETER_BACKEND] = PGC_BACKEND,
		[PGSTD_PARAMETER_SUPERUSER_BACKEND] = PGC_SU_BACKEND,
		[PGSTD_PARAMETER_SIGHUP] = PGC_SIGHUP,
		[PGSTD_PARAMETER_POSTMASTER] = PGC_POSTMASTER,
	};

	return contexts[parameter->context];
}

static int
flags_of(const PgstdParameter *parameter)
{
	static const int units[] = {
		[PGSTD_UNIT_BYTE] = GUC_UNIT_BYTE,
		[PGSTD_UNIT_KB] = GUC_UNIT_KB,
		[PGSTD_UNIT_MB] = GUC_UNIT_MB,
		[PGSTD_UNIT_BLOCKS] = GUC_UNIT_BLOCKS,
		[PGSTD_UNIT_MS] = GUC_UNIT_MS,
		[PGSTD_UNIT_S] = GUC_UNIT_S,
		[PGSTD_UNIT_MIN] = GUC_UNIT_MIN,
	};
	int			flags = units[PGSTD_PARAMETER_UNIT(parameter->flags)];

	if (parameter->flags & PGSTD_PARAMETER_SUPERUSER_ONLY)
		flags |= GUC_SUPERUSER_ONLY;
	if (parameter->flags & PGSTD_PARAMETER_NO_SHOW_ALL)
		flags |= GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE;
	if (parameter->flags & PGSTD_PARAMETER_NO_RESET_ALL)
		flags |= GUC_NO_RESET_ALL;
	if (parameter->flags & PGSTD_PARAMETER_EXPLAIN)
		flags |= GUC_EXPLAIN;
	return flags;
}

static const struct config_enum_entry *
make_labels(const PgstdParameter *parameter)
{
	struct config_enum_entry *entries = MemoryContextAllocZero(TopMemoryContext,
															   (parameter->nlabels + 1) * sizeof(struct config_enum_entry));
	const char *label = text_at(parameter->labels);

	for (uint32 i = 0; i < parameter->nlabels; i++)
	{
		entries[i].name = label;
		entries[i].val = (int) i;
		label += strlen(label) + 1;
	}
	return entries;
}

static double
real_of(uint64 bits)
{
	return DatumGetFloat8((Datum) bits);
}

static void
define(const PgstdParameter *p, Variable *variable)
{
	const char *name = text_at(p->name);
	const char *short_desc = text_at(p->short_desc);
	const char *long_desc = *text_at(p->long_desc) != '\0' ? text_at(p->long_desc) : NULL;
	GucContext	context = context_of(p);
	int			flags = flags_of(p);
	void	   *check_hook = function_at(&p->check);
	void	   *assign_hook = function_at(&p->assign);
	GucShowHook show_hook = (GucShowHook) function_at(&p->show);

	switch ((PgstdParameterKind) p->kind)
	{
		case PGSTD_PARAMETER_BOOL:
			pgstd_define(Bool, name, short_desc, long_desc, &variable->boolean, p->boot != 0,
						 context, flags, (GucBoolCheckHook) check_hook, (GucBoolAssignHook) assign_hook, show_hook);
			break;
		case PGSTD_PARAMETER_INT:
			pgstd_define(Int, name, short_desc, long_desc, &variable->integer, (int) p->boot, (int) p->min, (int) p->max,
						 context, flags, (GucIntCheckHook) check_hook, (GucIntAssignHook) assign_hook, show_hook);
			break;
		case PGSTD_PARAMETER_REAL:
			pgstd_define(Real, name, short_desc, long_desc, &variable->real, real_of(p->boot), real_of(p->min), real_of(p->max),
						 context, flags, (GucRealCheckHook) check_hook, (GucRealAssignHook) assign_hook, show_hook);
			break;
		case PGSTD_PARAMETER_STRING:
			pgstd_define(String, name, short_desc, long_desc, &variable->string, text_at(p->text),
						 context, flags, (GucStringCheckHook) check_hook, (GucStringAssignHook) assign_hook, show_hook);
			break;
		case PGSTD_PARAMETER_ENUM:
			pgstd_define(Enum, name, short_desc, long_desc, &variable->integer, (int) p->boot, make_labels(p),
						 context, flags, (GucEnumCheckHook) check_hook, (GucEnumAssignHook) assign_hook, show_hook);
			break;
	}
}

/* To be called once, as the last thing when the module is loaded. */
void
pgstd_settings_init(Module *module)
{
	const PgstdParameters *all = &pgstd_parameters;

	if (all->n == 0)
		return;
	for (uint32 i = 0; i < all->n; i++)
		if (all->list[i].context == PGSTD_PARAMETER_POSTMASTER && !process_shared_preload_libraries_in_progress)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("module \"%s\" must be loaded when the server starts", module->name),
					 errdetail("Parameter \"%s\" can only be set then.", text_at(all->list[i].name)),
					 errhint("Add it to the configuration parameter \"shared_preload_libraries\".")));
	owner = module;
	values = MemoryContextAllocZero(TopMemoryContext, all->n * sizeof(PgstdSetting));
	variables = MemoryContextAllocZero(TopMemoryContext, all->n * sizeof(Variable));
	settings.nsettings = all->n;
	settings.settings = values;
	module->settings = &settings;
	defining = true;
	for (uint32 i = 0; i < all->n; i++)
		define(&all->list[i], &variables[i]);
	MarkGUCPrefixReserved(text_at(all->prefix));
	defining = false;
}
