/*-------------------------------------------------------------------------
 *
 * parameters.h
 *	  The configuration parameters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_PARAMETERS_H
#define PGSTD_PARAMETERS_H

#include "../base/limits.h"

/* parameters.c */
extern void pgstd_parameters_init(void);
extern void pgstd_refuse_displaced(const char *name, bool only_server);
extern void pgstd_explain_limit(const BackendWorld *bw, ErrorData *edata);

#endif							/* PGSTD_PARAMETERS_H */
