/*-------------------------------------------------------------------------
 *
 * profile.c
 *	  Where the CPU time of a session goes, by samples.
 *
 * A timer of the process's CPU time sends SIGPROF.  Its handler notes which Go
 * function runs and who has called it, by the frame pointers that Go keeps on its
 * stacks and the names in the object's table of functions.  Both are the world's:
 * every word of them is looked at only where the world has memory, and what they
 * say is no more than a name.  The handler asks for no memory, and names are copied,
 * as an object may be gone when the profile is taken.
 *
 * What comes out is a profile as pprof reads it, with names and without addresses.
 *
 *-------------------------------------------------------------------------
 */
#include "../session/shared.h"

#include <signal.h>
#include <time.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "../../arch.h"

#define MAX_HERTZ		1000
#define MAX_DEPTH		64		/* frames of a sample */
#define MAX_NAMES		4096
#define MAX_NAME		512
#define NSLOTS			(4 * MAX_NAMES)
#define NAME_BYTES		(256 * 1024)
#define SAMPLE_WORDS	(2 * 1024 * 1024)	/* two minutes of the deepest stacks at 100 a second */

/* Names that are there from the start. */
#define ID_SERVER		1
#define ID_OTHERS		2

typedef struct Profile
{
	MemoryContext context;		/* of this alone */
	int64		period;			/* nanoseconds */
	TimestampTz start;
	uint32		nwords;
	uint32		nnames;
	uint64		lost;			/* samples there was no room for */
	uint32		end[MAX_NAMES + 1]; /* of name i, which begins where i - 1 ends */
	uint16		slots[NSLOTS];	/* names by their hashes; 0: none */
	char		bytes[NAME_BYTES];
	uint32		words[SAMPLE_WORDS];	/* of each sample: how many, then names, the innermost first */
} Profile;

/* What a table of functions begins with: type pcHeader of package runtime. */
typedef struct TableHead
{
	uint32		magic;
	uint8		pad[2];
	uint8		min_lc;
	uint8		ptr_size;
	uint64		nfunc;
	uint64		nfiles;
	uint64		unused;
	uint64		names;			/* offsets */
	uint64		cu;
	uint64		files;
	uint64		pc;
	uint64		functions;
} TableHead;

#define TABLE_MAGIC		0xfffffff1	/* since Go 1.20 */

/* Types functab, and the start of _func. */
typedef struct TableEntry
{
	uint32		entry;			/* from the start of the code */
	uint32		function;		/* from TableHead.functions */
} TableEntry;

typedef struct TableFunction
{
	uint32		entry;
	int32		name;			/* from TableHead.names */
} TableFunction;

/* Before PostgreSQL 16 the server's macros leave visibility to us. */
#pragma GCC visibility push(default)
PG_FUNCTION_INFO_V1(pgstd_companion_start_profile);
PG_FUNCTION_INFO_V1(pgstd_companion_stop_profile);
#pragma GCC visibility pop

static Profile *volatile profile;	/* NULL: none is being taken */
static timer_t timer;
static bool prepared;			/* there are the timer and the handler */

/* The number of a name, which gets one if it has none. */
static uint32
intern(Profile *p, const char *name, uint32 size)
{
	uint32		hash = 2166136261u;

	for (uint32 i = 0; i < size; i++)
		hash = (hash ^ (unsigned char) name[i]) * 16777619u;
	for (uint32 i = hash % NSLOTS;; i = (i + 1) % NSLOTS)
	{
		uint32		id = p->slots[i];

		if (id == 0)
		{
			uint32		start = p->end[p->nnames];

			if (p->nnames == MAX_NAMES || size > NAME_BYTES - start)
				return ID_OTHERS;
			memcpy(p->bytes + start, name, size);
			id = ++p->nnames;
			p->end[id] = start + size;
			p->slots[i] = (uint16) id;
			return id;
		}
		if (p->end[id] - p->end[id - 1] == size && memcmp(p->bytes + p->end[id - 1], name, size) == 0)
			return id;
	}
}

