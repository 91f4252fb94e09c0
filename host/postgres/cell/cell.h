/*-------------------------------------------------------------------------
 *
 * cell.h
 *	  Worlds in processes of their own, as the backend has them.
 *
 * A session has one cell for each effective role, with all worlds of that role.  To the
 * rest of the host such a world is like any other.  Its control block is the backend's
 * own: what the cell says is copied into it once, after a look at it; "enter" of its
 * object is a C function that has the cell do the work.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_POSTGRES_CELL_H
#define PGSTD_POSTGRES_CELL_H

#include "../session/shared.h"

#include "../../cell/channel.h"
#include "../../cell/protocol.h"
#include "../../modules.h"

/* Among the flags of a result, from the host's own side: it need be no text. */
#define PGSTD_RESULT_BYTES	0x100u

/* After so many calls, it is thought about how far a cell is to be. */
#define PGSTD_DISTANCE_CALLS	64

/* Whether a cell is kept off its backend's processor, and what calls take so; see distance.c. */
typedef struct PgstdDistance
{
	bool		far;
	bool		fixed;			/* there is no other processor */
	uint32		processor;		/* if it is far: the one that it is kept off */
	uint32		calls;			/* since the window has begun */
	int64		begun;			/* 0: it has not */
	int64		cost[2];		/* nanoseconds a call, near and far; 0: not known */
	int			windows;		/* since there was a change */
	int			patience;		/* so many, and the other one is tried again */
} PgstdDistance;

/* The process. */
typedef struct PgstdCell
{
	struct PgstdCell *next;		/* in Shared.cells */
	Oid			user;
	pid_t		pid;
	int			socket;
	volatile bool stopped;		/* see rest.c */
	int			place;			/* descriptor whose lock counts it; see count.c */
	PgstdCellChannel *channel;
	uint32		commands;		/* given */
	uint32		answers;		/* heard */
	PgstdWatch	watch;
	PgstdDistance distance;
	struct PgstdCellWorld *worlds;
} PgstdCell;

/* A piece of a call area that is in use; they are in the order of their addresses. */
typedef struct PgstdExtent
{
	struct PgstdExtent *next;
	struct PgstdExtent *also;	/* of the same owner */
	char	   *start;
	char	   *end;
} PgstdExtent;

typedef struct PgstdArea
{
	MemoryContext context;		/* of the extents' descriptions */
	char	   *start;
	char	   *end;
	char	   *reached;		/* nothing behind it has ever been in use */
	PgstdExtent *used;
} PgstdArea;

/* What a function is called with, besides what its signature says. */
typedef enum PgstdPassing
{
	PGSTD_PASS_VALUES = 0,
	PGSTD_PASS_SET,				/* a slot more, which goes both ways */
	PGSTD_PASS_WINDOW,			/* four slots more, of which the first goes both ways; see PgstdWindow */
	PGSTD_PASS_TRIGGER,			/* a PgstdTrigger, of which a part comes back */
	PGSTD_PASS_EVENT_TRIGGER
} PgstdPassing;

/*
 * A function as it was described when the world started first, or, if a module has brought it,
 * when that came: then it goes with the run of the world.
 */
typedef struct CellFunction
{
	const void *self;			/* by this the host calls it: it is no other's */
	const void *code;			/* by this the cell does */
	const struct PgstdCellWorld *world;
	const PgstdFunction *described;
	PgstdPassing passing;
	bool		has_state;		/* there is a slot more, with the states that nobody needs */
} CellFunction;

/* A call that has not ended. */
typedef struct CellCall
{
	struct CellCall *outer;
	CellFunction *function;		/* NULL: init functions run */
	const uint8 *signature;
	PgstdSlot  *args;			/* the host's */
	const PgstdSlot *shared;	/* in the call area */
	const PgstdTrigger *trigger;	/* there, of a trigger function */
	PgstdExtent *extent;		/* of these */
	PgstdExtent *answer;		/* to the last request */
} CellCall;

/* A cursor of which the world reads rows. */
typedef struct CellCursor
{
	struct CellCursor *next;
	uint64		id;
	int			ncolumns;
	uint8	   *types;
	PgstdExtent *header;
	PgstdExtent *batch;
} CellCursor;

/* What a BackendWorld has besides if it is in a cell. */
typedef struct PgstdCellWorld
{
	PgstdApart	apart;			/* first: BackendWorld points to it */
	BackendWorld *bw;
	PgstdCell  *process;		/* NULL: it does not run */
	struct PgstdCellWorld *next;	/* in the process */
	uint32		slot;
	PgstdControl control;
	PgstdObject object;
	PgstdImage	image;
	char	   *pristine;		/* the writable parts as they were loaded */
	uint64		writable;		/* bytes of these parts */
	PgstdRange	room;			/* of the image, for modules; empty: there is none */
	int			memory;			/* descriptor of the region's memory; 0: there is none */
	uint64		max_memory;		/* the limit when it started */
	char	   *space;			/* address space of the region */
	uint64		space_size;
	PgstdRegion region;			/* what the host may read and write for the world */
	PgstdArea	area;
	MemoryContext described;	/* of what follows, for all runs */
	const PgstdFunction *descriptions;	/* NULL: it has not started yet */
	CellFunction *functions;
	uint64		nfunctions;
	const PgstdFunction *registered;	/* what the last module has: the cell's word */
	uint64		nregistered;
	CellCall   *calls;
	CellCall   *spare;			/* of a call that has ended, with its extent; NULL: none */
	CellCall	start;			/* while init functions run */
	CellCursor *cursors;
	const PgstdErrorData *no_room;	/* in the call area: what is said if there is no other answer */
	PgstdExtent *settings;		/* NULL: the module has none */
	PgstdExtent *setting_texts;
	uint64		settings_generation;
} PgstdCellWorld;

