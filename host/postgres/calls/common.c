/*-------------------------------------------------------------------------
 *
 * common.c
 *	  Memory that sessions have in common: areas of entries, each a key and a
 *	  value of fixed size.
 *
 * An area belongs to an extension, a database and, if it is wanted so, a role; a world says
 * of neither what it is.  It is a dynamic segment that stays until the server ends, found by
 * a list of fixed length in the main segment: this takes no module that is loaded when the
 * server starts.
 *
 * No Go code ever runs while a lock is held, or has a pointer into an area: what is
 * written is copied from the world first, and what is read is copied out.  A world that wants
 * to change a value says which version of it it has seen.  So a lock is held for as long as it
 * takes to copy one entry.
 *
 * What others have written is bytes to whoever reads it.
 *
 *-------------------------------------------------------------------------
 */
#include "common.h"
#include "../base/limits.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/dsm.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

/* Raise the number with the layout of what follows: hosts of two versions may meet. */
#define SHARED_NAME		"pgstd common 1"

#define MAX_AREAS		128
#define MAX_NAME		64
#define MAX_KEY			64
#define MAX_VALUE		8192
#define MAX_ENTRIES		(1 << 24)

/* What an area is found by; nothing in it is undefined, as it is compared as bytes. */
typedef struct AreaName
{
	char		owner[MAX_NAME];
	char		name[MAX_NAME];
	uint64		layout;			/* of values, as the world describes it */
	Oid			database;
	Oid			role;			/* InvalidOid: all of them */
	uint32		nentries;
	uint32		size;			/* of a value */
} AreaName;

typedef struct Entry
{
	uint64		version;		/* 0: it is free */
	uint32		next;			/* with the same hash, or free; from 1, 0: there is none */
	uint32		key_size;
	char		key[MAX_KEY];
	char		value[FLEXIBLE_ARRAY_MEMBER];
} Entry;

typedef struct Area
{
	LWLock		lock;
	uint64		version;		/* of the last change */
	uint32		used;			/* entries */
	uint32		free;			/* first one that was given back; from 1 */
	uint32		touched;		/* entries that have been used before */
	uint32		nentries;
	uint32		size;
	uint32		stride;
	uint32		heads[FLEXIBLE_ARRAY_MEMBER];	/* first entry of each hash, from 1; then the entries */
} Area;

typedef struct Listed
{
	AreaName	name;
	dsm_handle	handle;
	uint64		bytes;
} Listed;

typedef struct Root
{
	LWLock		lock;
	int			tranche;
	int			nareas;
	Listed		areas[MAX_AREAS];
} Root;

/* An area that this process has mapped. */
typedef struct Mapped
{
	struct Mapped *next;
	AreaName	name;
	Area	   *area;
} Mapped;

const char *pgstd_common_owner = NULL;

static Root *root = NULL;
static Mapped *mapped = NULL;

/* What a request brings and takes; the answer is valid until the next one. */
static char key[MAX_KEY];
static char value[MAX_VALUE];
static char found_key[MAX_KEY];
static char found[MAX_VALUE];

static Size
heads_size(uint32 nentries)
{
	return MAXALIGN(offsetof(Area, heads) + nentries * sizeof(uint32));
}

static uint32
stride_of(uint32 size)
{
	return (uint32) MAXALIGN(offsetof(Entry, value) + size);
}

/* An entry by its number, from 1. */
static Entry *
entry_at(Area *area, uint32 number)
{
	return (Entry *) ((char *) area + heads_size(area->nentries) + (Size) (number - 1) * area->stride);
}

static void
find_root(void)
{
	bool		there;
	Root	   *r;

	if (root != NULL)
		return;
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	r = ShmemInitStruct(SHARED_NAME, sizeof(Root), &there);
	if (!there)
	{
		memset(r, 0, sizeof(*r));
		r->tranche = pgstd_new_tranche("pgstd_common");
		LWLockInitialize(&r->lock, r->tranche);
	}
	LWLockRelease(AddinShmemInitLock);
	pgstd_name_tranche(r->tranche, "pgstd_common");
	root = r;
}

/* The area's name, from what a world asks for.  False: it cannot be one. */
static bool
take_name(BackendWorld *bw, const PgstdCommon *request, AreaName *name)
{
	memset(name, 0, sizeof(*name));
	if (request->name.size == 0 || request->name.size >= MAX_NAME || request->size > MAX_VALUE ||
		request->nentries == 0 || request->nentries > MAX_ENTRIES ||
		!pgstd_memory_holds(&bw->world, request->name.data, request->name.size))
		return false;
	memcpy(name->owner, pgstd_common_owner, strnlen(pgstd_common_owner, sizeof(name->owner) - 1));
	memcpy(name->name, request->name.data, request->name.size);
	name->layout = request->layout;
	name->database = MyDatabaseId;
	name->role = request->by_role != 0 ? bw->user : InvalidOid;
	name->nentries = (uint32) request->nentries;
	name->size = (uint32) request->size;
	return true;
}

