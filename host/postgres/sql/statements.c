/*-------------------------------------------------------------------------
 *
 * statements.c
 *	  Prepared statements that a session keeps.
 *
 * The same text is another statement for another role, search_path or function: its
 * names, operators and parameters mean other things, and what it runs has other
 * rights.  So a statement is kept for one run of one world, which belongs to one
 * role and one object, and goes when that ends; and for the path, the settings and
 * the types that it was prepared with.  PostgreSQL makes the plan anew when
 * something that it uses has changed; types that it has found out for parameters
 * are found out again then.
 *
 * Nothing is kept, and nothing that was kept is used, where PostgreSQL restricts
 * what may run for the sake of security: an index function in REINDEX.
 *
 * What is kept is bounded in number and in bytes.  The statement that has not been
 * run for the longest time goes first; one that runs meanwhile goes when that is
 * over.
 *
 *-------------------------------------------------------------------------
 */
#include "statements.h"
#include "../base/alive.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "common/hashfn.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "pgtime.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/xml.h"

#define MAX_STATEMENTS	256
#define MAX_BYTES		(16 * 1024 * 1024)
#define MAX_QUERY		8192	/* bytes of a text that is kept */

#define NBUCKETS		512

/* Settings that decide what a text means when it is parsed and analyzed. */
typedef struct Settings
{
	pg_tz	   *timezone;
	int			backslash_quote;
	int			date_style;
	int			date_order;
	int			interval_style;
	int			xml_option;
	bool		standard_strings;
	bool		null_equals;
	bool		array_nulls;
} Settings;

struct PgstdStatement
{
	dlist_node	order;			/* those that were used last come first */
	struct PgstdStatement *next;	/* in the same bucket */
	uint32		hash;
	int			users;			/* runs that are under way */
	bool		kept;			/* in the table */
	bool		infers;			/* what it uses decides of what types its parameters are */
	MemoryContext context;		/* of this */
	SPIPlanPtr	plan;
	int			plans;			/* made of it when it was measured last */
	Size		bytes;
	uint64		serial;			/* of the world's run */
	Settings	settings;
	SearchPathMatcher *path;
	PgstdStatementKey key;
	Oid		   *types;			/* of the parameters, as they are */
};

static PgstdStatement *buckets[NBUCKETS];
static dlist_head kept = DLIST_STATIC_INIT(kept);
static int	nkept = 0;
static Size kept_bytes = 0;

static void
get_settings(Settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	settings->timezone = session_timezone;
	settings->backslash_quote = backslash_quote;
	settings->date_style = DateStyle;
	settings->date_order = DateOrder;
	settings->interval_style = IntervalStyle;
	settings->xml_option = xmloption;
	settings->standard_strings = standard_conforming_strings;
	settings->null_equals = Transform_null_equals;
	settings->array_nulls = Array_nulls;
}

static bool
may_keep(const PgstdStatementKey *key)
{
	return key->query.size <= MAX_QUERY && !InSecurityRestrictedOperation();
}

static uint32
hash_of(uint64 serial, const PgstdStatementKey *key)
{
	uint32		hash = DatumGetUInt32(hash_any((const unsigned char *) key->query.data, (int) key->query.size));

	for (int i = 0; i < key->nparams; i++)
		hash = hash * 31 + key->requested[i];
	return hash * 31 + key->trigger + (uint32) serial;
}

/* So much memory the plan of a statement takes, with all that belongs to it. */
static Size
measure(PgstdStatement *s)
{
	Size		bytes = MemoryContextMemAllocated(s->context, true);
	ListCell   *cell;

	s->plans = 0;
	foreach(cell, SPI_plan_get_plan_sources(s->plan))
	{
		CachedPlanSource *source = lfirst(cell);

		bytes += MemoryContextMemAllocated(source->context, true);
		if (source->gplan != NULL)
			bytes += MemoryContextMemAllocated(source->gplan->context, true);
		s->plans += source->generation;
	}
	return bytes;
}

/* PostgreSQL knows of nothing that has changed since the statement was prepared. */
static bool
is_valid(const PgstdStatement *s)
{
	ListCell   *cell;

	foreach(cell, SPI_plan_get_plan_sources(s->plan))
		if (!((CachedPlanSource *) lfirst(cell))->is_valid)
			return false;
	return true;
}

static void
destroy(PgstdStatement *s)
{
	SPI_freeplan(s->plan);
	MemoryContextDelete(s->context);
}

