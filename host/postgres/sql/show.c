/*-------------------------------------------------------------------------
 *
 * show.c
 *	  The text that SQL shows for a value that a world has.
 *
 *-------------------------------------------------------------------------
 */
#include "sql.h"
#include "../base/alive.h"

#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* The text that SQL shows for a value that a world has. */
void
pgstd_show(const WorldRef *world, PgstdShow *show, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	uint8		element = (uint8) (show->type >> 8);
	const uint8 *details = &element;
	PgstdType	code = (PgstdType) (show->type & 0xff);
	Oid			type = OidIsValid(show->oid) ? show->oid : pgstd_default_oid(code);
	PgstdTaking taking;
	PgstdSlot  *slot;
	PgstdConv  *conv;
	bool		isnull;
	Datum		value;
	Oid			output;
	bool		varlena;
	char	   *text;

	pgstd_take_begin(&taking, pgstd_alive(world));
	slot = pgstd_take_bytes(&taking, show->value, sizeof(PgstdSlot));
	pgstd_take_value(&taking, code, (PgstdType) element, slot);
	conv = pgstd_conv_make(code, &details, type, -1, context);
	value = pgstd_from_slot(conv, slot, &isnull);
	getTypeOutputInfo(type, &output, &varlena);
	text = isnull ? pstrdup("") : OidOutputFunctionCall(output, value);
	show->text = (PgstdText) {text, strlen(text)};
	MemoryContextSwitchTo(caller);
}
