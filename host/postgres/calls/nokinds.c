/*-------------------------------------------------------------------------
 *
 * nokinds.c
 *	  For a module whose Go part makes no request; see kinds.c.
 *
 *-------------------------------------------------------------------------
 */
#include "kinds.h"

const RequestKind *const pgstd_request_kinds = NULL;
