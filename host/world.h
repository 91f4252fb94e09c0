/*-------------------------------------------------------------------------
 *
 * world.h
 *	  The core shared by all hosts: starting, entering and discarding worlds,
 *	  their memory, their output and their faults.
 *
 * The core knows neither PostgreSQL nor a terminal.  What differs between hosts
 * is in PgstdPlatform.  Nothing in the core raises.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_WORLD_H
#define PGSTD_WORLD_H

#include <stdbool.h>
#include <string.h>

#include "abi.h"
#include "arch.h"

#ifdef __GNUC__
#define pgstd_likely(x)		__builtin_expect((x) != 0, 1)
#define pgstd_unlikely(x)	__builtin_expect((x) != 0, 0)
#else
#error "pgstd needs a C compiler that understands GNU C"
#endif

typedef struct PgstdWorld PgstdWorld;

/* What a kind of host does its own way. */
typedef struct PgstdPlatform
{
	/* A block of memory that goes with the world; NULL if there is none. */
	void	   *(*block_alloc) (PgstdWorld *world, size_t size);
	void		(*block_free) (PgstdWorld *world, void *block);
	/* One line of output (without newline) on a PgstdStream but PGSTD_DYING. */
	void		(*line) (PgstdWorld *world, PgstdStream stream, const char *text, size_t size);
	void		(*report) (PgstdWorld *world, PgstdLevel level, const PgstdErrorData *message);
	/*
	 * Opens the file of a time zone, for which the name has been found harmless.
	 * Returns a descriptor, or -1.
	 */
	int			(*open_timezone) (PgstdWorld *world, const char *name);
	/* Sleeps at most that long; may come back early. */
	void		(*sleep) (PgstdWorld *world, int64_t nanoseconds);
	/* System calls of test builds; NULL: every one fails with EPERM. */
	int64_t		(*system) (PgstdWorld *world, int64_t number, const uint64_t *args);
	/* Calls pgstd_timer_want with the worlds of this process. */
	void		(*timer) (PgstdWorld *world, int64_t when);
	/* Whether a cancel has come that start and enter cannot see any more; NULL: none comes. */
	bool		(*cancelled) (void);
	bool		serves_requests;	/* whoever enters worlds knows PGSTD_EVENT_REQUEST */
} PgstdPlatform;

/*
 * Overwrites memory that is being given back, in hosts that are built for tests, so
 * that a read too late shows.
 */
#ifdef PGSTD_CLOBBER
#define pgstd_clobber(addr, size)	memset(addr, 0x7f, size)
#else
#define pgstd_clobber(addr, size)	((void) (addr), (void) (size))
#endif

/* An address range that the world has been given. */
typedef struct PgstdRegion
{
	struct PgstdRegion *next;
	void	   *block;			/* what block_alloc returned; NULL: a mapping */
	char	   *addr;			/* what the world knows */
	uint64_t	size;
	bool		is_cut;			/* arenas or smaller pieces are cut from it, and charged by themselves */
} PgstdRegion;

/* Ranges of the first reservation that a run makes use of; one that has more keeps none. */
#define PGSTD_COMMITTED		16

/*
 * What the first arenas, the first smaller pieces and the first reservations are cut
 * from.  After a death it stays for the world's next run, with its pages.
 */
typedef struct PgstdKept
{
	PgstdRegion *arenas;		/* NULL: there is none yet */
	PgstdRegion *pieces;
	PgstdRegion *reserve;
	int			ncommitted;		/* more than PGSTD_COMMITTED: not all are known */
	PgstdRange	committed[PGSTD_COMMITTED];
} PgstdKept;

/* Bytes kept of what a dying world says. */
#define PGSTD_DYING_MAX		(48 * 1024)
/* Of these, what is kept of the message, before the first traceback. */
#define PGSTD_MESSAGE_MAX	(8 * 1024)
/* What is kept of each text of an error or a message. */
#define PGSTD_TEXT_MAX		(1024 * 1024)
/* A line of output longer than this is passed on in pieces. */
#define PGSTD_LINE_MAX		8192

typedef struct PgstdLine
{
	size_t		size;
	char	   *text;			/* PGSTD_LINE_MAX bytes, on first use */
} PgstdLine;

typedef enum PgstdWorldState
{
	PGSTD_WORLD_NEW,			/* never started, or discarded */
	PGSTD_WORLD_BUSY,			/* starting, or inside a leaf hook */
	PGSTD_WORLD_LIVE,
	PGSTD_WORLD_DEAD			/* must be discarded */
} PgstdWorldState;

