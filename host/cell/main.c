/*-------------------------------------------------------------------------
 *
 * main.c
 *	  The program of a cell: does what the backend commands, one thing at a time.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../arch.h"
#include "cell.h"
#include "channel.h"

#define MAX_SLOTS	65536

static PgstdCellChannel *channel;
static CellWorld **slots;
static PgstdWatch watch;
static uint32_t heard;			/* commands */
static CellWorld *volatile running; /* in the command that was heard last */

char *
pgstd_cell_text(void)
{
	return channel->text;
}

/* The backend wants no answer to its last command any more. */
static void
give_up(int signo, siginfo_t *info, void *context)
{
	CellWorld  *cw = running;

	(void) signo;
	(void) info;
	if (cw == NULL || !pgstd_word_is(&channel->abort, heard))
		return;
	if (cw->world.control->in_world && pgstd_in_text(&cw->world, context_pc(context)))
		context_resume_at(context, cw->world.object->abort);
	else
		cw->world.control->cancel = 1;
}

static void
say_part(const PgstdCellAnswer *answer, size_t size)
{
	memcpy(&channel->answer, answer, size);
	channel->cell_runs = (uint32_t) sched_getcpu();
	pgstd_word_next(&channel->answers, channel->answers + 1, &channel->backend_sleeps);
}

static void
say(const PgstdCellAnswer *answer)
{
	say_part(answer, sizeof(*answer));
}

static const PgstdCellCommand *
next_command(void)
{
	if (!pgstd_word_watch(&channel->commands, heard, &channel->backend_runs, channel->far != 0, &watch))
		while (pgstd_word_is(&channel->commands, heard))
			(void) pgstd_word_sleep(&channel->commands, heard, &channel->cell_sleeps, -1);
	heard++;
	return &channel->command;
}

/* The world of a base takes modules from here on; the backend finds out by itself what is none. */
static void
open_room(CellWorld *cw)
{
	PgstdRange	room = cw->region.room;
	PgstdImage	image = {
		.space = (void *) cw->region.image,
		.span = room.end - cw->region.image,
		.room = room.end - room.start,
	};

	if (image.room > 0)
		(void) pgstd_modules_open(&cw->world, &image);
}

/* What a world has come back with. */
static void
tell_event(CellWorld *cw, PgstdEvent event)
{
	PgstdWorld *world = &cw->world;
	PgstdControl *control = world->control;
	PgstdCellAnswer answer = {.kind = PGSTD_CELL_EVENT};
	bool		ends_call;

	if (event == PGSTD_EVENT_READY)
	{
		world->state = PGSTD_WORLD_LIVE;
		open_room(cw);
	}
	/* Lines that the call has not finished. */
	if (event == PGSTD_EVENT_DONE && control->attention != 0)
		pgstd_output_flush(world);
	running = NULL;
	if (control->cancel && event != PGSTD_EVENT_DEAD)
		event = PGSTD_EVENT_CANCELLED;
	answer.code = event;
	answer.request = control->request;
	answer.argument = control->argument;
	answer.result = control->result;
	answer.failure = control->failure;
	answer.death = control->death;
	answer.exit_code = control->exit_code;
	answer.functions = control->functions;
	answer.nfunctions = control->nfunctions;
	answer.memory = world->memory;
	answer.limited = world->limited;
	if (event == PGSTD_EVENT_DONE)
	{
		control->failure = NULL;
		control->death = PGSTD_DEATH_NONE;
	}
	if (world->dying != NULL)
	{
		answer.size = world->dying_size;
		memcpy(channel->text, world->dying, world->dying_size);
	}
	/* The answer to most calls is a short one. */
	ends_call = event == PGSTD_EVENT_DONE && control->functions == cw->told;
	cw->told = control->functions;
	say_part(&answer, ends_call ? offsetof(PgstdCellAnswer, argument) : sizeof(answer));
}

static void
start(const PgstdCellCommand *command)
{
	CellWorld  *cw = pgstd_cell_map();
	PgstdEvent	event;

	if (cw == NULL)
	{
		PgstdCellAnswer answer = {.kind = PGSTD_CELL_FAILED, .code = (uint32_t) errno};

		say(&answer);
		return;
	}
	slots[command->slot] = cw;
	running = cw;
	event = pgstd_world_start(&cw->world, cw->region.max_memory, cw->region.max_stack, 0, NULL);
	tell_event(cw, event);
}