/* Takes a statement out of the table. */
static void
drop(PgstdStatement *s)
{
	PgstdStatement **link = &buckets[s->hash % NBUCKETS];

	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
	dlist_delete(&s->order);
	s->kept = false;
	nkept--;
	kept_bytes -= s->bytes;
	if (s->users == 0)
		destroy(s);
}

static void
make_room(void)
{
	while (nkept > MAX_STATEMENTS || kept_bytes > MAX_BYTES)
		drop(dlist_tail_element(PgstdStatement, order, &kept));
}

static bool
is_same(PgstdStatement *s, uint64 serial, const Settings *settings, const PgstdStatementKey *key)
{
	return s->serial == serial && s->key.trigger == key->trigger && s->key.nparams == key->nparams &&
		s->key.query.size == key->query.size &&
		memcmp(s->key.query.data, key->query.data, key->query.size) == 0 &&
		memcmp(s->key.requested, key->requested, sizeof(Oid) * key->nparams) == 0 &&
		memcmp(&s->settings, settings, sizeof(*settings)) == 0 &&
		SearchPathMatchesCurrentEnvironment(s->path);
}

/* Finds a statement; it stays until it is released. */
PgstdStatement *
pgstd_statement_find(const WorldRef *world, const PgstdStatementKey *key)
{
	uint64		serial = pgstd_alive(world)->serial;
	uint32		hash;
	Settings	settings;

	if (!may_keep(key))
		return NULL;
	get_settings(&settings);
	hash = hash_of(serial, key);
	for (PgstdStatement *s = buckets[hash % NBUCKETS]; s != NULL; s = s->next)
	{
		if (s->hash != hash || !is_same(s, serial, &settings, key))
			continue;
		if (s->infers && !is_valid(s))
		{
			drop(s);
			return NULL;
		}
		dlist_move_head(&kept, &s->order);
		s->users++;
		return s;
	}
	return NULL;
}

/*
 * Keeps a statement that has just been prepared, or returns NULL if that is not to
 * be.  The plan is the caller's then.
 */
PgstdStatement *
pgstd_statement_keep(const WorldRef *world, const PgstdStatementKey *key, SPIPlanPtr plan, const Oid *types, bool infers)
{
	Size		size = sizeof(Oid) * key->nparams;
	MemoryContext context;
	MemoryContext caller;
	PgstdStatement *s;
	Oid		   *requested;
	char	   *query;

	if (!may_keep(key))
		return NULL;
	context = AllocSetContextCreate(CurrentMemoryContext, "pgstd statement", ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	s = palloc0(sizeof(PgstdStatement));
	s->context = context;
	s->plan = plan;
	s->serial = pgstd_alive(world)->serial;
	get_settings(&s->settings);
	s->path = GetSearchPathMatcher(context);
	s->key = *key;
	s->key.query.data = query = palloc(key->query.size + 1);
	memcpy(query, key->query.data, key->query.size);
	s->key.requested = requested = palloc(size + 1);
	memcpy(requested, key->requested, size);
	s->types = palloc(size + 1);
	memcpy(s->types, types, size);
	s->infers = infers;
	MemoryContextSwitchTo(caller);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	/* From here on nothing raises. */
	MemoryContextSetParent(context, TopMemoryContext);
	s->users = 1;
	s->kept = true;
	s->hash = hash_of(s->serial, key);
	s->next = buckets[s->hash % NBUCKETS];
	buckets[s->hash % NBUCKETS] = s;
	dlist_push_head(&kept, &s->order);
	nkept++;
	s->bytes = measure(s);
	kept_bytes += s->bytes;
	make_room();
	return s;
}

SPIPlanPtr
pgstd_statement_plan(const PgstdStatement *s)
{
	return s->plan;
}

const Oid *
pgstd_statement_types(const PgstdStatement *s)
{
	return s->types;
}

/* A run is over.  Plans may have been made for it. */
void
pgstd_statement_release(PgstdStatement *s)
{
	int			plans = 0;
	ListCell   *cell;

	s->users--;
	if (!s->kept)
	{
		if (s->users == 0)
			destroy(s);
		return;
	}
	foreach(cell, SPI_plan_get_plan_sources(s->plan))
		plans += ((CachedPlanSource *) lfirst(cell))->generation;
	if (plans == s->plans)
		return;
	kept_bytes -= s->bytes;
	s->bytes = measure(s);
	kept_bytes += s->bytes;
	make_room();
}

/* The world's run is over. */
void
pgstd_statements_forget(const BackendWorld *bw)
{
	dlist_mutable_iter at;

	dlist_foreach_modify(at, &kept)
	{
		PgstdStatement *s = dlist_container(PgstdStatement, order, at.cur);

		if (s->serial == bw->serial)
			drop(s);
	}
}