/* What clocks.c knows of the time of day, in nanoseconds. */
typedef struct PgstdClocks
{
	int64_t		distance;		/* from the monotonic clock */
	int64_t		looked;			/* when that was found, by the monotonic clock */
} PgstdClocks;

/* What a world of a base has besides its image; see modules.h. */
typedef struct PgstdModules
{
	uint64_t	base;			/* where the image begins */
	PgstdRange	room;			/* address space for modules; empty: it takes none */
	uint64_t	used;			/* bytes of that */
	struct PgstdModule *list;	/* the last one first */
	const void *link;			/* functions of the base that make a module known, */
	const void *init;			/* and initialise it */
} PgstdModules;

struct PgstdWorld
{
	const PgstdObject *object;
	PgstdControl *control;
	const PgstdPlatform *platform;
	PgstdWorldState state;
	void	   *owner;			/* of the platform */
	bool		apart;			/* it runs in another process, which may write to its memory at any time */
	bool		once;			/* this is a cell: its image is not for another start, and shares with the backend what can be written to */
	PgstdRange	fresh;			/* as in its image */

	PgstdConfig config;
	const PgstdSettings *settings;	/* of the module; NULL: none */
	char	   *stack;			/* the runtime's own stack, with a guard page */
	size_t		stack_size;
	char	   *pristine;		/* the object's data as at load; NULL before that, and where fresh says how to have it */

	PgstdRegion *blocks;		/* memory proper */
	PgstdRegion *reservations;
	char	   *arena_next;		/* rest of the block that arenas are cut from */
	char	   *arena_end;
	uint64_t	arena_block;	/* size of the next such block */
	char	   *piece_next;		/* rest of the block that smaller pieces are cut from */
	char	   *piece_end;
	PgstdRegion *pieces;		/* given back, for others of their size */
	char	   *reserve_next;	/* rest of the address space that reservations are cut from */
	char	   *reserve_end;
	PgstdKept	kept;			/* what a run begins with, and the next one can */
	PgstdRange	near;			/* the block that was looked into last; see pgstd_memory_holds */
	uint64_t	memory;			/* bytes charged */
	uint64_t	image;			/* of these, for the image's variables */
	uint64_t	memory_limit;
	bool		limited;		/* the last refusal of memory was for memory_limit */

	PgstdLine	lines[PGSTD_PRINT + 1];
	char	   *dying;			/* PGSTD_DYING_MAX bytes, on first use */
	size_t		dying_size;
	bool		dying_traced;	/* a traceback has begun */

	PgstdClocks clocks;
	volatile int64_t wanted;	/* when it wants to be told that time has passed; 0: not at all */

	PgstdModules modules;		/* that have been mapped behind the image */

	struct PgstdWorld *next;	/* in the process's list; see fault.c */
};

/* world.c */
extern const char *pgstd_object_check(const PgstdObject *object, char *buf, size_t bufsize);
extern void pgstd_world_init(PgstdWorld *world, const PgstdObject *object,
							 const PgstdPlatform *platform, void *owner);
extern PgstdEvent pgstd_world_start(PgstdWorld *world, uint64_t max_memory, uint64_t max_stack,
									int argc, const char *const *argv);
extern void pgstd_world_limit(PgstdWorld *world, uint64_t max_memory);
extern void pgstd_world_discard(PgstdWorld *world);
extern void pgstd_world_reset(PgstdWorld *world);
extern void pgstd_world_end(PgstdWorld *world);
extern void pgstd_death_report(PgstdWorld *world, PgstdErrorData *report);
extern int	pgstd_find_function(const PgstdWorld *world, const char *name);

static inline PgstdEvent
pgstd_world_enter(PgstdWorld *world)
{
	return (PgstdEvent) pgstd_switch(world->object->enter, world->control, world->control->args);
}

/* file.c */
extern const char *pgstd_file_check(const char *path);
extern const char *pgstd_file_check_fd(int fd);

/* One mapping of an image. */
typedef struct PgstdImagePart
{
	uint64_t	address;
	uint64_t	size;
	uint64_t	offset;			/* in the file */
	uint64_t	filled;			/* bytes that have initial values; zeros follow */
	uint64_t	sealed;			/* bytes at its start that nobody writes to once it is there */
	uint32_t	writable;
	uint32_t	executable;
	uint32_t	linked;			/* offset is in the file that has been linked */
} PgstdImagePart;

#define PGSTD_IMAGE_PARTS	16

