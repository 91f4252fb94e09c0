/*-------------------------------------------------------------------------
 *
 * main.c
 *	  The standalone host: runs an object in a plain process.
 *
 * For tests, and for Go's own test suite: either calls one function with
 * arguments from the command line, or runs the object's main.
 *
 *-------------------------------------------------------------------------
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../world.h"
#include "files.h"
#include "places.h"
#include "processes.h"
#include "sockets.h"
#include "steps.h"

#define EXIT_INPUT	1			/* the input is at fault */
#define EXIT_USAGE	2			/* used wrongly */
#define EXIT_DEATH	3			/* the world died */
#define EXIT_PANIC	2			/* as of a Go program that dies */
#define EXIT_NETWORK	4		/* no network can be made for the test */

#define MAX_ARGS	100

static PgstdWorld world;
static PgstdWorld *worlds = &world;

static uint64_t max_memory = UINT64_C(4) << 30;
static uint64_t max_stack = UINT64_C(64) << 20;

/* The n-th allocation fails, for tests; 0: none does. */
static uint64_t fail_alloc;

static void *
block_alloc(PgstdWorld *w, size_t size)
{
	(void) w;
	if (fail_alloc > 0 && --fail_alloc == 0)
		return NULL;
	return malloc(size);
}

static void
block_free(PgstdWorld *w, void *block)
{
	(void) w;
	free(block);
}

static void
write_line(PgstdWorld *w, PgstdStream stream, const char *text, size_t size)
{
	FILE	   *out = stream == PGSTD_STDOUT ? stdout : stderr;

	(void) w;
	fwrite(text, 1, size, out);
	fputc('\n', out);
	fflush(out);
}

static void
print_text(FILE *out, const char *label, PgstdText t)
{
	if (t.size > 0)
		fprintf(out, "%s%.*s\n", label, (int) t.size, t.data);
}

static void
report(PgstdWorld *w, PgstdLevel level, const PgstdErrorData *message)
{
	static const char *const labels[] = {"DEBUG:  ", "LOG:  ", "INFO:  ", "NOTICE:  ", "WARNING:  "};

	(void) w;
	print_text(stderr, labels[level], message->message);
	print_text(stderr, "DETAIL:  ", message->detail);
	print_text(stderr, "HINT:  ", message->hint);
}

static void
print_error(const PgstdErrorData *error)
{
	fprintf(stderr, "ERROR:  %.*s: ", (int) error->sqlstate.size, error->sqlstate.data);
	print_text(stderr, "", error->message);
	print_text(stderr, "DETAIL:  ", error->detail);
	print_text(stderr, "HINT:  ", error->hint);
}

/* The folder in which PostgreSQL looks, too, unless it was built with its own. */
static int
open_timezone(PgstdWorld *w, const char *name)
{
	char		path[256];

	(void) w;
	if (snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name) >= (int) sizeof(path))
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void
sleep_ns(PgstdWorld *w, int64_t nanoseconds)
{
	struct timespec ts = {nanoseconds / 1000000000, nanoseconds % 1000000000};

	(void) w;
	nanosleep(&ts, NULL);
}

static void
timer(PgstdWorld *w, int64_t when)
{
	pgstd_timer_want(&worlds, w, when);
}

static const PgstdPlatform platform = {
	.block_alloc = block_alloc,
	.block_free = block_free,
	.line = write_line,
	.report = report,
	.open_timezone = open_timezone,
	.sleep = sleep_ns,
	.system = pgstd_files_system,
	.timer = timer,
};

static int
usage(void)
{
	fputs("usage: pgstd-run [-m BYTES] [-s BYTES] [-f N] [-d DIR]... [-t DIR] [-n] [-x FILE]... [-o DIR] [-i FILE] OBJECT call NAME [ARGUMENT...]\n"
		  "       pgstd-run [-m BYTES] [-s BYTES] [-f N] [-d DIR]... [-t DIR] [-n] [-x FILE]... [-o DIR] [-i FILE] OBJECT main [ARGUMENT...]\n"
		  "       pgstd-run OBJECT list\n"
		  "       pgstd-run [-m BYTES] [-s BYTES] BASE modules STEP...\n"
		  "  -m  memory limit   -s  goroutine stack limit   -f  make the Nth allocation fail\n"
		  "  -d  folder that a test build may read; the first is its current folder\n"
		  "  -t  temporary folder that a test build may read and change\n"
		  "  -n  a test build has a network, with nothing but a loopback\n"
		  "  -x  program that a test build may start besides its own, as it likes\n"
		  "  -o  folder of objects that a test build may start like its own\n"
		  "  -i  emulator by which further processes of this host are to run\n"
		  "An argument of the word NULL is an SQL NULL.\n", stderr);
	return EXIT_USAGE;
}