/* The number of the name of the function that has pc. */
static uint32
name_of(Profile *p, const PgstdObject *object, uint64 pc)
{
	const char *table = (const char *) object->pclntab.start;
	uint64		size = object->pclntab.end - object->pclntab.start;
	const TableHead *head = (const TableHead *) table;
	const TableEntry *entries;
	uint64		offset = pc - object->text.start;
	uint64		low = 0,
				high,
				at;
	TableFunction function;

	/* Modules of a base have tables of their own. */
	if (pc < object->text.start || pc >= object->text.end)
		return ID_OTHERS;
	if (size < sizeof(TableHead) || head->magic != TABLE_MAGIC || head->functions > size ||
		head->functions % sizeof(uint32) != 0 || head->nfunc == 0 ||
		head->nfunc >= (size - head->functions) / sizeof(TableEntry))
		return ID_OTHERS;
	entries = (const TableEntry *) (table + head->functions);
	high = head->nfunc;
	while (high - low > 1)
	{
		uint64		middle = low + (high - low) / 2;

		if (entries[middle].entry <= offset)
			low = middle;
		else
			high = middle;
	}
	at = head->functions + entries[low].function;
	if (at > size || size - at < sizeof(function))
		return ID_OTHERS;
	memcpy(&function, table + at, sizeof(function));
	if (function.name < 0 || head->names >= size || (uint64) function.name >= size - head->names)
		return ID_OTHERS;
	at = head->names + (uint64) function.name;
	return intern(p, table + at, (uint32) strnlen(table + at, Min(size - at, MAX_NAME)));
}

/* Notes who runs in a world, and who has called him. */
static uint32
walk(Profile *p, PgstdWorld *world, const ucontext_t *context, uint32 *ids)
{
	uint64		frame = context_fp(context);
	uint32		n = 0;

	ids[n++] = name_of(p, world->object, context_pc(context));
	while (n < MAX_DEPTH)
	{
		uint64		words[2];	/* the caller's frame, and where the function returns to */

		if (frame % sizeof(uint64) != 0 || !pgstd_memory_holds(world, (const void *) frame, sizeof(words)))
			break;
		memcpy(words, (const void *) frame, sizeof(words));
		if (words[1] == 0 || !pgstd_in_text(world, words[1] - 1))
			break;
		ids[n++] = name_of(p, world->object, words[1] - 1);
		frame = words[0];
	}
	return n;
}

static void
sample(int signo, siginfo_t *info, void *context)
{
	Profile    *p = profile;
	uint32	   *at;

	if (p == NULL)
		return;
	if (p->nwords > SAMPLE_WORDS - (MAX_DEPTH + 1))
	{
		p->lost++;
		return;
	}
	at = &p->words[p->nwords];
	at[0] = 1;
	at[1] = ID_SERVER;
	for (PgstdWorld *world = pgstd_shared->worlds; world != NULL; world = world->next)
		if (!world->apart && world->control->in_world && pgstd_in_text(world, context_pc(context)))
		{
			at[0] = walk(p, world, context, at + 1);
			break;
		}
	p->nwords += at[0] + 1;
}

static bool
arm(int64 period)
{
	struct itimerspec when = {{period / 1000000000, period % 1000000000}, {period / 1000000000, period % 1000000000}};

	return timer_settime(timer, 0, &when, NULL) == 0;
}

/* The handler stays: a signal may be on its way when the timer is stopped. */
static void
prepare(void)
{
	struct sigaction action;
	struct sigevent event;

	if (prepared)
		return;
	if (sigaction(SIGPROF, NULL, &action) != 0 || (action.sa_flags & SA_SIGINFO) != 0 ||
		(action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("something else in this server takes profiles"),
				 errdetail("The signal SIGPROF has a handler.")));
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = sample;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
	sigfillset(&action.sa_mask);
	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = SIGPROF;
	if (!pgstd_altstack_init() || sigaction(SIGPROF, &action, NULL) != 0 ||
		timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0)
		elog(ERROR, "pgstd: could not make a timer of CPU time: %m");
	prepared = true;
}

/* start_profile(hertz integer) returns void */
Datum
pgstd_companion_start_profile(PG_FUNCTION_ARGS)
{
	int32		hertz = PG_GETARG_INT32(0);
	MemoryContext context;
	Profile    *p;

	if (hertz < 1 || hertz > MAX_HERTZ)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d samples a second are not between 1 and %d", hertz, MAX_HERTZ)));
	if (profile != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a profile of this session is being taken already"),
				 errhint("pgstd.stop_profile() ends it.")));
	prepare();
	context = AllocSetContextCreate(CurrentMemoryContext, "pgstd profile", ALLOCSET_SMALL_SIZES);
	p = MemoryContextAlloc(context, sizeof(Profile));
	MemoryContextSetParent(context, TopMemoryContext);
	p->context = context;
	p->period = 1000000000 / hertz;
	p->start = GetCurrentTimestamp();
	p->nwords = p->nnames = 0;
	p->lost = 0;
	p->end[0] = 0;
	memset(p->slots, 0, sizeof(p->slots));
	intern(p, "(PostgreSQL)", 12);
	intern(p, "(others)", 8);
	profile = p;
	if (!arm(p->period))
	{
		profile = NULL;
		MemoryContextDelete(context);
		elog(ERROR, "pgstd: could not set a timer of CPU time: %m");
	}
	PG_RETURN_VOID();
}