/* An object that has been mapped. */
typedef struct PgstdImage
{
	const PgstdObject *object;
	void	   *space;
	uint64_t	span;
	uint64_t	room;			/* in: bytes that are to be kept free behind it, for modules */
	void	   *(*place) (uint64_t size);	/* in: as mmap, finds address space for it; NULL: the kernel does */
	bool		wants_file;		/* in: there are to be descriptors of the files, until the image is closed */
	int			file;
	int			linked;			/* -1: there is no such file */
	PgstdRange	fresh;			/* if it is linked: pages that are as they were once they are dropped; see pgstd_memory_renew */
	int			nparts;
	PgstdImagePart parts[PGSTD_IMAGE_PARTS];
} PgstdImage;

/* image.c */
extern const char pgstd_image_no_memory[];	/* what these say then: this very pointer */
extern const char *pgstd_image_open(int fd, PgstdImage *image);
extern const char *pgstd_image_open_at(int fd, uint64_t place, int linked, PgstdImage *image);
extern void pgstd_image_close(PgstdImage *image);
extern bool pgstd_image_again(const PgstdObject *object, PgstdImage *image);
extern const PgstdObject *pgstd_image_clone(const PgstdObject *object);

/* modules.c */
extern bool pgstd_modules_hold(const PgstdWorld *world, uint64_t at, uint64_t size, bool writable);
extern void pgstd_modules_drop(PgstdWorld *world);

/* kept.c */
extern void pgstd_memory_drop(PgstdWorld *world);
extern void pgstd_memory_reset(PgstdWorld *world);

/* memory.c */
extern int	pgstd_memory_advice;
extern PgstdRange pgstd_inner_pages(const void *addr, uint64_t size);
extern void pgstd_memory_init(PgstdWorld *world);
extern bool pgstd_memory_charge_image(PgstdWorld *world);
extern void *pgstd_memory_alloc(PgstdWorld *world, uint64_t size);
extern void *pgstd_memory_arena(PgstdWorld *world, void *hint, uint64_t size);
extern int64_t pgstd_memory_charge(PgstdWorld *world, int64_t delta);
extern void pgstd_memory_free(PgstdWorld *world, void *addr, uint64_t size);
extern void *pgstd_memory_reserve(PgstdWorld *world, uint64_t size);
extern int64_t pgstd_memory_commit(PgstdWorld *world, void *addr, uint64_t size);
extern void pgstd_memory_release(PgstdWorld *world, void *addr, uint64_t size);
extern void pgstd_memory_forget(const PgstdRange *range);
extern bool pgstd_memory_renew(const PgstdRange *range);
extern void pgstd_memory_clear(void *addr, uint64_t size);
extern uint64_t pgstd_page_size(void);

/* Whether a range has so many bytes from an address on. */
static inline bool
pgstd_range_has(const PgstdRange *range, uint64_t at, uint64_t size)
{
	return at >= range->start && at <= range->end && size <= range->end - at;
}

/* holds.c */
extern bool pgstd_memory_in(const PgstdRegion *list, const void *addr, uint64_t size);
extern bool pgstd_memory_writable(PgstdWorld *world, void *addr, uint64_t size);
extern bool pgstd_memory_find(PgstdWorld *world, const void *addr, uint64_t size);

/* Do so many bytes from addr on lie in memory that Go code of this world has values in? */
static inline bool
pgstd_memory_holds(PgstdWorld *world, const void *addr, uint64_t size)
{
	uint64_t	from = (uint64_t) addr - world->near.start;
	uint64_t	span = world->near.end - world->near.start;

	return pgstd_likely(from <= span && size <= span - from) || size == 0 ||
		pgstd_memory_find(world, addr, size);
}

/* output.c */
extern void pgstd_output(PgstdWorld *world, int64_t stream, const char *data, uint64_t size);
extern void pgstd_output_flush(PgstdWorld *world);
extern void pgstd_output_drop(PgstdWorld *world);
extern void pgstd_message_check(PgstdWorld *world, PgstdErrorData *message);
extern bool pgstd_message_take(PgstdWorld *world, const PgstdErrorData *from, PgstdErrorData *to);

/* clocks.c */
extern int64_t pgstd_clock_monotonic(PgstdWorld *world);
extern int64_t pgstd_clocks(PgstdWorld *world, int64_t *wall);

/* timezone.c */
extern int64_t pgstd_timezone(PgstdWorld *world, const PgstdTimezone *query);

/* timer.c */
extern void pgstd_timer_want(PgstdWorld **list, PgstdWorld *world, int64_t when);
extern void pgstd_poison(PgstdWorld *world);

/* fault.c */
extern void pgstd_fault_init(PgstdWorld **worlds);
extern bool pgstd_is_fault(int signo);
extern PgstdWorld *pgstd_running_world(void);
extern bool pgstd_in_text(const PgstdWorld *world, uint64_t pc);
extern bool pgstd_altstack_init(void);

#endif							/* PGSTD_WORLD_H */