static int
finish(PgstdEvent event)
{
	PgstdErrorData error;

	pgstd_output_flush(&world);
	if (event == PGSTD_EVENT_DEAD && world.control->death == PGSTD_DEATH_EXIT)
		return (int) world.control->exit_code;
	if (pgstd_process_is_child() && world.dying != NULL)
	{
		pgstd_process_write(STDERR_FILENO, world.dying, world.dying_size);
		return EXIT_PANIC;
	}
	if (event == PGSTD_EVENT_DEAD || event == PGSTD_EVENT_CANCELLED)
	{
		pgstd_death_report(&world, &error);
		print_error(&error);
	}
	else
		fputs("ERROR:  the object asked for something that the standalone host does not have\n", stderr);
	return EXIT_DEATH;
}

/* Reads one argument; false if it does not fit the type. */
static bool
parse_argument(PgstdType type, char *text, PgstdSlot *slot)
{
	char	   *end = text;

	memset(slot, 0, sizeof(*slot));
	if (strcmp(text, "NULL") == 0)
	{
		slot->flags = PGSTD_SLOT_NULL;
		return true;
	}
	errno = 0;
	switch (type)
	{
		case PGSTD_BOOL:
			slot->word = strcmp(text, "true") == 0;
			return slot->word || strcmp(text, "false") == 0;
		case PGSTD_INT2:
		case PGSTD_INT4:
		case PGSTD_INT8:
			slot->word = (uint64_t) strtoll(text, &end, 10);
			return errno == 0 && *end == '\0' && end != text;
		case PGSTD_FLOAT4:
			{
				float		f = strtof(text, &end);
				uint32_t	bits;

				memcpy(&bits, &f, sizeof(bits));
				slot->word = (uint64_t) (int32_t) bits;
				return *end == '\0' && end != text;
			}
		case PGSTD_FLOAT8:
			{
				double		f = strtod(text, &end);

				memcpy(&slot->word, &f, sizeof(f));
				return *end == '\0' && end != text;
			}
		case PGSTD_TEXT:
		case PGSTD_BYTEA:
			slot->word = (uint64_t) text;
			slot->size = (uint32_t) strlen(text);
			return true;
		case PGSTD_VOID:
			break;
	}
	return false;
}

static void
print_result(PgstdType type, const PgstdSlot *slot)
{
	if (slot->flags & PGSTD_SLOT_NULL)
	{
		puts("NULL");
		return;
	}
	switch (type)
	{
		case PGSTD_BOOL:
			puts(slot->word ? "true" : "false");
			break;
		case PGSTD_INT2:
		case PGSTD_INT4:
		case PGSTD_INT8:
			printf("%" PRId64 "\n", (int64_t) slot->word);
			break;
		case PGSTD_FLOAT4:
			{
				uint32_t	bits = (uint32_t) slot->word;
				float		f;

				memcpy(&f, &bits, sizeof(f));
				printf("%.9g\n", f);
				break;
			}
		case PGSTD_FLOAT8:
			{
				double		f;

				memcpy(&f, &slot->word, sizeof(f));
				printf("%.17g\n", f);
				break;
			}
		case PGSTD_TEXT:
		case PGSTD_BYTEA:
			fwrite((const void *) slot->word, 1, slot->size, stdout);
			putchar('\n');
			break;
		case PGSTD_VOID:
			break;
	}
}

static int
call(int argc, char **argv)
{
	PgstdControl *control = world.control;
	PgstdSlot	args[MAX_ARGS];
	const PgstdFunction *f;
	int			index;
	PgstdEvent	event;

	if (argc < 1)
		return usage();
	index = pgstd_find_function(&world, argv[0]);
	if (index < 0)
	{
		fprintf(stderr, "pgstd-run: no function %s in this object; the command \"list\" shows what there is\n", argv[0]);
		return EXIT_INPUT;
	}
	f = &control->functions[index];
	if ((uint64_t) argc != f->signature.size || argc - 1 > MAX_ARGS)
	{
		fprintf(stderr, "pgstd-run: %s takes %d arguments, not %d\n", argv[0], (int) f->signature.size - 1, argc - 1);
		return EXIT_INPUT;
	}
	for (int i = 1; i < argc; i++)
		if (!parse_argument((PgstdType) f->signature.data[i], argv[i], &args[i - 1]))
		{
			fprintf(stderr, "pgstd-run: argument %d of %s does not fit its type: %s\n", i, argv[0], argv[i]);
			return EXIT_INPUT;
		}
	control->code = *f->call;
	control->args = args;
	event = pgstd_world_enter(&world);
	if (event != PGSTD_EVENT_DONE)
		return finish(event);
	pgstd_output_flush(&world);
	if (control->failure != NULL)
	{
		print_error(control->failure);
		return EXIT_DEATH;
	}
	print_result((PgstdType) f->signature.data[0], &control->result);
	return 0;
}

static int
list(void)
{
	for (uint64_t i = 0; i < world.control->nfunctions; i++)
	{
		const PgstdFunction *f = &world.control->functions[i];

		printf("%.*s/%d\n", (int) f->name.size, f->name.data, (int) f->signature.size - 1);
	}
	return 0;
}

/*
 * The vector that a program finds on its stack: arguments, NULL, environment,
 * NULL.  The first argument is the object's path.
 */
