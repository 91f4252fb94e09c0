/*-------------------------------------------------------------------------
 *
 * ways.c
 *	  What type a parameter is of, in each of the ways in which it can be meant.
 *
 * A Go program says of its values what they are by their Go types, which are fewer
 * than SQL's: a time.Time is a timestamptz, a string a text.  Where the statement
 * has a date, a timestamp or a char(n) beside it, that would compare, without a word, what has not been
 * meant: so the closer type comes first.  Where the statement makes no sense with
 * what the Go types say, it may with what it asks for itself, as with a literal.
 *
 *-------------------------------------------------------------------------
 */
#include "params.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

/* Whether a parameter, or its elements, is a value of the world's own and of a type. */
static bool
is_of(const PgstdParams *p, int i, PgstdType code, Oid type)
{
	if (p->codes[i] == PGSTD_ARRAY)
		return get_element_type(p->requested[i]) == type && OidIsValid(type);
	return p->codes[i] == code && p->requested[i] == type;
}

static bool
is_moment(const PgstdParams *p, int i)
{
	return is_of(p, i, PGSTD_TIMESTAMPTZ, TIMESTAMPTZOID);
}

static bool
is_text(const PgstdParams *p, int i)
{
	return is_of(p, i, PGSTD_TEXT, TEXTOID);
}

static bool
is_bytes(const PgstdParams *p, int i)
{
	return p->codes[i] == PGSTD_BYTEA && p->requested[i] == BYTEAOID;
}

static bool
is_number(const PgstdParams *p, int i)
{
	return is_of(p, i, PGSTD_INT2, INT2OID) || is_of(p, i, PGSTD_INT4, INT4OID) || is_of(p, i, PGSTD_INT8, INT8OID) ||
		is_of(p, i, PGSTD_FLOAT4, FLOAT4OID) || is_of(p, i, PGSTD_FLOAT8, FLOAT8OID);
}

static bool
is_interval(const PgstdParams *p, int i)
{
	return is_of(p, i, PGSTD_INTERVAL, INTERVALOID);
}

/* The type of a parameter in a way; PGSTD_OID_INFER: what the statement asks for. */
Oid
pgstd_params_type(const PgstdParams *p, PgstdWay way, int i)
{
	if (p->is_row[i])
	{
		if (way != PGSTD_ASKED)
			return PGSTD_OID_INFER;
		return p->requested[i] == PGSTD_OID_INFER ? RECORDOID : p->requested[i];
	}
	switch (way)
	{
		case PGSTD_CLOSE:
			if (is_moment(p, i) || (is_text(p, i) && !p->sure))
				return PGSTD_OID_INFER;
			break;
		case PGSTD_ASKED:
			if (is_moment(p, i) || is_text(p, i) || is_bytes(p, i) || is_number(p, i) || is_interval(p, i))
				return PGSTD_OID_INFER;
			break;
		default:
			break;
	}
	return p->requested[i];
}

/* Whether a way is another one than what the world says. */
bool
pgstd_params_have(const PgstdParams *p, PgstdWay way)
{
	for (int i = 0; i < p->n; i++)
		if (pgstd_params_type(p, way, i) != pgstd_params_type(p, PGSTD_STATED, i))
			return true;
	return false;
}

/* Whether the types of some parameters depend on what the statement asks for. */
bool
pgstd_params_infer(const PgstdParams *p)
{
	for (int i = 0; i < p->n; i++)
		if (p->requested[i] == PGSTD_OID_INFER || p->is_row[i])
			return true;
	return pgstd_params_have(p, PGSTD_CLOSE) || pgstd_params_have(p, PGSTD_ASKED);
}

/* Whether a parameter says what it is, and shall be something else all the same. */
bool
pgstd_params_turn(const PgstdParams *p, PgstdWay way, int i)
{
	return !p->is_row[i] && p->requested[i] != PGSTD_OID_INFER && pgstd_params_type(p, way, i) == PGSTD_OID_INFER;
}

/* Whether a value of the world's can be of the type that the statement asks for. */
static bool
can_be(const PgstdParams *p, PgstdWay way, int i, Oid found)
{
	Oid			type = getBaseType(found);

	if (p->codes[i] == PGSTD_ARRAY)
	{
		type = get_element_type(type);
		if (!OidIsValid(type))
			return false;
		type = getBaseType(type);
	}
	if (is_moment(p, i))
		return type == DATEOID || type == TIMESTAMPOID;
	if (is_text(p, i))
		return way == PGSTD_CLOSE ? type == BPCHAROID : get_typtype(type) != TYPTYPE_PSEUDO;
	if (is_bytes(p, i))
		return type == JSONOID || type == JSONBOID;
	if (is_interval(p, i))
		return type == TIMEOID;
	return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID || type == FLOAT8OID ||
		type == NUMERICOID || type == OIDOID;
}

/*
 * Takes the types that a statement asks for, where the values can be of them.  The others stay what
 * the world says.
 */
void
pgstd_params_settle(PgstdParams *p, PgstdWay way, const Oid *found)
{
	for (int i = 0; i < p->n; i++)
	{
		Oid			type = pgstd_params_type(p, way, i);

		if (type != PGSTD_OID_INFER)
			p->types[i] = type;
		else if (p->requested[i] == PGSTD_OID_INFER || p->is_row[i] || can_be(p, way, i, found[i]))
			p->types[i] = found[i];
		else
			p->types[i] = p->requested[i];
	}
}
