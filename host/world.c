/*-------------------------------------------------------------------------
 *
 * world.c
 *	  Life of a world: start, discard, and what is said of its death.
 *
 * An object is loaded once; a world is one run of it.  Before the first run the
 * object's writable data is copied aside, and each further run starts from that
 * copy, so that discarding a world needs neither its cooperation nor dlclose.  Where
 * the image is linked beforehand (image.c), the kernel has that data instead.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "world.h"

/* The runtime's own stack: stock Go makes do with 16 kB on its own threads. */
#define STACK_SIZE		(128 * 1024)

/* Package variables up to this many bytes keep their pages from one start to the next. */
#define SMALL_ZERO		(256 * 1024)

/*
 * The share of the memory limit at which the collector begins to work harder.  It
 * knows nothing of the image's variables.
 */
static uint64_t
soft_limit(const PgstdWorld *world)
{
	uint64_t	heap = world->memory_limit > world->image ? world->memory_limit - world->image : 0;

	return heap - heap / 8;
}

/* Fills buf with strong random bytes, of the kernel as in any Go program. */
static bool
fill_random(void *buf, uint64_t size)
{
	char	   *at = buf;

	while (size > 0)
	{
		ssize_t		n = getrandom(at, size, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (uint64_t) n;
	}
	return true;
}

static int64_t
hook_random(PgstdWorld *world, void *buf, uint64_t size)
{
	if (!pgstd_memory_writable(world, buf, size))
		return -1;
	return fill_random(buf, size) ? 0 : -1;
}

static void
hook_report(PgstdWorld *world, int64_t level, const PgstdErrorData *message)
{
	PgstdErrorData taken;

	if (level >= PGSTD_DEBUG && level <= PGSTD_WARNING && pgstd_message_take(world, message, &taken))
		world->platform->report(world, (PgstdLevel) level, &taken);
}

static void
hook_sleep(PgstdWorld *world, int64_t nanoseconds)
{
	world->platform->sleep(world, nanoseconds);
}

static int64_t
hook_system(PgstdWorld *world, int64_t number, const uint64_t *args)
{
	if (world->platform->system == NULL)
		return -EPERM;
	return world->platform->system(world, number, args);
}

static void
hook_timer(PgstdWorld *world, int64_t when)
{
	world->platform->timer(world, when);
}

static const PgstdHooks hooks = {
	.magic = PGSTD_ABI_MAGIC,
	.abi_version = PGSTD_ABI_VERSION,
	.struct_size = sizeof(PgstdHooks),
	.alloc = pgstd_memory_alloc,
	.arena = pgstd_memory_arena,
	.charge = pgstd_memory_charge,
	.free = pgstd_memory_free,
	.reserve = pgstd_memory_reserve,
	.commit = pgstd_memory_commit,
	.release = pgstd_memory_release,
	.monotonic = pgstd_clock_monotonic,
	.clocks = pgstd_clocks,
	.random = hook_random,
	.output = pgstd_output,
	.report = hook_report,
	.timezone = pgstd_timezone,
	.sleep = hook_sleep,
	.system = hook_system,
	.timer = hook_timer,
};

/*
 * Says what is wrong with an object, or NULL if this host can run it.
 */
const char *
pgstd_object_check(const PgstdObject *object, char *buf, size_t bufsize)
{
	if (object->magic != PGSTD_ABI_MAGIC)
		return "it is not a pgstd object";
	if (object->abi_version != PGSTD_ABI_VERSION)
	{
		snprintf(buf, bufsize, "it speaks pgstd ABI version %u, this host speaks version %u; build it again with the host's pgbuild",
				 object->abi_version, PGSTD_ABI_VERSION);
		return buf;
	}
	if (object->struct_size != sizeof(PgstdObject))
		return "its descriptor has another size than its ABI version says";
	if (object->start == NULL || object->enter == NULL || object->abort == NULL ||
		object->sigpanic == NULL || object->control == NULL ||
		(PGSTD_G_IN_TLS && object->tls_offset == NULL))
		return "its descriptor is incomplete";
	return NULL;
}

void
pgstd_world_init(PgstdWorld *world, const PgstdObject *object,
				 const PgstdPlatform *platform, void *owner)
{
	memset(world, 0, sizeof(*world));
	world->object = object;
	world->control = object->control;
	world->platform = platform;
	world->owner = owner;
}

/*
 * The first time, copies the writable data aside; later, puts it back.
 * Returns false when there is no memory for the copy.
 */
static bool
image_reset(PgstdWorld *world)
{
	const PgstdObject *object = world->object;
	size_t		total = 0;
	char	   *at;
	bool		fresh = world->pristine == NULL;

	if (world->once)
		return true;
	/* Of pages that nobody has written to, this does nothing. */
	if (world->fresh.end != 0)
		return pgstd_memory_renew(&world->fresh);
	if (fresh)
	{
		for (int i = 0; i < PGSTD_DATA_RANGES; i++)
			total += object->data[i].end - object->data[i].start;
		world->pristine = malloc(total);
		if (world->pristine == NULL)
			return false;
	}
	at = world->pristine;
	for (int i = 0; i < PGSTD_DATA_RANGES; i++)
	{
		void	   *data = (void *) object->data[i].start;
		size_t		size = object->data[i].end - object->data[i].start;

		if (fresh)
			memcpy(at, data, size);
		else
			memcpy(data, at, size);
		at += size;
	}
	if (!fresh)
		for (int i = 0; i < PGSTD_ZERO_RANGES; i++)
		{
			void	   *zero = (void *) object->zero[i].start;
			uint64_t	size = object->zero[i].end - object->zero[i].start;

			/* A page that is there already is zeroed in a tenth of what a new one takes. */
			if (size <= SMALL_ZERO)
				memset(zero, 0, size);
			else
				pgstd_memory_clear(zero, size);
		}
	return true;
}

static bool
stack_reserve(PgstdWorld *world)
{
	size_t		guard = pgstd_page_size();
	void	   *stack;

	if (world->stack != NULL)
		return true;
	stack = mmap(NULL, guard + STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED)
		return false;
	if (mprotect((char *) stack + guard, STACK_SIZE, PROT_READ | PROT_WRITE) != 0)
	{
		munmap(stack, guard + STACK_SIZE);
		return false;
	}
	world->stack = stack;
	world->stack_size = guard + STACK_SIZE;
	return true;
}

/*
 * Unmaps the file pages that the start has read, which are many more than calls
 * need: what they need comes back from the page cache by itself, a fault for a few
 * pages.
 */
static void
forget_start(const PgstdObject *object)
{
	pgstd_memory_forget(&object->text);
	pgstd_memory_forget(&object->pclntab);
}

/*
 * Starts a world that is new, up to and including its init functions.
 * PGSTD_EVENT_READY: it can be entered.  PGSTD_EVENT_REQUEST: an init function
 * wants something of the host.  Else it must be discarded: it has died, or a cancel came.
 */
PgstdEvent
pgstd_world_start(PgstdWorld *world, uint64_t max_memory, uint64_t max_stack,
				  int argc, const char *const *argv)
{
	static const char *const no_args[] = {NULL, NULL};
	PgstdConfig *config = &world->config;
	bool		again = world->kept.arenas != NULL;
	PgstdEvent	event;

	world->memory_limit = max_memory;
	pgstd_memory_init(world);
	if (!pgstd_memory_charge_image(world) || !stack_reserve(world) || !image_reset(world))
	{
		world->control->death = PGSTD_DEATH_MEMORY;
		world->state = PGSTD_WORLD_DEAD;
		return PGSTD_EVENT_DEAD;
	}
	/* The copy may have been made after a start that has failed. */
	world->control->death = PGSTD_DEATH_NONE;

	config->magic = PGSTD_ABI_MAGIC;
	config->abi_version = PGSTD_ABI_VERSION;
	config->struct_size = sizeof(PgstdConfig);
	config->world = world;
	config->hooks = &hooks;
	config->page_size = pgstd_page_size();
	config->max_memory = soft_limit(world);
	config->max_stack = max_stack;
	config->stack_low = (uint64_t) (world->stack + pgstd_page_size());
	config->stack_high = (uint64_t) (world->stack + world->stack_size);
	config->serves_requests = world->platform->serves_requests;
	config->hwcap = context_hwcap();
	config->argc = argv != NULL ? argc : 0;
	config->argv = argv != NULL ? argv : no_args;
	config->settings = world->settings;
	config->answers = context_answers(&config->nanswers);
	/* Kept memory has its pages where the run before has had them.  If nothing is random, the place is not. */
	if (!again)
		(void) fill_random(&config->heap_place, sizeof(config->heap_place));

	if (PGSTD_G_IN_TLS)
		*world->object->tls_offset = (uint64_t) &world->control->g -
			(uint64_t) __builtin_thread_pointer();

	world->state = PGSTD_WORLD_BUSY;
	world->control->op = PGSTD_OP_CALL;
	/* A cancel that came before this line is acted on here; one that comes later, by the switch. */
	world->control->cancel = 0;
	if (world->platform->cancelled != NULL && world->platform->cancelled())
		return PGSTD_EVENT_CANCELLED;
	event = (PgstdEvent) pgstd_switch(world->object->start, config, NULL);
	/*
	 * A world that has died before is likely to need them again, and so is one whose image is linked beforehand: that
	 * is a base's, and a module is loaded next.
	 */
	if (!again && world->fresh.end == 0)
		forget_start(world->object);
	return event;
}

/*
 * Changes the memory limit of a world, also while it runs.  What it holds already
 * stays with it, even if that is more.
 */
void
pgstd_world_limit(PgstdWorld *world, uint64_t max_memory)
{
	bool		runs = world->state == PGSTD_WORLD_LIVE || world->state == PGSTD_WORLD_BUSY;

	world->memory_limit = max_memory;
	world->config.max_memory = soft_limit(world);
	if (runs && world->control->soft_limit != NULL)
		*world->control->soft_limit = (int64_t) soft_limit(world);
}

#ifdef PGSTD_CLOBBER
/*
 * Overwrites the variables of a world that is no more, but for its control block,
 * which is the host's as well.
 */
static void
clobber_image(const PgstdWorld *world)
{
	const PgstdObject *object = world->object;
	uint64_t	control = (uint64_t) world->control;
	uint64_t	after = control + sizeof(PgstdControl);

	/* Else the next start could not put it back. */
	if (world->pristine == NULL && world->fresh.end == 0)
		return;
	for (int i = 0; i < PGSTD_DATA_RANGES + PGSTD_ZERO_RANGES; i++)
	{
		PgstdRange	range = i < PGSTD_DATA_RANGES ? object->data[i] : object->zero[i - PGSTD_DATA_RANGES];

		if (control >= range.start && control < range.end)
		{
			pgstd_clobber((void *) range.start, control - range.start);
			pgstd_clobber((void *) after, range.end - after);
		}
		else
			pgstd_clobber((void *) range.start, range.end - range.start);
	}
}
#endif

static void
discard(PgstdWorld *world, void (*drop_memory) (PgstdWorld *world))
{
	/* First of all: signal handlers leave a dead world alone. */
	world->state = PGSTD_WORLD_DEAD;
	pgstd_modules_drop(world);
	drop_memory(world);
	pgstd_output_drop(world);
#ifdef PGSTD_CLOBBER
	clobber_image(world);
#endif
	world->control->attention = 0;
	world->control->soft_limit = NULL;
	world->control->in_world = 0;
	world->control->cancel = 0;
	world->control->slice = 0;
	world->wanted = 0;
	world->state = PGSTD_WORLD_NEW;
}

/*
 * Throws a world away, whatever state it is in.  None of its code runs.  The
 * caller sees to it that no host frame goes back into it.
 */
void
pgstd_world_discard(PgstdWorld *world)
{
	discard(world, pgstd_memory_drop);
}

/*
 * The same, of a world that is to start again soon, for the same user: what every start
 * takes of memory, it keeps.
 */
void
pgstd_world_reset(PgstdWorld *world)
{
	discard(world, pgstd_memory_reset);
}

/*
 * Gives back what discarded worlds keep for their next run: this one has none.
 */
void
pgstd_world_end(PgstdWorld *world)
{
	if (world->stack != NULL)
		munmap(world->stack, world->stack_size);
	free(world->pristine);
	free(world->dying);
	for (int stream = 0; stream <= PGSTD_PRINT; stream++)
		free(world->lines[stream].text);
	world->stack = NULL;
	world->pristine = world->dying = NULL;
	memset(world->lines, 0, sizeof(world->lines));
}

static PgstdText
text(const char *s)
{
	return (PgstdText) {s, strlen(s)};
}

/* Cuts white space from both ends. */
static PgstdText
trim(const char *start, const char *end)
{
	while (start < end && (*start == '\n' || *start == ' ' || *start == '\t'))
		start++;
	while (start < end && (end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (PgstdText) {start, (uint64_t) (end - start)};
}

static const char *
after_prefix(const char *s, const char *end, const char *prefix)
{
	size_t		n = strlen(prefix);

	if ((size_t) (end - s) >= n && memcmp(s, prefix, n) == 0)
		return s + n;
	return s;
}

/*
 * What to tell of a death.  The runtime has printed "panic: ..." or "fatal
 * error: ...", then perhaps a line on the signal, then tracebacks, each under a
 * "goroutine N [state]:" line.  The report points into the world's buffers.
 */
void
pgstd_death_report(PgstdWorld *world, PgstdErrorData *report)
{
	PgstdDeath	death = world->control->death <= PGSTD_DEATH_ABI ?
		(PgstdDeath) world->control->death : PGSTD_DEATH_THROW;
	const char *said = world->dying;
	const char *end = said + world->dying_size;
	static const char *const sqlstates[] = {
		[PGSTD_DEATH_NONE] = "XX000",
		[PGSTD_DEATH_EXIT] = "38000",
		[PGSTD_DEATH_PANIC] = "38000",
		[PGSTD_DEATH_FATAL] = "38000",
		[PGSTD_DEATH_STACK] = "54001",
		[PGSTD_DEATH_MEMORY] = "53200",
		[PGSTD_DEATH_THROW] = "XX000",
		[PGSTD_DEATH_ABI] = "XX000",
	};

	memset(report, 0, sizeof(*report));
	report->sqlstate = text(sqlstates[death]);

	switch (death)
	{
		case PGSTD_DEATH_EXIT:
			{
				static char buf[64];

				snprintf(buf, sizeof(buf), "function called os.Exit(%ld)", (long) world->control->exit_code);
				report->message = text(buf);
				return;
			}
		case PGSTD_DEATH_ABI:
			report->message = text("object and host disagree about the pgstd ABI");
			report->hint = text("Build the object again with the pgbuild that belongs to this host.");
			return;
		case PGSTD_DEATH_MEMORY:
			report->message = text("out of memory");
			break;
		case PGSTD_DEATH_STACK:
			report->message = text("stack overflow");
			break;
		default:
			break;
	}

	if (said == NULL)
	{
		if (report->message.size == 0)
			report->message = text("Go code ended without saying why");
		return;
	}
	for (const char *p = said; p < end; p++)
	{
		const char *line = *p == '\n' ? p + 1 : p;

		if ((p == said || *p == '\n') &&
			(after_prefix(line, end, "goroutine ") != line ||
			 after_prefix(line, end, "[signal ") != line ||
			 after_prefix(line, end, "runtime stack:") != line))
		{
			report->detail = trim(line, end);
			end = line;
			break;
		}
	}
	said = after_prefix(said, end, "panic: ");
	said = after_prefix(said, end, "fatal error: ");
	if (report->message.size == 0)
		report->message = trim(said, end);
}

/* Index of a function in the world's table, or -1. */
int
pgstd_find_function(const PgstdWorld *world, const char *name)
{
	size_t		size = strlen(name);

	for (uint64_t i = 0; i < world->control->nfunctions; i++)
	{
		const PgstdFunction *f = &world->control->functions[i];

		if (f->name.size == size && memcmp(f->name.data, name, size) == 0)
			return (int) i;
	}
	return -1;
}
