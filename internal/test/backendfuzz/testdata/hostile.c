/*-------------------------------------------------------------------------
 *
 * hostile.c
 *	  The program of a cell that has been taken over.
 *
 * It is the true one, and runs worlds, but what it says is spoilt on the way: any field
 * of an answer, of what that points to, and of what that points to; while the backend
 * reads it; at the wrong time, without end, or not at all.  It has no filter.
 *
 * The file CONTROL has two numbers: the seed, and of how many answers about one is
 * spoilt, 0: none.  They are read when a cell starts.  A third one, if it is there, is
 * the word of all results, which are NULL then.  A fourth one, if it is there and not 0, is
 * the errno with which no world can be mapped.  With a fifth one that is not 0, it has no
 * namespaces.  With a sixth one, it says that each int4 in a signature is a text.
 *
 *-------------------------------------------------------------------------
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cell.h"
#include "channel.h"

static void spoil_and_say(uint32_t *word, uint32_t value, uint32_t *sleeps);
static void begin(int parent);

#define pgstd_word_next		spoil_and_say
#define pgstd_cell_lock		begin
/* Whatever a module has, but its code, stays writable. */
#define pgstd_module_seal(m)	true
#include "main.c"
#undef pgstd_word_next

static uint64_t state;
static uint64_t one_of;
static unsigned long null_word;
static unsigned long taken;
static bool says_texts;

static uint64_t
next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static uint64_t
below(uint64_t n)
{
	return next() % n;
}

/* Some world of this cell; NULL: there is none. */
static CellWorld *
some_world(void)
{
	PgstdWorld *world = pgstd_cell_worlds;

	for (uint64_t n = below(3); world != NULL && world->next != NULL && n > 0; n--)
		world = world->next;
	return (CellWorld *) world;
}

static uint64_t
region_start(const CellWorld *cw)
{
	return cw->region.base - cw->region.call_area;
}

static uint64_t
region_end(const CellWorld *cw)
{
	return cw->region.base + cw->region.size;
}

/* Memory at the end of a region, which no heap has reached. */
#define SCRATCH		(256 * 1024)

static uint64_t
scratch(const CellWorld *cw)
{
	return region_end(cw) - SCRATCH;
}

/* Whether it can be written to here; the backend has the same in mind. */
static bool
is_shared(uint64_t at)
{
	for (const PgstdWorld *w = pgstd_cell_worlds; w != NULL; w = w->next)
	{
		const CellWorld *cw = (const CellWorld *) w;

		if (at >= region_start(cw) && at < region_end(cw) - 4096)
			return true;
		for (uint32_t i = 0; i < cw->region.nparts; i++)
		{
			const PgstdImagePart *part = &cw->region.parts[i];

			if (part->writable && part->size > 4096 && at >= part->address && at < part->address + part->size - 4096)
				return true;
		}
		for (const PgstdModule *m = w->modules.list; m != NULL; m = m->next)
			for (int i = PGSTD_ZONE_CONST; i < PGSTD_ZONES; i++)
				if (m->zones[i].end - m->zones[i].start > 8 && at >= m->zones[i].start && at < m->zones[i].end - 8)
					return true;
	}
	return false;
}

