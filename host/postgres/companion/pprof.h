/*-------------------------------------------------------------------------
 *
 * pprof.h
 *	  Profiles as pprof reads them, with names and without addresses.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_PPROF_H
#define PGSTD_PPROF_H

#include "../session/shared.h"

#include "lib/stringinfo.h"
#include "utils/timestamp.h"

#define MAX_NAMES		4096
#define MAX_NAME		512
#define NSLOTS			(4 * MAX_NAMES)
#define NAME_BYTES		(256 * 1024)

/* Names that are there from the start. */
#define PROFILE_SERVER	1
#define PROFILE_OTHERS	2

/* Names of functions, numbered from 1; copies, as an object may be gone when the profile is taken. */
typedef struct ProfileNames
{
	uint32		nnames;
	uint32		end[MAX_NAMES + 1]; /* of name i, which begins where i - 1 ends */
	uint16		slots[NSLOTS];	/* names by their hashes; 0: none */
	char		bytes[NAME_BYTES];
} ProfileNames;

/* A profile that is being written. */
typedef struct ProfileWriter
{
	StringInfoData to;
	StringInfoData part;
	const char *const *kinds;	/* of values: type and unit of each, and NULL at the end */
	int			nkinds;
} ProfileWriter;

extern void pgstd_profile_begin(ProfileNames *p);
extern uint32 pgstd_profile_name(ProfileNames *p, const PgstdWorld *world, uint64 pc);
extern void pgstd_profile_open(ProfileWriter *w, const char *const *kinds);
extern void pgstd_profile_sample(ProfileWriter *w, const uint32 *ids, uint32 n, const int64 *values);
extern bytea *pgstd_profile_close(ProfileWriter *w, const ProfileNames *p, TimestampTz start, int64 period);

#endif							/* PGSTD_PPROF_H */
