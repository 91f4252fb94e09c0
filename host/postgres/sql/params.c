/*-------------------------------------------------------------------------
 *
 * params.c
 *	  The parameters of a statement: from what a world says of them to values.
 *
 *-------------------------------------------------------------------------
 */
#include "params.h"
#include "../base/text.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "executor/execExpr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* What the protocol allows. */
#define MAX_PARAMETERS	65535

/* Takes a parameter.  Texts and bytes, which most are, become values at once. */
static void
take_parameter(PgstdTaking *taking, PgstdType code, PgstdSlot *slot)
{
	if ((code == PGSTD_TEXT || code == PGSTD_BYTEA) && !(slot->flags & PGSTD_SLOT_NULL))
	{
		const void *bytes = (const void *) slot->word;

		pgstd_take_check(taking, bytes, slot->size);
		pgstd_take_count(taking, slot->size, 1);
		slot->word = (uint64) VARDATA(pgstd_varlena(bytes, slot->size));
		if (code == PGSTD_TEXT)
			pgstd_take_verify(taking, (const char *) slot->word, slot->size);
	}
	else
		pgstd_take_value(taking, code, PGSTD_VOID, slot);
}

static Oid
array_type(const PgstdArray *array)
{
	Oid			element = OidIsValid(array->element_oid) ? array->element_oid :
		pgstd_default_oid((PgstdType) array->element);

	return OidIsValid(element) && element != PGSTD_OID_INFER ? get_array_type(element) : InvalidOid;
}

/* The composite type that a row says it is of, if there is such a type. */
static Oid
own_type(const PgstdRow *row)
{
	Oid			type = (Oid) row->oid;

	return row->oid <= PG_UINT32_MAX && OidIsValid(type) && get_typtype(type) == TYPTYPE_COMPOSITE ? type : InvalidOid;
}

/* Whether the world says of a row what it is, as of an argument that is passed on: then that counts. */
static bool
says_type(PgstdType code, Oid oid)
{
	return code == PGSTD_ROW && OidIsValid(oid) && oid != PGSTD_OID_INFER;
}

/* The type of a parameter as far as the world says: it identifies the statement. */
static Oid
requested_type(PgstdType code, const PgstdSlot *slot, Oid oid)
{
	Oid			type = OidIsValid(oid) ? oid : pgstd_default_oid(code);

	/* What is no row has no type of its own: in to_jsonb(OLD) of an INSERT, it is a record. */
	if (code == PGSTD_ROW && !says_type(code, oid))
		type = slot->flags & PGSTD_SLOT_NULL ? RECORDOID : own_type((const PgstdRow *) slot->word);
	if (!OidIsValid(type) && code == PGSTD_ARRAY && !(slot->flags & PGSTD_SLOT_NULL))
		type = array_type((const PgstdArray *) slot->word);
	return OidIsValid(type) ? type : PGSTD_OID_INFER;
}

/* A type that the world has kept, as with an argument of any type, may have been dropped since. */
static void
check_type(Oid type, int i)
{
	if (type != PGSTD_OID_INFER && type >= FirstNormalObjectId && !SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("parameter $%d has a type that does not exist any more", i + 1)));
}

/* Takes what the world says of the parameters of a statement. */
void
pgstd_params_take(PgstdParams *p, PgstdTaking *taking, const PgstdSQL *sql)
{
	Oid		   *oids;
	int			n;

	if (sql->types.size > MAX_PARAMETERS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_ARGUMENTS),
				 errmsg("SQL statement has " UINT64_FORMAT " parameters", (uint64) sql->types.size),
				 errdetail("The maximum is %d.", MAX_PARAMETERS)));
	p->n = n = (int) sql->types.size;
	if (n == 0)
		return;
	p->codes = pgstd_take_bytes(taking, sql->types.data, n);
	p->slots = pgstd_take_items(taking, sql->params, n, sizeof(PgstdSlot));
	oids = sql->oids == NULL ? NULL : pgstd_take_items(taking, sql->oids, n, sizeof(Oid));
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		take_parameter(taking, (PgstdType) p->codes[i], &p->slots[i]);
	}
	/* From here on the catalog is looked at. */
	p->values = palloc((sizeof(Datum) + 2 * sizeof(Oid) + sizeof(char) + sizeof(bool)) * n);
	p->requested = (Oid *) (p->values + n);
	p->types = p->requested + n;
	p->nulls = (char *) (p->types + n);
	p->is_row = (bool *) (p->nulls + n);
	for (int i = 0; i < n; i++)
	{
		PgstdType	code = (PgstdType) p->codes[i];
		Oid			oid = oids != NULL ? oids[i] : InvalidOid;

		p->types[i] = p->requested[i] = requested_type(code, &p->slots[i], oid);
		check_type(p->types[i], i);
		p->is_row[i] = code == PGSTD_ROW && !says_type(code, oid);
	}
}