/* A word of the kind that goes wrong. */
static uint64_t
bad_word(void)
{
	static const uint64_t numbers[] = {
		0, 1, 2, 5, 6, 7, 8, 16, 17, 18, 19, 20, 255, 256, 1600, 1664, 65535, 65536, INT32_MAX, UINT32_MAX,
		UINT64_C(1) << 32, UINT64_C(1) << 40, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - 7,
		0x3fffffff, 0x40000000, 1073741820, 0x1fffffffffffffff, 0x0fffffffffffffff, UINT64_C(0x800000000000000),
	};
	CellWorld  *cw = some_world();

	switch (below(cw != NULL ? 15 : 4))
	{
		case 0:
			return below(300);
		case 1:
			return next() << 16 ^ next();
		case 2:
			return (uint64_t) channel + below(sizeof(*channel));
		case 3:
		case 4:
		case 5:
		case 6:
			return numbers[below(sizeof(numbers) / sizeof(numbers[0]))];
		case 7:
			return region_end(cw) - below(64);
		case 8:
			return region_start(cw) + below(64) - below(64);
		case 9:
			return cw->region.base + below(cw->region.size);
		case 10:
			return (uint64_t) cw->world.object + below(4096);
		case 11:
			return cw->world.object->constants[below(PGSTD_CONSTANT_RANGES)].end - below(32);
		case 12:
			return cw->world.modules.room.start + cw->world.modules.used - below(64) + below(64);
		default:
			return scratch(cw) + (below(SCRATCH / 16) & ~UINT64_C(7));
	}
}

/* Fills memory with words that may point to more of it. */
static uint64_t
make_garbage(CellWorld *cw)
{
	uint64_t   *at = (uint64_t *) scratch(cw);
	uint64_t	kind = below(4);

	for (uint64_t i = 0; i < SCRATCH / 16 / sizeof(*at); i++)
		at[i] = kind == 0 ? bad_word() : kind == 1 && i % 2 == 0 ? scratch(cw) + (below(SCRATCH / 16) & ~UINT64_C(7)) :
			kind == 2 ? below(24) : below(3) != 0 ? below(64) : bad_word();
	return scratch(cw) + (below(SCRATCH / 32) & ~UINT64_C(7));
}

static void
spoil_at(uint64_t at)
{
	if (!is_shared(at))
		return;
	switch (below(4))
	{
		case 0:
			*(volatile uint32_t *) (at & ~UINT64_C(3)) = (uint32_t) bad_word();
			break;
		case 1:
			*(volatile uint8_t *) at ^= (uint8_t) (1 << below(8));
			break;
		default:
			*(volatile uint64_t *) (at & ~UINT64_C(7)) = bad_word();
			break;
	}
}

/* A place in what starts at "at", or in what a word of that points to. */
static uint64_t
place(uint64_t at)
{
	for (;;)
	{
		uint64_t	to;

		at += below(24) * 8;
		if (!is_shared(at) || below(3) == 0)
			return at;
		to = *(volatile uint64_t *) (at & ~UINT64_C(7));
		if (!is_shared(to))
			return at;
		at = to;
	}
}

/* Where an answer points to. */
static uint64_t
answer_place(void)
{
	const PgstdCellAnswer *answer = &channel->answer;
	uint64_t	starts[] = {
		(uint64_t) answer->argument, (uint64_t) answer->argument, (uint64_t) answer->argument,
		(uint64_t) answer->failure, (uint64_t) answer->functions, answer->result.word,
	};

	for (int i = 0; i < 10; i++)
	{
		uint64_t	start = starts[below(sizeof(starts) / sizeof(starts[0]))];

		if (is_shared(start))
			return place(start);
	}
	return 0;
}

/* What a second thread changes, to and fro. */
static volatile struct
{
	volatile uint64_t *at;
	uint64_t	values[2];
}			target;

static void *
change(void *arg)
{
	for (;;)
	{
		volatile uint64_t *at = target.at;

		if (at == NULL)
		{
			usleep(50);
			continue;
		}
		for (int i = 0; i < 2000 && target.at != NULL; i++)
			*at = target.values[i & 1];
		target.at = NULL;
	}
	return arg;
}

static void
tell(uint32_t *word, uint32_t *sleeps)
{
	__atomic_store_n(word, *word + 1, __ATOMIC_SEQ_CST);
	(void) syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
	(void) sleeps;
}

static void
flood(uint32_t *word, uint32_t *sleeps)
{
	uint64_t	n = below(2) != 0 ? below(20000) : UINT64_MAX;

	channel->answer.kind = below(4) == 0 ? PGSTD_CELL_EVENT : PGSTD_CELL_LINE + (uint32_t) below(3);
	channel->answer.code = below(4) == 0 ? PGSTD_EVENT_REQUEST : PGSTD_STDOUT + (uint32_t) below(2);
	for (uint64_t i = 0; i < n; i++)
	{
		tell(word, sleeps);
		if (below(4) == 0)
			sched_yield();
	}
}

