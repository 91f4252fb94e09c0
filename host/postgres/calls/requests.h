/*-------------------------------------------------------------------------
 *
 * requests.h
 *	  What a world asks of the host by a switch.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_REQUESTS_H
#define PGSTD_REQUESTS_H

#include "../backend.h"

/* requests.c */
extern PgstdEvent pgstd_serve(BackendWorld *bw, FunctionCallInfo fcinfo);

#endif							/* PGSTD_REQUESTS_H */