static inline PgstdCellWorld *
pgstd_cell_of(const BackendWorld *bw)
{
	return (PgstdCellWorld *) bw->apart;
}

/* place.c */
extern void *pgstd_cell_place(uint64 size);

/* area.c */
extern void pgstd_area_init(PgstdArea *area, MemoryContext context, char *start, uint64 size);
extern PgstdExtent *pgstd_area_take(PgstdArea *area, uint64 size);
extern void pgstd_area_give(PgstdArea *area, PgstdExtent *extents);

/* pass.c */
extern CellCall *pgstd_pass_call(PgstdCellWorld *cw, const PgstdControl *control);
extern void pgstd_pass_end(PgstdCellWorld *cw);
extern void pgstd_pass_back(PgstdCellWorld *cw, const CellCall *call);
extern uint64 pgstd_pass_argument(char *base, PgstdCellWorld *cw, uint64 argument, PgstdSlot *slot);
extern void pgstd_pass_mark(const PgstdControl *control, const void *code, PgstdPassing passing);
extern uint64 pgstd_pass_rows(char *base, const uint8 *types, const PgstdSlot *rows, uint64 nrows, int ncolumns);

/* answer.c */
extern void pgstd_pass_forget(BackendWorld *bw);
extern bool pgstd_pass_prepare(PgstdCellWorld *cw);
extern void pgstd_pass_answer(BackendWorld *bw, uint32 number, void *request, const PgstdErrorData **error);

/* settings.c */
extern bool pgstd_pass_settings(PgstdCellWorld *cw);

/* process.c */
extern int	pgstd_cell_memory(const char *name, uint64 size);
extern PgstdCell *pgstd_cell_process(Oid user);
extern ErrorData *pgstd_cell_end(PgstdCell *cell, const BackendWorld *but);
extern void pgstd_cell_kill(PgstdCell *cell);
extern void pgstd_cell_allow(const PgstdCell *cell);
extern void pgstd_cell_leave(PgstdCellWorld *cw);
extern bool pgstd_cell_send(const PgstdCell *cell, const void *description, size_t size, const int *fds, int n);

/* count.c */
extern int	pgstd_cell_count(void);

/* distance.c */
extern bool pgstd_cell_is_alone(void);
extern void pgstd_cell_look_at_distance(PgstdCell *cell);
extern void pgstd_cell_be_near(PgstdCell *cell);

/* rest.c */
extern void pgstd_cell_rest(void);

/* usage.c */
extern bool pgstd_cell_usage(int pid, int64 *cpu, int64 *memory);
extern bool pgstd_cell_is_ready(int pid);

/* talk.c */
typedef enum CellOutcome
{
	CELL_ANSWERED,
	CELL_ENDED,					/* by itself, or since it broke a rule */
	CELL_KILLED					/* as it did not come back when it was told to */
} CellOutcome;

/* A cell was told to come back. */
typedef struct CellGrace
{
	int64		told;			/* then; 0: it was not */
	int64		used;			/* processor time that it had had */
} CellGrace;

extern void pgstd_cell_command(PgstdCell *cell, const PgstdCellCommand *command);
extern CellOutcome pgstd_cell_await(PgstdCell *cell, BackendWorld *bw, int64 limit, PgstdCellAnswer *answer);
extern bool pgstd_cell_takes_too_much(const PgstdCell *cell);
extern bool pgstd_cell_overdue(BackendWorld *bw, CellGrace *grace);
extern void pgstd_cell_keep_error(BackendWorld *bw, ErrorData *edata);
extern void pgstd_cell_keep_raised(BackendWorld *bw, MemoryContext caller);

/* enter.c */
extern int64 pgstd_cell_enter(PgstdControl *control);
extern PgstdEvent pgstd_cell_answer(BackendWorld *bw);

/* region.c */
extern BackendWorld *pgstd_cell_make_world(Module *module, Oid user);
extern PgstdEvent pgstd_cell_start(BackendWorld *bw, uint64 max_memory, uint64 max_stack);
extern bool pgstd_cell_take_functions(BackendWorld *bw, const PgstdFunction *functions, uint64 n);
extern const void *pgstd_cell_make_function(BackendWorld *bw, const PgstdFunction *function, const void *code);

/* load.c */
extern bool pgstd_cell_load(BackendWorld *bw, const PgstdModuleFile *file, PgstdModule **module,
							PgstdModuleProblem *problem);

#endif							/* PGSTD_POSTGRES_CELL_H */
