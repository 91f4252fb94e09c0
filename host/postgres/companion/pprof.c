/*-------------------------------------------------------------------------
 *
 * pprof.c
 *	  Names of Go functions, and profiles as pprof reads them.
 *
 * A name stands in the table of functions of the object, or of a module, which is the world's: what it
 * says is no more than a name.  Neither that nor a number for it asks for memory, so that
 * a signal handler can have both.
 *
 *-------------------------------------------------------------------------
 */
#include "pprof.h"
#include "../../modules.h"

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

#define DIGITS			16		/* of what makes packages unlike */

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

/* The number of a name, which gets one if it has none. */
static uint32
intern(ProfileNames *p, const char *name, uint32 size)
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
				return PROFILE_OTHERS;
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

/* Whether a name goes on with the path of a module's package: plgo or main, and behind that digits. */
static bool
is_path(const char *name, uint32 size)
{
	if (size <= 5 + DIGITS || (memcmp(name, "plgo/", 5) != 0 && memcmp(name, "main/", 5) != 0))
		return false;
	for (int i = 0; i < DIGITS; i++)
	{
		char		c = name[5 + i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return true;
}

/*
 * The number of the name of a function of a module.  What makes the packages of modules unlike is left out, as in
 * tracebacks: 16 digits behind the name that each has in an object.
 */
static uint32
intern_of_module(ProfileNames *p, const char *name, uint32 size)
{
	char		plain[MAX_NAME];
	uint32		n = 0;

	for (uint32 i = 0; i < size;)
	{
		if (is_path(name + i, size - i))
		{
			memcpy(plain + n, name + i, 4);
			n += 4;
			i += 5 + DIGITS;
		}
		plain[n++] = name[i++];
	}
	return intern(p, plain, n);
}

/* The number of the name of the function that has pc. */
uint32
pgstd_profile_name(ProfileNames *p, const PgstdWorld *world, uint64 pc)
{
	const PgstdModule *module = pgstd_module_at(world, pc);
	PgstdRange	text = module != NULL ? module->zones[PGSTD_ZONE_TEXT] : world->object->text;
	PgstdRange	range = module != NULL ? module->pclntab : world->object->pclntab;
	const char *table = (const char *) range.start;
	uint64		size = range.end - range.start;
	const TableHead *head = (const TableHead *) table;
	const TableEntry *entries;
	uint64		offset = pc - text.start;
	uint64		low = 0,
				high,
				at;
	TableFunction function;

	if (pc < text.start || pc >= text.end)
		return PROFILE_OTHERS;
	if (size < sizeof(TableHead) || head->magic != TABLE_MAGIC || head->functions > size ||
		head->functions % sizeof(uint32) != 0 || head->nfunc == 0 ||
		head->nfunc >= (size - head->functions) / sizeof(TableEntry))
		return PROFILE_OTHERS;
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
		return PROFILE_OTHERS;
	memcpy(&function, table + at, sizeof(function));
	if (function.name < 0 || head->names >= size || (uint64) function.name >= size - head->names)
		return PROFILE_OTHERS;
	at = head->names + (uint64) function.name;
	size = strnlen(table + at, Min(size - at, MAX_NAME));
	return module != NULL ? intern_of_module(p, table + at, (uint32) size) : intern(p, table + at, (uint32) size);
}

void
pgstd_profile_begin(ProfileNames *p)
{
	p->nnames = 0;
	p->end[0] = 0;
	memset(p->slots, 0, sizeof(p->slots));
	intern(p, "(PostgreSQL)", 12);
	intern(p, "(others)", 8);
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

/* The kind of a value, of which type and unit are strings next to each other. */
static void
put_kind(ProfileWriter *w, int field, int kind)
{
	resetStringInfo(&w->part);
	put_field(&w->part, 1, 1 + 2 * kind);
	put_field(&w->part, 2, 2 + 2 * kind);
	put_bytes(&w->to, field, w->part.data, w->part.len);
}

void
pgstd_profile_open(ProfileWriter *w, const char *const *kinds)
{
	initStringInfo(&w->to);
	initStringInfo(&w->part);
	w->kinds = kinds;
	appendBinaryStringInfo(&w->to, "\0\0\0", VARHDRSZ); /* its size comes last */
	for (w->nkinds = 0; kinds[2 * w->nkinds] != NULL; w->nkinds++)
		put_kind(w, 1, w->nkinds);
}

void
pgstd_profile_sample(ProfileWriter *w, const uint32 *ids, uint32 n, const int64 *values)
{
	resetStringInfo(&w->part);
	for (uint32 i = 0; i < n; i++)
		put_field(&w->part, 1, ids[i]);
	for (int i = 0; i < w->nkinds; i++)
		put_field(&w->part, 2, (uint64) values[i]);
	put_bytes(&w->to, 2, w->part.data, w->part.len);
}

/* A name is a function, which has one place. */
static void
put_name(StringInfo to, StringInfo part, uint32 id, uint64 string)
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
	put_field(part, 2, string);
	put_field(part, 3, string);
	put_bytes(to, 5, part->data, part->len);
}

/* A period is one of the last kind. */
bytea *
pgstd_profile_close(ProfileWriter *w, const ProfileNames *p, TimestampTz start, int64 period)
{
	bytea	   *result;

	/* Strings: an empty one, kinds, names. */
	for (uint32 id = 1; id <= p->nnames; id++)
		put_name(&w->to, &w->part, id, 2 * w->nkinds + id);
	put_string(&w->to, "");
	for (int i = 0; i < 2 * w->nkinds; i++)
		put_string(&w->to, w->kinds[i]);
	for (uint32 id = 1; id <= p->nnames; id++)
		put_bytes(&w->to, 6, p->bytes + p->end[id - 1], p->end[id] - p->end[id - 1]);
	put_field(&w->to, 9, (uint64) (start + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY) * 1000);
	put_field(&w->to, 10, (uint64) (GetCurrentTimestamp() - start) * 1000);
	put_kind(w, 11, w->nkinds - 1);
	put_field(&w->to, 12, (uint64) period);
	result = (bytea *) w->to.data;
	SET_VARSIZE(result, w->to.len);
	return result;
}
