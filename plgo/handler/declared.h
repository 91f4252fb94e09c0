/*-------------------------------------------------------------------------
 *
 * declared.h
 *	  The signature that plgo.create_aggregate() gets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLGO_DECLARED_H
#define PLGO_DECLARED_H

#include "parts.h"

/* What SQL declares of an aggregate. */
typedef struct PlgoDeclared
{
	char	   *name;
	Oid			schema;
	const char *volatility;
	PlgoAggregate types;
	const char *names[FUNC_MAX_ARGS];	/* NULL: it has none */
} PlgoDeclared;

/* declared.c */
pg_noreturn extern void plgo_no_signature(const char *detail);
extern void plgo_read_signature(const char *signature, PlgoDeclared *d);

#endif							/* PLGO_DECLARED_H */
