/*-------------------------------------------------------------------------
 *
 * protocol.h
 *	  What a backend and its cells say to each other.
 *
 * A cell is a process that runs worlds and can do nothing else.  It shares with the
 * backend a channel, and for each world a region: the writable parts of the world's
 * image, the call area, in which the backend puts arguments and answers, and the heap.
 * Both map them at the same addresses.
 *
 * The two take turns: the backend gives a command and counts "commands" up; the cell
 * gives an answer and counts "answers" up.  The cell believes all that the backend
 * says.  The backend believes nothing: it copies an answer once, and looks at the copy.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CELL_PROTOCOL_H
#define PGSTD_CELL_PROTOCOL_H

#include "../abi.h"
#include "../world.h"

/* Backend and program are built together; this says so. */
#define PGSTD_CELL_VERSION	4

/* The descriptors that a cell has when it begins; a region's come by the socket. */
#define PGSTD_CELL_CHANNEL	0
#define PGSTD_CELL_SOCKET	1

/* Tells a cell to give up the command that it is at. */
#define PGSTD_CELL_SIGNAL	SIGUSR1

/* How a cell ends by itself, before it could say anything. */
typedef enum PgstdCellExit
{
	PGSTD_CELL_EXIT_START = 70,	/* it could not set up what it needs */
	PGSTD_CELL_EXIT_SECCOMP = 71	/* the kernel takes no filter */
} PgstdCellExit;

typedef enum PgstdCellOp
{
	PGSTD_CELL_START = 1,		/* map a region, which comes by the socket, and start its world */
	PGSTD_CELL_ENTER = 2,
	PGSTD_CELL_DROP = 3,		/* forget a world; there is no answer */
	PGSTD_CELL_GO_ON = 4,		/* what a leaf hook has asked for is done */
	PGSTD_CELL_LOAD = 5			/* map a module, which comes by the socket, into a world of its base */
} PgstdCellOp;

typedef struct PgstdCellCommand
{
	uint32_t	op;				/* PgstdCellOp */
	uint32_t	slot;			/* of the world */
	uint32_t	resumes;		/* ENTER: a request has been served */
	uint32_t	leave;			/* GO_ON: the world has to end */
	const void *code;			/* ENTER: of the wrapper */
	const PgstdSlot *args;
	uint64_t	memory_limit;
	int64_t		value;			/* GO_ON: what the hook returns */
} PgstdCellCommand;

typedef enum PgstdCellKind
{
	PGSTD_CELL_DONE = 1,		/* the world is forgotten */
	PGSTD_CELL_EVENT = 2,		/* the world has given control back */
	PGSTD_CELL_LINE = 3,		/* leaf hooks */
	PGSTD_CELL_REPORT = 4,
	PGSTD_CELL_TIMEZONE = 5,
	PGSTD_CELL_FAILED = 6,		/* the region could not be mapped; code is errno */
	PGSTD_CELL_LOADED = 7		/* code is a PgstdModuleProblem, argument what the functions take that link the module and initialise it */
} PgstdCellKind;

typedef struct PgstdCellAnswer
{
	uint32_t	kind;			/* PgstdCellKind */
	uint32_t	code;			/* PgstdEvent, PgstdStream, PgstdLevel, errno */
	uint32_t	request;
	uint32_t	death;			/* PgstdDeath; with a failure, PGSTD_DEATH_PANIC */
	uint64_t	memory;			/* charged */
	PgstdSlot	result;
	const PgstdErrorData *failure;	/* or what to report */
	/* The end of a call says nothing of what follows, unless it has registered functions. */
	void	   *argument;		/* of a request; or a PgstdTimezone */
	uint64_t	size;			/* of channel.text: a line, or what a dying world has said */
	int64_t		exit_code;
	const PgstdFunction *functions;
	uint64_t	nfunctions;
	uint32_t	limited;
	uint32_t	unused;
} PgstdCellAnswer;

typedef struct PgstdCellChannel
{
	uint32_t	version;
	uint32_t	namespaces;		/* 1: the cell has namespaces of its own */
	uint32_t	far;			/* 1: the other side has a processor of its own, and calls come often */
	uint32_t	alone;			/* 1: there is one processor for both sides */
	/* One line of the processors' caches has a whole command, another one the end of a call. */
	uint32_t	commands __attribute__((aligned(64)));
	uint32_t	cell_sleeps;
	uint32_t	abort;			/* number of the command to give up */
	uint32_t	backend_runs;	/* on this processor, when it gave the command */
	PgstdCellCommand command;
	uint32_t	answers __attribute__((aligned(64)));
	uint32_t	backend_sleeps;
	uint32_t	cell_runs;
	uint32_t	unused;
	PgstdCellAnswer answer;
	char		text[PGSTD_DYING_MAX] __attribute__((aligned(64)));
} PgstdCellChannel;

/*
 * Worlds lie between three and five eighths of the address space, where neither process has
 * anything else, and so what is free in the backend is free in the cell, however it lies
 * there.  Linux puts a program at the bottom or at two thirds, with its heap behind, and what
 * nobody has named a place for (the stack, libraries, the vdso, all that is mapped) below the
 * top; where stacks have no limit, below a sixth, or from a third upwards, on arm64 from a
 * quarter.
 */
#define PGSTD_WORLDS_FROM(space)	((space) / 8 * 3)
#define PGSTD_WORLDS_TO(space)		((space) / 8 * 5)

/* The stack is in its upper half. */
static inline uint64_t
pgstd_address_space(void)
{
	uint64_t	space = 1;

	while (space <= (uint64_t) __builtin_frame_address(0))
		space *= 2;
	return space;
}

/*
 * A region, as it comes by the socket, with descriptors of its memory, of the object's file and,
 * if that is linked, of the file of that.  The memory has the writable parts, the call area, the heap, and
 * the room for modules.
 */
typedef struct PgstdCellRegion
{
	const PgstdObject *object;
	const PgstdSettings *settings;	/* in the call area; NULL: there are none */
	uint64_t	base;			/* of the heap */
	uint64_t	size;
	uint64_t	call_area;		/* bytes in front of the heap, of the same mapping */
	uint64_t	offset;			/* of the call area in the memory; the writable parts are in front */
	uint64_t	max_memory;
	uint64_t	max_stack;
	uint64_t	image;			/* where the image begins */
	PgstdRange	room;			/* for modules, at the image's end; empty: it takes none */
	uint32_t	nparts;
	uint32_t	nfiles;			/* descriptors */
	PgstdImagePart parts[PGSTD_IMAGE_PARTS];
} PgstdCellRegion;

#define PGSTD_CELL_FILES	3

#endif							/* PGSTD_CELL_PROTOCOL_H */