static const char **
make_vector(const char *path, int argc, char **argv)
{
	size_t		nenv = 0;
	const char **vector;
	size_t		n = 0;

	while (environ[nenv] != NULL)
		nenv++;
	vector = calloc((size_t) argc + nenv + 3, sizeof(char *));
	if (vector == NULL)
		abort();
	vector[n++] = path;
	for (int i = 0; i < argc; i++)
		vector[n++] = argv[i];
	n++;
	for (size_t i = 0; i < nenv; i++)
		vector[n++] = environ[i];
	return vector;
}

static const char *base_path;

static PgstdEvent
start_base(void)
{
	return pgstd_world_start(&world, max_memory, max_stack, 1, make_vector(base_path, 0, NULL));
}

static void
complain(PgstdEvent event)
{
	finish(event);
}

/* Runs a base, which is mapped and not loaded, with modules. */
static int
run_base(const char *path, int argc, char **argv)
{
	static PgstdImage image = {.room = CODE_ROOM};
	char		buf[256];
	int			fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *problem = fd < 0 ? strerror(errno) : pgstd_image_open(fd, &image);

	if (problem == NULL)
		problem = pgstd_object_check(image.object, buf, sizeof(buf));
	if (problem != NULL)
	{
		fprintf(stderr, "pgstd-run: cannot run %s: %s\n", path, problem);
		return EXIT_INPUT;
	}
	close(fd);
	base_path = path;
	pgstd_world_init(&world, image.object, &platform, NULL);
	if (!pgstd_altstack_init())
	{
		perror("pgstd-run: sigaltstack");
		return EXIT_INPUT;
	}
	pgstd_fault_init(&worlds);
	return pgstd_modules_run(&world, &image, start_base, complain, argc, argv);
}

int
main(int argc, char **argv)
{
	const PgstdObject *object;
	const char *problem;
	const char *path;
	const char *command;
	char		buf[256];
	void	   *handle;
	PgstdEvent	event;
	bool		network = false;
	int			opt;

	while ((opt = getopt(argc, argv, "+m:s:f:d:t:x:o:i:n" PGSTD_CHILD_OPTIONS)) != -1)
	{
		uint64_t   *target = opt == 'm' ? &max_memory : opt == 's' ? &max_stack : &fail_alloc;

		if (opt == '?')
			return usage();
		network = network || opt == 'n';
		if (opt != 'f' && !pgstd_process_option(opt, optarg))
			return EXIT_INPUT;
		if (opt == 'd' || opt == 't' || opt == 'x')
		{
			if (!pgstd_places_add(optarg, opt == 't'))
				return EXIT_INPUT;
			continue;
		}
		if (strchr("oin" PGSTD_CHILD_OPTIONS, opt) != NULL)
			continue;
		*target = strtoull(optarg, NULL, 10);
	}
	if (argc - optind < 2)
		return usage();
	/* the loader looks elsewhere for a name without a slash */
	path = realpath(argv[optind], NULL);
	if (path == NULL)
	{
		fprintf(stderr, "pgstd-run: cannot run %s: %s\n", argv[optind], strerror(errno));
		return EXIT_INPUT;
	}
	command = argv[optind + 1];
	argc -= optind + 2;
	argv += optind + 2;
	if (!pgstd_process_begin(path))
		return EXIT_INPUT;
	if (network && !pgstd_sockets_begin(pgstd_process_is_child()))
		return EXIT_NETWORK;

	if (strcmp(command, "modules") == 0)
		return run_base(path, argc, argv);
	problem = pgstd_file_check(path);
	if (problem != NULL)
	{
		fprintf(stderr, "pgstd-run: cannot run %s: %s\n", path, problem);
		return EXIT_INPUT;
	}
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
	{
		fprintf(stderr, "pgstd-run: %s\n", dlerror());
		return EXIT_INPUT;
	}
	object = dlsym(handle, "pgstd_object");
	problem = object == NULL ? "it is not a pgstd object" :
		pgstd_object_check(object, buf, sizeof(buf));
	if (problem != NULL)
	{
		fprintf(stderr, "pgstd-run: cannot run %s: %s\n", path, problem);
		return EXIT_INPUT;
	}
	pgstd_world_init(&world, object, &platform, NULL);
	if (!pgstd_altstack_init())
	{
		perror("pgstd-run: sigaltstack");
		return EXIT_INPUT;
	}
	pgstd_fault_init(&worlds);
	event = pgstd_world_start(&world, max_memory, max_stack, argc + 1, make_vector(pgstd_process_name(path), argc, argv));
	if (event != PGSTD_EVENT_READY)
		return finish(event);
	world.state = PGSTD_WORLD_LIVE;
	if (strcmp(command, "call") == 0)
		return call(argc, argv);
	if (strcmp(command, "list") == 0)
		return list();
	if (strcmp(command, "main") != 0)
		return usage();
	world.control->op = PGSTD_OP_MAIN;
	return finish(pgstd_world_enter(&world));
}
