/*-------------------------------------------------------------------------
 *
 * steps.c
 *	  A world of a base, and modules in it, one step after the other.
 *
 * A step is "load PATH", which maps a module, "NAME" or "NAME TEXT", which calls a
 * function of that name, of the module that was loaded last among those that have
 * one, and prints what it returns; "restart", which throws the world away and starts
 * another; or "memory", which says how much the process has for itself alone.
 *
 *-------------------------------------------------------------------------
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../modules.h"
#include "steps.h"

#define MAX_LOADED	4096

/* The functions of a module. */
static struct
{
	const PgstdFunction *functions;
	uint64_t	count;
}			loaded[MAX_LOADED];
static int	nloaded;

static PgstdWorld *world;
static void (*complain) (PgstdEvent);

static bool
enter(const void *code, PgstdSlot *args)
{
	PgstdEvent	event;

	world->control->code = code;
	world->control->args = args;
	world->control->op = PGSTD_OP_CALL;
	event = pgstd_world_enter(world);
	pgstd_output_flush(world);
	if (event == PGSTD_EVENT_DONE)
		return true;
	complain(event);
	world->state = PGSTD_WORLD_DEAD;
	return false;
}

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* What base a module is for, it says itself; this host believes its user. */
static bool
look_at(PgstdModuleFile *file)
{
	PgstdModuleHeader h;
	struct stat info;

	if (fstat(file->fd, &info) != 0 || pread(file->fd, &h, sizeof(h), 0) != (ssize_t) sizeof(h))
		return false;
	file->size = (uint64_t) info.st_size;
	memcpy(file->base, h.base, sizeof(h.base));
	return true;
}

static bool
load(const char *path)
{
	PgstdModule *module = NULL;
	const char *problem = "it cannot be read";
	int64_t		start = now();
	int64_t		mapped;
	PgstdModuleFile file = {.fd = open(path, O_RDONLY | O_CLOEXEC)};

	if (file.fd >= 0)
	{
		if (look_at(&file))
			problem = pgstd_module_problem(pgstd_module_map(world, &file, &module));
		close(file.fd);
	}
	if (module == NULL || nloaded == MAX_LOADED)
	{
		printf("cannot load: %s\n", module == NULL ? problem : "too many modules");
		return true;
	}
	mapped = now();
	if (!enter(world->modules.link, &module->argument))
		return true;
	if (world->control->result.word != 0 || !pgstd_module_seal(module))
	{
		printf("cannot load: the runtime refuses it (%d)\n", (int) world->control->result.word);
		world->state = PGSTD_WORLD_DEAD;
		return true;
	}
	world->control->nfunctions = 0;
	if (!enter(world->modules.init, &module->argument))
		return true;
	loaded[nloaded].functions = world->control->functions;
	loaded[nloaded++].count = world->control->nfunctions;
	if (getenv("PGSTD_TIMES") != NULL)
		printf("mapped in %d us, linked and initialised in %d us\n", (int) (mapped - start) / 1000, (int) (now() - mapped) / 1000);
	return true;
}

static const PgstdFunction *
find(const char *name, size_t size)
{
	for (int i = nloaded - 1; i >= 0; i--)
		for (uint64_t k = 0; k < loaded[i].count; k++)
			if (loaded[i].functions[k].name.size == size && memcmp(loaded[i].functions[k].name.data, name, size) == 0)
				return &loaded[i].functions[k];
	return NULL;
}

static bool
call(const char *step)
{
	size_t		size = strcspn(step, " ");
	const PgstdFunction *f = find(step, size);
	const char *text = step[size] == ' ' ? step + size + 1 : "";
	PgstdSlot	arg = {.word = (uint64_t) text, .size = (uint32_t) strlen(text)};

	if (f == NULL)
	{
		fprintf(stderr, "pgstd-run: no module has a function %.*s\n", (int) size, step);
		return false;
	}
	if (!enter(*f->call, &arg))
		return true;
	if (world->control->failure != NULL)
		printf("ERROR: %.*s\n", (int) world->control->failure->message.size, world->control->failure->message.data);
	else
		printf("%.*s\n", (int) world->control->result.size, (const char *) world->control->result.word);
	return true;
}

static bool
begin(const PgstdImage *image, PgstdStart start)
{
	PgstdEvent	event = start();

	nloaded = 0;
	if (event != PGSTD_EVENT_READY)
	{
		complain(event);
		return false;
	}
	world->state = PGSTD_WORLD_LIVE;
	if (!pgstd_modules_open(world, image))
	{
		fputs("pgstd-run: it is no base\n", stderr);
		return false;
	}
	return true;
}

/* What the process has for itself alone. */
static void
print_memory(void)
{
	FILE	   *f = fopen("/proc/self/smaps_rollup", "r");
	char		line[256];
	long		n;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Private_Dirty: %ld", &n) == 1)
			printf("private: %ld kB\n", n);
	if (f != NULL)
		fclose(f);
}

int
pgstd_modules_run(PgstdWorld *in, const PgstdImage *image, PgstdStart start,
				  void (*on_end) (PgstdEvent), int nsteps, char **steps)
{
	world = in;
	complain = on_end;
	if (!begin(image, start))
		return 1;
	for (int i = 0; i < nsteps; i++)
	{
		bool		good = true;

		if (strcmp(steps[i], "restart") == 0)
		{
			pgstd_world_discard(world);
			good = begin(image, start);
		}
		else if (strcmp(steps[i], "memory") == 0)
			print_memory();
		else if (world->state == PGSTD_WORLD_DEAD)
			printf("%s: the world is dead\n", steps[i]);
		else if (strncmp(steps[i], "load ", 5) == 0)
			good = load(steps[i] + 5);
		else
			good = call(steps[i]);
		fflush(stdout);
		if (!good)
			return 1;
	}
	return 0;
}
