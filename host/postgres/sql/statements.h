/*-------------------------------------------------------------------------
 *
 * statements.h
 *	  Prepared statements that a session keeps.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_STATEMENTS_H
#define PGSTD_STATEMENTS_H

#include "../backend.h"

#include "executor/spi.h"

typedef struct PgstdStatement PgstdStatement;

/* What a statement is kept for: all that its meaning depends on besides the session. */
typedef struct PgstdStatementKey
{
	PgstdText	query;
	int			nparams;
	const Oid  *requested;		/* types of the parameters, as far as the world says */
	Oid			trigger;		/* whose transition tables it may use, or InvalidOid */
} PgstdStatementKey;

/* statements.c */
extern PgstdStatement *pgstd_statement_find(const WorldRef *world, const PgstdStatementKey *key);
extern PgstdStatement *pgstd_statement_keep(const WorldRef *world, const PgstdStatementKey *key, SPIPlanPtr plan,
											const Oid *types, bool infers);
extern SPIPlanPtr pgstd_statement_plan(const PgstdStatement *s);
extern const Oid *pgstd_statement_types(const PgstdStatement *s);
extern void pgstd_statement_release(PgstdStatement *s);
extern void pgstd_statements_forget(const BackendWorld *bw);

#endif							/* PGSTD_STATEMENTS_H */
