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
	bool		sure;			/* no second way can be tried: only what would be wrong else is inferred */
} PgstdParams;

/* The ways in which a statement's parameters can be meant, in the order in which they are tried. */
typedef enum PgstdWay
{
	PGSTD_CLOSE,				/* moments are dates or timestamps, and texts char(n), where the statement has such */
	PGSTD_STATED,				/* as the world says; a row is what the statement asks for */
	PGSTD_ASKED,				/* numbers and texts are what the statement asks for, bytes are json, a row is of its own type */
	PGSTD_WAYS
} PgstdWay;

/* params.c */
extern void pgstd_params_take(PgstdParams *p, PgstdTaking *taking, const PgstdSQL *sql);
extern void pgstd_params_bind(PgstdParams *p);
extern ParamListInfo pgstd_params_list(const PgstdParams *p);

/* ways.c */
extern Oid	pgstd_params_type(const PgstdParams *p, PgstdWay way, int i);
extern bool pgstd_params_have(const PgstdParams *p, PgstdWay way);
extern bool pgstd_params_infer(const PgstdParams *p);
extern bool pgstd_params_turn(const PgstdParams *p, PgstdWay way, int i);
extern void pgstd_params_settle(PgstdParams *p, PgstdWay way, const Oid *found);

#endif							/* PGSTD_PARAMS_H */
