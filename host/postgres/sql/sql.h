/*-------------------------------------------------------------------------
 *
 * sql.h
 *	  SQL that a world runs: statements, rows, and the text of a value.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SQL_H
#define PGSTD_SQL_H

#include "../values/values.h"

#include "executor/spi.h"
#include "tcop/dest.h"

/* From this size on, values that are copied for a world are counted one by one. */
#define PGSTD_LARGE		(64 * 1024)

/* spi.c */
extern bool pgstd_has_transition_tables(FunctionCallInfo fcinfo);
extern Oid	pgstd_transition_trigger(FunctionCallInfo fcinfo);
extern void pgstd_spi_connect(FunctionCallInfo fcinfo);
extern void pgstd_spi_finish(void);

/* columns.c */
extern PgstdConv *pgstd_column_conv(Oid type, int32 typmod, MemoryContext context);
extern PgstdType pgstd_column_type(const PgstdConv *conv, Oid type);
extern void pgstd_put_value(PgstdSlot *slot, PgstdConv *conv, PgstdType type, Datum value, bool isnull);
extern void pgstd_copy_row(PgstdSQL *sql, TupleDesc desc, const Datum *values, const bool *nulls, MemoryContext context);
extern void pgstd_copy_first(PgstdSQL *sql, const SPITupleTable *table, MemoryContext context);

/* receiver.c */
extern DestReceiver pgstd_receiver(bool (*receive) (TupleTableSlot *, DestReceiver *),
								   void (*start) (DestReceiver *, int, TupleDesc));

/* select.c */
extern void pgstd_statement_context(void *arg);
extern bool pgstd_run_select(SPIPlanPtr plan, ParamListInfo params, bool read_only, PgstdSQL *sql,
							 MemoryContext context);

/* sql.c */
extern void pgstd_execute(const WorldRef *world, PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context);
extern Portal pgstd_open_cursor(const WorldRef *world, const PgstdSQL *sql, FunctionCallInfo fcinfo,
								MemoryContext context);

/* show.c */
extern void pgstd_show(const WorldRef *world, PgstdShow *show, MemoryContext context);

/* rows.c */
extern void pgstd_rows(const WorldRef *world, PgstdRows *rows, FunctionCallInfo fcinfo, MemoryContext context);
extern void pgstd_rows_close(BackendWorld *bw, uint64 cursor, bool failed);
extern void pgstd_rows_forget(BackendWorld *bw);
extern void pgstd_rows_pin(const BackendWorld *bw, bool pin);

#endif							/* PGSTD_SQL_H */
