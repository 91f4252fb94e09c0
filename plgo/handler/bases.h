/*-------------------------------------------------------------------------
 *
 * bases.h
 *	  Functions that share a world: see bases.c and members.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLGO_BASES_H
#define PLGO_BASES_H

#include "plgo.h"

#include "lib/ilist.h"

struct PlgoLoaded;

/* How many images of a base a session maps from files that are linked beforehand; see linked.c. */
#define PLGO_LINKED		16

/* An object with runtime and library, in whose worlds the functions of one owner run. */
typedef struct PlgoBase
{
	PlgoDigest	digest;			/* of the object */
	Module		module;
	List	   *images;			/* one for each role; PlgoImage */
	dlist_head	members;		/* PlgoMember */
	List	   *stale;			/* PlgoStale */
	MemoryContext context;		/* holds this and all that it points to */
	dlist_node	node;			/* among all */
} PlgoBase;

/* A function on a base. */
typedef struct PlgoMember
{
	PlgoBase   *base;			/* NULL: it is on none */
	PgstdSite  *site;
	Oid			oid;
	PlgoDigest	key;
	PlgoDigest	digest;			/* of the module */
	bool		lost;			/* which is not to be had any more */
	int			opened;			/* its file, if the next thing is to map it; -1 */
	PgstdText	signature;		/* how it has described its function first; NULL: it has not yet */
	PgstdText	details;
	MemoryContext context;		/* of these: that of the function */
	struct PlgoLoaded *loaded;	/* its module in each world that has called it */
	dlist_node	node;
} PlgoMember;

/* linked.c */
extern bool plgo_linked_map(const PlgoDigest *digest, int number, uint64 room, PgstdImage *image);

/* bases.c */
extern PlgoBase *plgo_base_find(const char *name, const PlgoDigest *digest, Oid owner,
								void (*fill) (Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo));
extern uint64 *plgo_base_stale(PlgoBase *base, BackendWorld *bw);
extern void plgo_bases_sweep(void);

/* members.c */
extern void plgo_member_join(PlgoMember *member, PlgoBase *base, PgstdSite *site);
extern void plgo_member_leave(PlgoMember *member);
extern bool plgo_member_is_lost(PlgoMember *member, bool calls);
extern void plgo_member_fill(PlgoMember *member, FunctionCallInfo fcinfo);
extern uint64 plgo_member_forget(PlgoMember *member, const BackendWorld *bw);

#endif							/* PLGO_BASES_H */