static bool
take(BackendWorld *bw, PgstdText text, char *to, uint64 max)
{
	if (text.size > max || !pgstd_memory_holds(&bw->world, text.data, text.size))
		return false;
	if (text.size > 0)
		memcpy(to, text.data, text.size);
	return true;
}

/* Takes what an operation needs.  False: it is not what it has to be. */
static bool
take_operands(BackendWorld *bw, const PgstdCommon *request)
{
	/* Or what decides by a part of the number would take it for another one, with another lock. */
	if (request->op < PGSTD_COMMON_GET || request->op > PGSTD_COMMON_COUNT)
		return false;
	if (request->op != PGSTD_COMMON_NEXT && !take(bw, request->key, key, MAX_KEY))
		return false;
	return request->op != PGSTD_COMMON_PUT ||
		(request->value.size == request->size && take(bw, request->value, value, MAX_VALUE));
}

static Area *
find_mapped(const AreaName *name)
{
	for (const Mapped *m = mapped; m != NULL; m = m->next)
		if (memcmp(&m->name, name, sizeof(*name)) == 0)
			return m->area;
	return NULL;
}

static void
make_area(Area *area, const AreaName *name, uint64 bytes)
{
	memset(area, 0, bytes);
	LWLockInitialize(&area->lock, root->tranche);
	area->nentries = name->nentries;
	area->size = name->size;
	area->stride = stride_of(name->size);
}

/* Adds an area to the list, which is locked. */
static dsm_segment *
add_area(const AreaName *name)
{
	uint64		bytes = heads_size(name->nentries) + (uint64) name->nentries * stride_of(name->size);
	uint64		limit = (uint64) pgstd_max_common() * 1024;
	uint64		total = bytes;
	dsm_segment *segment;

	for (int i = 0; i < root->nareas; i++)
		total += root->areas[i].bytes;
	if (total > limit)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("there is no room for the shared memory \"%s\" of extension \"%s\", of %s", name->name, name->owner, pgstd_show_bytes(bytes)),
				 errhint("Increase the configuration parameter \"pgstd.max_shared_memory\" (currently %s).", pgstd_show_bytes(limit))));
	if (root->nareas == MAX_AREAS)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("the server has %d areas of shared memory of Go code already", MAX_AREAS),
				 errhint("Those that are not used any more go when the server is restarted.")));
	segment = dsm_create(bytes, 0);
	make_area(dsm_segment_address(segment), name, bytes);
	dsm_pin_segment(segment);
	root->areas[root->nareas] = (Listed) {.name = *name, .handle = dsm_segment_handle(segment), .bytes = bytes};
	root->nareas++;
	return segment;
}

/* Finds an area, or makes it, with the list locked: an error lets go of that. */
static dsm_segment *
open_area(const AreaName *name)
{
	dsm_segment *segment;

	for (int i = 0; i < root->nareas; i++)
		if (memcmp(&root->areas[i].name, name, sizeof(*name)) == 0)
		{
			segment = dsm_find_mapping(root->areas[i].handle);
			if (segment == NULL)
				segment = dsm_attach(root->areas[i].handle);
			if (segment == NULL)
				elog(ERROR, "could not map shared memory \"%s\"", name->name);
			return segment;
		}
	return add_area(name);
}

static Area *
map_area(const AreaName *name)
{
	Mapped	   *m;

	/* Messages have it. */
	if (!pg_verifymbstr(name->name, (int) strlen(name->name), true))
		elog(ERROR, "pgstd: the name of shared memory is no text");
	find_root();
	m = MemoryContextAllocZero(TopMemoryContext, sizeof(Mapped));
	m->name = *name;
	PG_TRY();
	{
		dsm_segment *segment;

		LWLockAcquire(&root->lock, LW_EXCLUSIVE);
		segment = open_area(name);
		/* It stays mapped as long as the process lives. */
		dsm_pin_mapping(segment);
		m->area = dsm_segment_address(segment);
		LWLockRelease(&root->lock);
	}
	PG_CATCH();
	{
		/* Go code is told of the error, and may take its time. */
		if (LWLockHeldByMe(&root->lock))
		{
			HOLD_INTERRUPTS();	/* which the error has let go of */
			LWLockRelease(&root->lock);
		}
		pfree(m);
		PG_RE_THROW();
	}
	PG_END_TRY();
	m->next = mapped;
	mapped = m;
	return m->area;
}

/* Where the number of the entry with the key stands, or 0, as the last of its hash. */
static uint32 *
find_link(Area *area, uint32 key_size)
{
	uint32	   *link = &area->heads[hash_bytes((const unsigned char *) key, (int) key_size) % area->nentries];

	while (*link != 0)
	{
		Entry	   *entry = entry_at(area, *link);

		if (entry->key_size == key_size && memcmp(entry->key, key, key_size) == 0)
			break;
		link = &entry->next;
	}
	return link;
}