static void
be_silent(void)
{
	sigset_t	all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (below(2) == 0)
		for (;;)
			pause();
	for (;;)
		__asm__ volatile ("");
}

/* More than any limit allows: the world's own memory, or the process's. */
static void
take_memory(void)
{
	CellWorld  *cw = some_world();
	size_t		step = 1 << 20;

	if (cw != NULL && below(2) == 0)
		for (uint64_t at = cw->region.base; at + step <= region_end(cw); at += step)
			memset((void *) at, 1, step);
	else
		for (;;)
		{
			void	   *more = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			if (more == MAP_FAILED)
				break;
			memset(more, 1, step);
		}
}

/* A panic's message and traceback, of many lines. */
static const PgstdErrorData *
make_panic(CellWorld *cw)
{
	static const char *const lines[] = {
		") 0x1f\n", ") 0xg ", "goroutine 1 [running]:\n", "a/b.F(0x1)\n\t/c.go:1 +0x5b\n", "x.(\n\t:\n", "main.wrapA.A.func1(\n", "\t\n", " pc=0x1",
	};
	PgstdErrorData *panic = (PgstdErrorData *) scratch(cw);
	char	   *text = (char *) (panic + 1);
	uint64_t	room = SCRATCH - sizeof(*panic);
	uint64_t	kind = below(2 * sizeof(lines) / sizeof(lines[0]));
	uint64_t	size = 0;

	for (;;)
	{
		const char *line = lines[kind < sizeof(lines) / sizeof(lines[0]) ? kind : below(sizeof(lines) / sizeof(lines[0]))];

		if (size + strlen(line) > room)
			break;
		memcpy(text + size, line, strlen(line));
		size += strlen(line);
	}
	*panic = (PgstdErrorData) {.message = {text, size}, .detail = {text, below(2) * size}};
	return panic;
}

/* A request of its own, of which everything is wrong. */
static void
make_request(void)
{
	CellWorld  *cw = some_world();

	if (cw == NULL)
		return;
	channel->answer.kind = PGSTD_CELL_EVENT;
	channel->answer.code = below(4) == 0 ? PGSTD_EVENT_DONE : PGSTD_EVENT_REQUEST;
	channel->answer.request = (uint32_t) below(10);
	channel->answer.argument = (void *) make_garbage(cw);
	channel->answer.result.word = make_garbage(cw);
	channel->answer.result.size = (uint32_t) below(4096);
	channel->answer.failure = below(3) == 0 ? (const PgstdErrorData *) make_garbage(cw) : NULL;
	channel->answer.death = below(2) == 0 ? PGSTD_DEATH_PANIC : (uint32_t) below(12);
	if (channel->answer.code == PGSTD_EVENT_DONE && below(2) == 0)
		channel->answer.failure = make_panic(cw);
}