static bool
is_json(Oid type)
{
	return type == JSONOID || type == JSONBOID;
}

/* Whether values of the world's, or such elements, have to be cast to be of another type than they say. */
static bool
is_cast(PgstdType code, PgstdType element)
{
	PgstdType	one = code == PGSTD_ARRAY ? element : code;

	return one <= PGSTD_LAST_SIMPLE ? one != PGSTD_TEXT && one != PGSTD_BYTEA : one == PGSTD_TIMESTAMPTZ || one == PGSTD_INTERVAL;
}

static Datum
parameter(PgstdMaking *making, PgstdType code, const PgstdSlot *slot, Oid requested, Oid type)
{
	const uint8 *details;
	uint8		element = PGSTD_VOID;
	bool		isnull;

	if (slot->flags & PGSTD_SLOT_NULL)
		return (Datum) 0;
	if (code <= PGSTD_LAST_SIMPLE && pgstd_default_oid(code) == type)
	{
		/* See take_parameter. */
		if (code == PGSTD_TEXT || code == PGSTD_BYTEA)
			return PointerGetDatum((char *) slot->word - VARHDRSZ);
		return (Datum) slot->word;
	}
	if (code == PGSTD_BYTEA && is_json(type))
	{
		(void) pg_verifymbstr((const char *) slot->word, (int) slot->size, false);
		code = PGSTD_TEXT;
	}
	if (code == PGSTD_ARRAY)
		element = (uint8) ((const PgstdArray *) slot->word)->element;
	if (type != requested && is_cast(code, (PgstdType) element))
		return pgstd_assign_value(making, code, (PgstdType) element, slot, type, -1, CurrentMemoryContext, &isnull);
	details = &element;
	return pgstd_make_value(making, pgstd_conv_make(code, &details, type, -1, CurrentMemoryContext), slot, &isnull);
}

/* Makes the values of the parameters, which may run code: each has to be right after all. */
void
pgstd_params_bind(PgstdParams *p)
{
	PgstdMaking making;

	pgstd_making_begin(&making);
	for (int i = 0; i < p->n; i++)
	{
		p->values[i] = parameter(&making, (PgstdType) p->codes[i], &p->slots[i], p->requested[i], p->types[i]);
		p->nulls[i] = (p->slots[i].flags & PGSTD_SLOT_NULL) ? 'n' : ' ';
	}
	pgstd_making_end(&making);
}

/*
 * Has an expression find a parameter as it finds a constant: a filter asks for it at each
 * row.  It is one as long as an executor has the list.  What is not as the plan says is
 * left to the executor, which raises where it comes to it.
 */
static void
compile_parameter(ParamListInfo list, Param *param, ExprState *state, Datum *value, bool *isnull)
{
	const ParamExternData *given = param->paramid > 0 && param->paramid <= list->numParams ?
		&list->params[param->paramid - 1] : NULL;
	ExprEvalStep step = {.resvalue = value, .resnull = isnull};

	if (given != NULL && given->ptype == param->paramtype)
	{
		step.opcode = EEOP_CONST;
		step.d.constval.value = given->value;
		step.d.constval.isnull = given->isnull;
	}
	else
	{
		step.opcode = EEOP_PARAM_EXTERN;
		step.d.param.paramid = param->paramid;
		step.d.param.paramtype = param->paramtype;
	}
	ExprEvalPushStep(state, &step);
}

/* The parameters as the executor has them: they do not change any more. */
ParamListInfo
pgstd_params_list(const PgstdParams *p)
{
	ParamListInfo list;

	if (p->n == 0)
		return NULL;
	list = makeParamList(p->n);
	list->paramCompile = compile_parameter;
	for (int i = 0; i < p->n; i++)
		list->params[i] = (ParamExternData) {
			.value = p->values[i],
			.isnull = p->nulls[i] == 'n',
			.pflags = PARAM_FLAG_CONST,
			.ptype = p->types[i],
		};
	return list;
}