static void
tell(const Area *area, const Entry *entry, PgstdCommon *request)
{
	memcpy(found_key, entry->key, entry->key_size);
	memcpy(found, entry->value, area->size);
	request->found_key = (PgstdText) {found_key, entry->key_size};
	request->found = (PgstdText) {found, area->size};
	request->version = entry->version;
	request->done = PGSTD_COMMON_DONE;
}

/* An entry for the key, which has none; 0: there is no room. */
static uint32
add_entry(Area *area, uint32 *link, uint32 key_size)
{
	uint32		number = area->free;
	Entry	   *entry;

	if (number != 0)
		area->free = entry_at(area, number)->next;
	else if (area->touched < area->nentries)
		number = ++area->touched;
	else
		return 0;
	entry = entry_at(area, number);
	entry->next = 0;
	entry->key_size = key_size;
	memcpy(entry->key, key, key_size);
	*link = number;
	area->used++;
	return number;
}

static void
put(Area *area, PgstdCommon *request)
{
	uint32	   *link = find_link(area, (uint32) request->key.size);
	uint32		number = *link;
	Entry	   *entry;

	if (request->version != PGSTD_COMMON_ANY && request->version != (number != 0 ? entry_at(area, number)->version : 0))
		return;
	if (number == 0 && (number = add_entry(area, link, (uint32) request->key.size)) == 0)
	{
		request->done = PGSTD_COMMON_FULL;
		return;
	}
	entry = entry_at(area, number);
	memcpy(entry->value, value, area->size);
	entry->version = ++area->version;
	request->done = PGSTD_COMMON_DONE;
}

static void
drop(Area *area, PgstdCommon *request)
{
	uint32	   *link = find_link(area, (uint32) request->key.size);
	uint32		number = *link;
	Entry	   *entry;

	if (number == 0)
		return;
	entry = entry_at(area, number);
	*link = entry->next;
	entry->version = 0;
	entry->next = area->free;
	area->free = number;
	area->used--;
	request->done = PGSTD_COMMON_DONE;
}

/* Entries do not move: who goes through them finds those that are there all the while. */
static void
find_next(Area *area, PgstdCommon *request)
{
	for (uint64 place = request->place; place < area->touched; place++)
	{
		const Entry *entry = entry_at(area, (uint32) place + 1);

		if (entry->version == 0)
			continue;
		tell(area, entry, request);
		request->place = place + 1;
		return;
	}
}

/* Does what is asked, with all that has been taken.  It raises nothing. */
static void
operate(Area *area, PgstdCommon *request)
{
	bool		changes = request->op == PGSTD_COMMON_PUT || request->op == PGSTD_COMMON_DELETE;
	uint32		number;

	LWLockAcquire(&area->lock, changes ? LW_EXCLUSIVE : LW_SHARED);
	switch ((PgstdCommonOp) request->op)
	{
		case PGSTD_COMMON_GET:
			number = *find_link(area, (uint32) request->key.size);
			if (number != 0)
				tell(area, entry_at(area, number), request);
			break;
		case PGSTD_COMMON_PUT:
			put(area, request);
			break;
		case PGSTD_COMMON_DELETE:
			drop(area, request);
			break;
		case PGSTD_COMMON_NEXT:
			find_next(area, request);
			break;
		case PGSTD_COMMON_COUNT:
			request->place = area->used;
			break;
	}
	LWLockRelease(&area->lock);
}

static void
clear_answer(PgstdCommon *request)
{
	request->done = PGSTD_COMMON_NOT;
	request->found_key = request->found = (PgstdText) {0};
}

/* Serves a request. */
void
pgstd_common(BackendWorld *bw, PgstdCommon *request)
{
	AreaName	name;
	Area	   *area;

	clear_answer(request);
	if (pgstd_common_owner == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a function of the language plgo has no shared memory"),
				 errhint("An extension can have some; a table is there for both.")));
	if (!take_name(bw, request, &name) || !take_operands(bw, request))
		elog(ERROR, "pgstd: a request for shared memory is not what it has to be");
	area = find_mapped(&name);
	if (area == NULL)
		area = map_area(&name);
	operate(area, request);
}

/*
 * The same where nothing may be raised: only of an area that has been mapped before.  False: it
 * is none.
 */
bool
pgstd_common_quietly(BackendWorld *bw, PgstdCommon *request)
{
	AreaName	name;
	Area	   *area;

	clear_answer(request);
	if (pgstd_common_owner == NULL || !take_name(bw, request, &name) || !take_operands(bw, request))
		return false;
	area = find_mapped(&name);
	if (area == NULL)
		return false;
	operate(area, request);
	return true;
}