static void
keep_to(CellWorld *cw, const PgstdCellCommand *command)
{
	if (cw->world.memory_limit != command->memory_limit)
		pgstd_world_limit(&cw->world, command->memory_limit);
}

static void
enter(const PgstdCellCommand *command)
{
	CellWorld  *cw = slots[command->slot];
	PgstdControl *control = cw->world.control;
	bool		links = !command->resumes && command->code == cw->world.modules.link && command->code != NULL;
	PgstdEvent	event;

	keep_to(cw, command);
	control->cancel = 0;
	if (command->resumes)
		control->op = PGSTD_OP_RESULT;
	else
	{
		control->code = command->code;
		control->args = command->args;
	}
	running = cw;
	event = pgstd_world_enter(&cw->world);
	/* Linking asks for nothing, and it is the module that has come last. */
	if (links && event == PGSTD_EVENT_DONE && !pgstd_module_seal(cw->world.modules.list))
		_exit(PGSTD_CELL_EXIT_START);
	tell_event(cw, event);
}

static void
load(const PgstdCellCommand *command)
{
	PgstdModule *module = NULL;
	PgstdCellAnswer answer = {.kind = PGSTD_CELL_LOADED};

	keep_to(slots[command->slot], command);
	answer.code = pgstd_cell_load(slots[command->slot], &module);
	if (module != NULL)
		answer.argument = &module->link;
	say(&answer);
}

/* Does what the backend commands, until it says that a leaf hook may go on. */
static int64_t
serve(PgstdWorld *asker)
{
	for (;;)
	{
		const PgstdCellCommand *command = next_command();

		switch (command->op)
		{
			case PGSTD_CELL_START:
				start(command);
				break;
			case PGSTD_CELL_ENTER:
				enter(command);
				break;
			case PGSTD_CELL_DROP:
				pgstd_cell_unmap(slots[command->slot]);
				slots[command->slot] = NULL;
				say(&(PgstdCellAnswer) {.kind = PGSTD_CELL_DONE});
				break;
			case PGSTD_CELL_LOAD:
				load(command);
				break;
			case PGSTD_CELL_GO_ON:
				if (asker == NULL)
					_exit(PGSTD_CELL_EXIT_START);
				if (command->leave)
					asker->control->cancel = 1;
				running = (CellWorld *) asker;
				return command->value;
			default:
				_exit(PGSTD_CELL_EXIT_START);
		}
	}
}

/* Has the backend do something for a leaf hook. */
int64_t
pgstd_cell_ask(PgstdCellAnswer *answer, PgstdWorld *world)
{
	running = NULL;
	say(answer);
	return serve(world);
}

static void
handle_signal(void)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
	sigset_t	own;

	action.sa_sigaction = give_up;
	sigfillset(&action.sa_mask);
	sigdelset(&action.sa_mask, SIGSEGV);
	sigdelset(&action.sa_mask, SIGBUS);
	sigdelset(&action.sa_mask, SIGFPE);
	if (!pgstd_altstack_init() || sigaction(PGSTD_CELL_SIGNAL, &action, NULL) != 0)
		_exit(PGSTD_CELL_EXIT_START);
	sigemptyset(&own);
	sigaddset(&own, PGSTD_CELL_SIGNAL);
	sigprocmask(SIG_UNBLOCK, &own, NULL);
	pgstd_fault_init(&pgstd_cell_worlds);
}

/* Its one argument is the backend's process ID. */
int
main(int argc, char **argv)
{
	if (argc != 2)
		return PGSTD_CELL_EXIT_START;
	channel = mmap(NULL, sizeof(*channel), PROT_READ | PROT_WRITE, MAP_SHARED, PGSTD_CELL_CHANNEL, 0);
	slots = calloc(MAX_SLOTS, sizeof(*slots));
	if (channel == MAP_FAILED || slots == NULL || channel->version != PGSTD_CELL_VERSION)
		return PGSTD_CELL_EXIT_START;
	watch.spin = channel->alone ? 0 : PGSTD_SPIN_MIN;
	pgstd_memory_advice = MADV_REMOVE;
	channel->namespaces = pgstd_cell_namespaces();
	handle_signal();
	pgstd_cell_lock(atoi(argv[1]));
	/* There is a command by now: nobody waits for less. */
	return (int) serve(NULL);
}
