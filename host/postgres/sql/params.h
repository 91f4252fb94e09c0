/*-------------------------------------------------------------------------
 *
 * params.h
 *	  The parameters of a statement: from what a world says of them to values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_PARAMS_H
#define PGSTD_PARAMS_H

#include "../values/values.h"

#include "nodes/params.h"

/*
 * What the world has said of them is taken before anything runs, and lies in the
 * current memory context.
 */
typedef struct PgstdParams
{
	int			n;
	const uint8 *codes;			/* PgstdTypes */
	PgstdSlot  *slots;
	Oid		   *requested;		/* types, as far as the world says */
	Oid		   *types;			/* as they are */
	Datum	   *values;
	char	   *nulls;
	bool	   *is_row;			/* a row of which the world does not say what type it is */
} PgstdParams;

/* params.c */
extern void pgstd_params_take(PgstdParams *p, PgstdTaking *taking, const PgstdSQL *sql);
extern bool pgstd_params_inferred(const Oid *requested, int n);
extern bool pgstd_params_have_another(const PgstdParams *p);
extern const Oid *pgstd_params_first(const PgstdParams *p);
extern const Oid *pgstd_params_another(const PgstdParams *p);
extern bool pgstd_params_fit(const PgstdParams *p);
extern void pgstd_params_bind(PgstdParams *p);
extern ParamListInfo pgstd_params_list(const PgstdParams *p);

#endif							/* PGSTD_PARAMS_H */