/* What it does to one answer. */
static void
spoil(uint32_t *word, uint32_t *sleeps)
{
	uint64_t	at;

	switch (below(40))
	{
		case 0:
			flood(word, sleeps);
			break;
		case 1:
			be_silent();
			break;
		case 2:
			take_memory();
			break;
		case 3:
			raise((int) below(32));
			_exit((int) below(256));
		case 4:
			tell(word, sleeps);	/* twice, or out of turn */
			break;
		case 5:
			__atomic_store_n(word, (uint32_t) bad_word(), __ATOMIC_SEQ_CST);
			break;
		case 6:
			channel->answer.kind = (uint32_t) below(9);
			break;
		case 7:
			channel->answer.code = (uint32_t) below(8);
			break;
		case 8:
			for (uint64_t i = below(64); i > 0; i--)
				channel->text[below(PGSTD_DYING_MAX)] = (char) next();
			channel->answer.size = bad_word();
			break;
		case 9:
			((uint8_t *) &channel->answer)[below(sizeof(channel->answer))] ^= (uint8_t) next();
			break;
		case 10:
		case 11:
		case 12:
		case 13:
			((uint64_t *) &channel->answer)[below(sizeof(channel->answer) / 8)] = bad_word();
			break;
		case 14:
		case 15:
		case 16:
		case 17:
		case 18:
			make_request();
			break;
		case 19:
		case 20:
		case 21:
		case 22:
		case 23:
		case 24:
			at = answer_place();
			if (is_shared(at))
			{
				at &= ~UINT64_C(7);
				target.values[0] = *(volatile uint64_t *) at;
				target.values[1] = bad_word();
				target.at = (volatile uint64_t *) at;
			}
			break;
		default:
			for (uint64_t i = below(4); i < 4; i++)
				spoil_at(answer_place());
			break;
	}
}

/* What it says of its functions is a copy, in which numbers are texts. */
static void
say_texts(void)
{
	PgstdFunction *functions = (PgstdFunction *) scratch(some_world());
	uint8_t    *text = (uint8_t *) (functions + channel->answer.nfunctions);

	memcpy(functions, channel->answer.functions, channel->answer.nfunctions * sizeof(*functions));
	for (uint64_t i = 0; i < channel->answer.nfunctions; i++)
	{
		PgstdText  *signature = &functions[i].signature;

		memcpy(text, signature->data, signature->size);
		signature->data = (const char *) text;
		for (uint64_t k = 0; k < signature->size; k++, text++)
			if (*text == PGSTD_INT4)
				*text = PGSTD_TEXT;
	}
	channel->answer.functions = functions;
}

/* Whether the answer has functions: those of a world that has started, or of a module that has come. */
static bool
tells_functions(void)
{
	for (const PgstdWorld *w = pgstd_cell_worlds; w != NULL; w = w->next)
		if (channel->answer.code == PGSTD_EVENT_DONE && w->modules.list != NULL &&
			((const CellWorld *) w)->told == channel->answer.functions)
			return true;
	return channel->answer.code == PGSTD_EVENT_READY;
}

static void
spoil_and_say(uint32_t *word, uint32_t value, uint32_t *sleeps)
{
	target.at = NULL;
	if (says_texts && channel->answer.kind == PGSTD_CELL_EVENT && tells_functions())
		say_texts();
	if (null_word != 0)
		channel->answer.result = (PgstdSlot) {.word = null_word, .flags = PGSTD_SLOT_NULL};
	if (taken != 0 && channel->answer.kind == PGSTD_CELL_EVENT && channel->answer.code == PGSTD_EVENT_READY)
		channel->answer = (PgstdCellAnswer) {.kind = PGSTD_CELL_FAILED, .code = (uint32_t) taken};
	if (one_of != 0 && below(one_of) == 0)
	{
		spoil(word, sleeps);
		value = *word + 1;
	}
	pgstd_word_next(word, value, sleeps);
}

/* In place of the lock. */
static void
begin(int parent)
{
	struct rlimit none = {0, 0};
	FILE	   *control = fopen(CONTROL, "r");
	unsigned long seed = 0,
				often = 0,
				without = 0,
				texts = 0;
	pthread_t	thread;
	int			n = control != NULL ? fscanf(control, "%lu %lu %lu %lu %lu %lu", &seed, &often, &null_word, &taken, &without, &texts) : 0;

	if (n >= 2)
		state = (seed * 1000003 + (unsigned long) parent) | 1;
	if (without != 0)
		channel->namespaces = 0;
	says_texts = texts != 0;
	one_of = often;
	if (control != NULL)
		fclose(control);
	(void) setrlimit(RLIMIT_CORE, &none);
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(PGSTD_CELL_EXIT_START);
	if (one_of != 0)
		(void) pthread_create(&thread, NULL, change, NULL);
}
