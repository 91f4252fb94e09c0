/*-------------------------------------------------------------------------
 *
 * details.c
 *	  What a function's signature leaves open: elements of arrays, fields of
 *	  records.
 *
 *-------------------------------------------------------------------------
 */
#include "conv.h"

#include "miscadmin.h"

pg_noreturn static void
damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("the Go object's description of a function does not fit its signature"),
			 errhint("Build it again.")));
}

/* The number of fields of a record; *details is moved to the first of them. */
int
pgstd_details_count(const uint8 **details)
{
	int			count = (*details)[0] | (*details)[1] << 8;

	*details += 2;
	return count;
}

/* Steps over the details of a type. */
const uint8 *
pgstd_skip_details(PgstdType code, const uint8 *details)
{
	if (code == PGSTD_ARRAY)
		return pgstd_skip_details((PgstdType) details[0], details + 1);
	if (code == PGSTD_RECORD)
		for (int n = pgstd_details_count(&details); n > 0; n--)
		{
			PgstdType	field;

			details += 1 + *details;
			field = (PgstdType) *details++;
			details = pgstd_skip_details(field, details);
		}
	return details;
}

/* pgstd_skip_details for what nobody has looked at yet: they may end anywhere. */
static const uint8 *
step_over(PgstdType code, const uint8 *at, const uint8 *end)
{
	check_stack_depth();
	if (code > PGSTD_WHOLE && code != PGSTD_ANY)
		damaged();
	if (code == PGSTD_ARRAY)
	{
		if (end - at < 1)
			damaged();
		return step_over((PgstdType) at[0], at + 1, end);
	}
	if (code == PGSTD_RECORD)
	{
		int			n;

		if (end - at < 2)
			damaged();
		for (n = pgstd_details_count(&at); n > 0; n--)
		{
			int			name;

			if (end - at < 1)
				damaged();
			name = *at++;
			if (end - at < name + 1)
				damaged();
			at = step_over((PgstdType) at[name], at + name + 1, end);
		}
	}
	return at;
}

/*
 * Raises unless the details of a function are those of its signature, no more and no
 * less.  Whoever wrote them, nothing else is relied upon.
 */
void
pgstd_details_check(PgstdText signature, PgstdText details)
{
	const uint8 *at = (const uint8 *) details.data;
	const uint8 *end = at + details.size;

	for (uint64 i = 0; i < signature.size; i++)
	{
		PgstdType	code = (PgstdType) (uint8) signature.data[i];

		if (code != PGSTD_STATE)
			at = step_over(code, at, end);
	}
	if (signature.size == 0 || at != end)
		damaged();
}