/* A profile is messages of protocol buffers: numbers of seven bits a byte, and counted bytes. */
static void
put_number(StringInfo to, uint64 n)
{
	for (; n >= 0x80; n >>= 7)
		appendStringInfoChar(to, (char) (n | 0x80));
	appendStringInfoChar(to, (char) n);
}

static void
put_field(StringInfo to, int field, uint64 n)
{
	put_number(to, (uint64) field << 3);
	put_number(to, n);
}

static void
put_bytes(StringInfo to, int field, const char *bytes, uint64 size)
{
	put_number(to, (uint64) field << 3 | 2);
	put_number(to, size);
	appendBinaryStringInfo(to, bytes, (int) size);
}

static void
put_string(StringInfo to, const char *text)
{
	put_bytes(to, 6, text, strlen(text));
}

/* Of profile.proto: strings 1 to 4 are those of the two kinds of values, names follow. */
#define FIRST_NAME		5

static void
put_kind(StringInfo to, StringInfo part, int field, int type, int unit)
{
	resetStringInfo(part);
	put_field(part, 1, type);
	put_field(part, 2, unit);
	put_bytes(to, field, part->data, part->len);
}

static void
put_sample(StringInfo to, StringInfo part, const Profile *p, const uint32 *ids, uint32 n)
{
	resetStringInfo(part);
	for (uint32 i = 0; i < n; i++)
		put_field(part, 1, ids[i]);
	put_field(part, 2, 1);
	put_field(part, 2, p->period);
	put_bytes(to, 2, part->data, part->len);
}

/* A name is a function, which has one place. */
static void
put_name(StringInfo to, StringInfo part, uint32 id)
{
	StringInfoData number;

	initStringInfo(&number);
	put_field(&number, 1, id);	/* the line's function */
	resetStringInfo(part);
	put_field(part, 1, id);
	put_bytes(part, 4, number.data, number.len);
	put_bytes(to, 4, part->data, part->len);
	pfree(number.data);
	resetStringInfo(part);
	put_field(part, 1, id);
	put_field(part, 2, FIRST_NAME + id - 1);
	put_field(part, 3, FIRST_NAME + id - 1);
	put_bytes(to, 5, part->data, part->len);
}

static bytea *
encode(const Profile *p)
{
	StringInfoData to,
				part;
	bytea	   *result;

	initStringInfo(&to);
	initStringInfo(&part);
	appendBinaryStringInfo(&to, "\0\0\0", VARHDRSZ);	/* its size comes last */
	put_kind(&to, &part, 1, 1, 2);
	put_kind(&to, &part, 1, 3, 4);
	for (uint32 i = 0; i < p->nwords; i += p->words[i] + 1)
	{
		CHECK_FOR_INTERRUPTS();
		put_sample(&to, &part, p, &p->words[i + 1], p->words[i]);
	}
	for (uint32 id = 1; id <= p->nnames; id++)
		put_name(&to, &part, id);
	put_string(&to, "");
	put_string(&to, "samples");
	put_string(&to, "count");
	put_string(&to, "cpu");
	put_string(&to, "nanoseconds");
	for (uint32 id = 1; id <= p->nnames; id++)
		put_bytes(&to, 6, p->bytes + p->end[id - 1], p->end[id] - p->end[id - 1]);
	put_field(&to, 9, (uint64) (p->start + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY) * 1000);
	put_field(&to, 10, (uint64) (GetCurrentTimestamp() - p->start) * 1000);
	put_kind(&to, &part, 11, 3, 4);
	put_field(&to, 12, p->period);
	result = (bytea *) to.data;
	SET_VARSIZE(result, to.len);
	return result;
}

/* stop_profile() returns bytea */
Datum
pgstd_companion_stop_profile(PG_FUNCTION_ARGS)
{
	Profile    *p = profile;
	bytea	   *result;

	if (p == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no profile of this session is being taken"),
				 errhint("pgstd.start_profile() begins one.")));
	profile = NULL;
	(void) arm(0);
	/* An error frees it, too. */
	MemoryContextSetParent(p->context, CurrentMemoryContext);
	if (p->lost != 0)
		ereport(WARNING,
				(errmsg("there was no room for " UINT64_FORMAT " samples", p->lost)));
	result = encode(p);
	MemoryContextDelete(p->context);
	PG_RETURN_BYTEA_P(result);
}
