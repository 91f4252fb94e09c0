/*-------------------------------------------------------------------------
 *
 * heap.c
 *	  Where a session's Go code allocates memory, by samples.
 *
 * Go's allocator takes the samples, as in any program: it looks at its rate when it
 * counts down to the next one, which is never where the rate is 0.  So all
 * that is done here is to set the rate in each world, and to read what has been counted.
 * That lies in the world's memory: each word is taken once, and followed only
 * where the world has memory.
 *
 *-------------------------------------------------------------------------
 */
#include "pprof.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"

#define MAX_DEPTH		64		/* frames of a place */
#define MAX_STACK		1024	/* words of one, in a world */
#define MAX_BUCKETS		1000000 /* of a world: no list is without an end */

/* Before PostgreSQL 16 the server's macros leave visibility to us. */
#pragma GCC visibility push(default)
PG_FUNCTION_INFO_V1(pgstd_companion_start_heap_profile);
PG_FUNCTION_INFO_V1(pgstd_companion_stop_heap_profile);
#pragma GCC visibility pop

static const char *const kinds[] = {
	"alloc_objects", "count", "alloc_space", "bytes", "inuse_objects", "count", "inuse_space", "bytes", NULL
};

static TimestampTz started;

/* Sets the rate of all worlds that have started; what starts later gets it then. */
static void
set_rate(int64 rate)
{
	pgstd_shared->profile_rate = rate;
	for (const BackendWorld *bw = pgstd_next_world(NULL); bw != NULL; bw = pgstd_next_world(bw))
		pgstd_set_profile_rate(bw);
}

/* start_heap_profile(bytes integer) returns void */
Datum
pgstd_companion_start_heap_profile(PG_FUNCTION_ARGS)
{
	int32		bytes = PG_GETARG_INT32(0);

	if (bytes < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a sample cannot stand for %d bytes", bytes),
				 errhint("1 takes every allocation, and 524288 what Go takes by itself.")));
	if (pgstd_shared->profile_rate != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a heap profile of this session is being taken already"),
				 errhint("pgstd.stop_heap_profile() ends it.")));
	started = GetCurrentTimestamp();
	set_rate(bytes);
	PG_RETURN_VOID();
}

/*
 * What samples stand for: each had a chance of 1 - exp(-size / rate) to be taken (package
 * runtime/pprof, scaleHeapSample).
 */
static void
scale(uint64 objects, uint64 size, int64 rate, int64 *values)
{
	double		share = (double) size / (double) rate;
	double		factor = 1;

	if (objects == 0 || size == 0)
	{
		values[0] = values[1] = 0;
		return;
	}
	if (rate > 1 && share < 100)	/* else all of them were taken */
		factor = 1 / (1 - DatumGetFloat8(DirectFunctionCall1(dexp, Float8GetDatum(-share))));
	values[0] = (int64) Min((double) objects * factor, 1e18);
	values[1] = (int64) Min((double) objects * (double) size * factor, 1e18);
}

static bool
is_runtime(const ProfileNames *names, uint32 id)
{
	static const char *const prefixes[] = {"runtime.", "internal/runtime/"};
	const char *name = names->bytes + names->end[id - 1];
	uint32		size = names->end[id] - names->end[id - 1];

	for (int i = 0; i < lengthof(prefixes); i++)
		if (size > strlen(prefixes[i]) && memcmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/*
 * The names of a place, without the allocator's own at its start.  A function that others are
 * compiled into has an address for each of them, and counts once.
 */
static uint32
name_stack(ProfileNames *names, const PgstdWorld *world, const uint64 *stack, uint64 nstack, uint32 *ids)
{
	uint32		n = 0;

	for (uint64 i = 0; i < nstack && n < MAX_DEPTH; i++)
	{
		uint32		id = pgstd_profile_name(names, world, stack[i] - 1);

		if ((n > 0 && ids[n - 1] == id) || (n == 0 && i + 1 < nstack && is_runtime(names, id)))
			continue;
		ids[n++] = id;
	}
	return n;
}

/* Adds a bucket.  Returns the next one; NULL: this was the last, or it is damaged. */
static const char *
put_bucket(ProfileWriter *w, ProfileNames *names, PgstdWorld *world, const char *bucket, int64 rate)
{
	const PgstdObject *object = world->object;
	PgstdAllocations sum = {0};
	uint64		stack[MAX_STACK];
	uint32		ids[MAX_DEPTH];
	int64		values[4];
	uint64		nstack,
				size,
				next;
	uint32		n;

	if ((uint64) bucket % sizeof(uint64) != 0 || !pgstd_memory_holds(world, bucket, object->bucket_stack))
		return NULL;
	memcpy(&next, bucket + object->bucket_next, sizeof(next));
	memcpy(&size, bucket + object->bucket_size, sizeof(size));
	memcpy(&nstack, bucket + object->bucket_nstack, sizeof(nstack));
	if (nstack > MAX_STACK || !pgstd_memory_holds(world, bucket, object->bucket_stack + nstack * sizeof(uint64) +
												  PGSTD_PROFILE_CYCLES * object->bucket_count))
		return NULL;
	memcpy(stack, bucket + object->bucket_stack, nstack * sizeof(uint64));
	for (int i = 0; i < PGSTD_PROFILE_CYCLES; i++)
	{
		PgstdAllocations count;

		memcpy(&count, bucket + object->bucket_stack + nstack * sizeof(uint64) + i * object->bucket_count, sizeof(count));
		sum.allocs += count.allocs;
		sum.frees += count.frees;
	}
	n = name_stack(names, world, stack, nstack, ids);
	if (n > 0 && sum.allocs > 0)
	{
		scale(sum.allocs, size, rate, &values[0]);
		scale(sum.allocs - Min(sum.frees, sum.allocs), size, rate, &values[2]);
		pgstd_profile_sample(w, ids, n, values);
	}
	return (const char *) next;
}

/* stop_heap_profile() returns bytea */
Datum
pgstd_companion_stop_heap_profile(PG_FUNCTION_ARGS)
{
	int64		rate = pgstd_shared->profile_rate;
	ProfileNames *names;
	ProfileWriter w;

	if (rate == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no heap profile of this session is being taken"),
				 errhint("pgstd.start_heap_profile() begins one.")));
	set_rate(0);
	names = palloc(sizeof(ProfileNames));
	pgstd_profile_begin(names);
	pgstd_profile_open(&w, kinds);
	for (BackendWorld *bw = pgstd_next_world(NULL); bw != NULL; bw = pgstd_next_world(bw))
	{
		const char *bucket;

		if (!pgstd_can_profile(bw))
			continue;
		bucket = *bw->world.object->profile_buckets;
		for (int i = 0; bucket != NULL && i < MAX_BUCKETS; i++)
		{
			CHECK_FOR_INTERRUPTS();
			bucket = put_bucket(&w, names, &bw->world, bucket, rate);
		}
	}
	PG_RETURN_BYTEA_P(pgstd_profile_close(&w, names, started, rate));
}
