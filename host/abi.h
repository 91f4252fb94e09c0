/*-------------------------------------------------------------------------
 *
 * abi.h
 *	  The contract between an object (compiled Go code with its runtime) and
 *	  the host that runs it.  This is the only place where it is defined;
 *	  what mirrors it is held against it by internal/test/abi.
 *
 * Rules, kept by both sides:
 *
 * 1. Versioned.  Every structure that crosses the border first says magic, ABI
 *	  version and its own size.  Both sides check once, at start; a mismatch is
 *	  an error that names both versions.  Every pointer is checked then, too.
 * 2. Every function takes the world it concerns.  There is no hidden global,
 *	  and no string without an owner.
 * 3. One value form in both directions, PgstdSlot, for arguments, results and
 *	  SQL parameters alike.  By-value types: the Datum in "word".  By-reference
 *	  types: the address of the payload in "word" and its length in "size".
 *	  NULL is a flag.
 * 4. Lifetimes.  What the host passes in is valid until the call returns and is
 *	  read-only for the world.  What the world passes out is valid until the
 *	  next switch into it; the host copies what it wants to keep.
 * 5. A world is only ever entered by the thread that started it.
 * 6. Host byte order.  Sizes are in bytes; times are in nanoseconds.
 * 7. Text is (pointer, length), never NUL-terminated, and always UTF-8.
 * 8. Leaf hooks never raise: no longjmp leaves them.  Whatever may raise is a
 *	  host request, and its error is data (PgstdErrorData).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_ABI_H
#define PGSTD_ABI_H

#include <stddef.h>
#include <stdint.h>

#define PGSTD_ABI_MAGIC		UINT32_C(0x50475344)	/* "PGSD" */
#define PGSTD_ABI_VERSION	12

/*
 * A value.  16 bytes, the same for every type.  PostgreSQL's NullableDatum has
 * its value and its null flag in the same places, so an array of by-value ones
 * is an array of slots as it stands: only the flags' lowest byte counts.
 */
typedef struct PgstdSlot
{
	uint64_t	word;			/* Datum, or address of the payload */
	uint32_t	flags;			/* PGSTD_SLOT_* */
	uint32_t	size;			/* bytes at word, for by-reference types */
} PgstdSlot;

#define PGSTD_SLOT_NULL		1u
#define PGSTD_SLOT_CLOCK	4u	/* of a PGSTD_TIMESTAMPTZ from the world: size is an int32_t, the seconds by which its own clock is ahead of UTC */
#define PGSTD_SLOT_TEXT		2u	/* of a PGSTD_BINARY from the world, and of a PGSTD_WHOLE: it is the type's text */
#define PGSTD_SLOT_ARGUMENT	8u	/* of a PGSTD_TEXT that is a result: it has the bytes of the call's argument PGSTD_SLOT_WHICH */
#define PGSTD_SLOT_WHICH(flags) ((flags) >> 8)

/* Type codes, as they stand in PgstdFunction.signature. */
typedef enum PgstdType
{
	PGSTD_VOID = 0,
	PGSTD_BOOL = 1,				/* word: 0 or 1 */
	PGSTD_INT2 = 2,				/* word: sign-extended */
	PGSTD_INT4 = 3,				/* word: sign-extended */
	PGSTD_INT8 = 4,
	PGSTD_FLOAT4 = 5,			/* word: IEEE bits, sign-extended */
	PGSTD_FLOAT8 = 6,			/* word: IEEE bits */
	PGSTD_TEXT = 7,				/* by reference, without varlena header */
	PGSTD_BYTEA = 8,			/* by reference, without varlena header */
	PGSTD_OID = 9,				/* word: unsigned */
	PGSTD_DATE = 10,			/* word: days since 2000-01-01; INT32_MIN, _MAX: infinity */
	PGSTD_TIME = 11,			/* word: microseconds since midnight */
	PGSTD_TIMESTAMP = 12,		/* word: microseconds since 2000-01-01; INT64_MIN, _MAX: infinity */
	PGSTD_TIMESTAMPTZ = 13,		/* the same, in UTC */
	PGSTD_UUID = 14,			/* by reference, 16 bytes */
	PGSTD_INTERVAL = 15,		/* by reference: int64 microseconds, int32 days, int32 months */
	PGSTD_BINARY = 16,			/* by reference: what the SQL type's send function makes */
	PGSTD_ARRAY = 17,			/* by reference: PgstdArray */
	PGSTD_RECORD = 18,			/* by reference: one PgstdSlot for each field of the details */
	PGSTD_ROW = 19,				/* by reference: PgstdRow */
	PGSTD_WHOLE = 20,			/* word: a numeric that is an int64; with PGSTD_SLOT_TEXT, by reference: its text */
	PGSTD_STATE = 21,			/* word: number of an aggregate's state; in signatures only */
	PGSTD_ANY = 22				/* an argument of whatever type: a PGSTD_ROW of one column, which says it */
} PgstdType;

/* Types above this one need PgstdFunction.details, or a look at the SQL type. */
#define PGSTD_LAST_SIMPLE	PGSTD_BYTEA

/*
 * An array.  Its elements are slots, or, if width is not 0, values of so many
 * bytes each as they stand in PostgreSQL's memory: by-value types of that width,
 * or the payloads of a type of fixed length; there is no NULL among them then.
 *
 * To a world, texts and the like can also come as PostgreSQL has them, in one piece
 * of so many bytes: each behind its varlena header and what aligns it to four bytes.
 */
#define PGSTD_MAX_DIMS		6
#define PGSTD_WIDTH_VARLENA	UINT32_MAX

typedef struct PgstdArray
{
	uint64_t	nelements;
	const void *elements;
	uint32_t	width;
	uint32_t	ndims;			/* 0 where nelements is 0 */
	uint32_t	element;		/* PgstdType; 0 where the details say it */
	uint32_t	element_oid;	/* of the SQL type; 0: that of element */
	int32_t		sizes[PGSTD_MAX_DIMS];
	int32_t		lower_bounds[PGSTD_MAX_DIMS];
	uint64_t	bytes;			/* of PGSTD_WIDTH_VARLENA */
} PgstdArray;

/* Text with its length; the layout of a Go string. */
typedef struct PgstdText
{
	const char *data;			/* NULL only where size is 0 */
	uint64_t	size;
} PgstdText;

/* A column of a row that describes itself. */
typedef struct PgstdColumn
{
	PgstdText	name;
	uint32_t	oid;			/* of the SQL type; from a world, 0: that of type */
	uint32_t	type;			/* PgstdType; of an array, its elements' in the next 8 bits */
} PgstdColumn;

/* A row that describes itself.  A host that takes one goes by the names. */
typedef struct PgstdRow
{
	uint64_t	ncolumns;
	const PgstdColumn *columns;
	const PgstdSlot *values;
	uint64_t	oid;			/* of the row's own type; 0: it has none */
} PgstdRow;

typedef enum PgstdTriggerWhen
{
	PGSTD_TRIGGER_BEFORE = 1,
	PGSTD_TRIGGER_AFTER = 2,
	PGSTD_TRIGGER_INSTEAD_OF = 3
} PgstdTriggerWhen;

typedef enum PgstdTriggerEvent
{
	PGSTD_TRIGGER_INSERT = 1,
	PGSTD_TRIGGER_UPDATE = 2,
	PGSTD_TRIGGER_DELETE = 3,
	PGSTD_TRIGGER_TRUNCATE = 4
} PgstdTriggerEvent;

typedef enum PgstdTriggerAction
{
	PGSTD_TRIGGER_PROCEED = 0,	/* with the row as it is, or as it was changed */
	PGSTD_TRIGGER_SKIP = 1		/* nothing happens with the row */
} PgstdTriggerAction;

/*
 * What a trigger function is called with: the one slot of the call points to it.
 * The world fills in the last part.  What it points to is valid until the next
 * switch, as the rows are until the call returns.
 */
typedef struct PgstdTrigger
{
	uint64_t	id;				/* where it is the same, so is all up to the columns */
	PgstdText	name;
	PgstdText	schema;
	PgstdText	table;
	PgstdText	old_table;		/* names of transition tables, empty if there are none */
	PgstdText	new_table;
	uint64_t	nargs;
	const PgstdText *args;
	uint64_t	ncolumns;		/* 0 for a statement */
	const PgstdColumn *columns;
	const PgstdSlot *old_row;	/* a slot for each column; NULL: there is none */
	const PgstdSlot *new_row;
	uint32_t	relation;		/* OID */
	uint32_t	when;			/* PgstdTriggerWhen */
	uint32_t	event;			/* PgstdTriggerEvent */
	uint32_t	for_each_row;	/* 0: for each statement */
	uint32_t	row_type;		/* OID of the relation's row type */
	uint32_t	unused;

	uint64_t	action;			/* PgstdTriggerAction */
	uint64_t	nchanged;		/* columns of the new row that have been set */
	const uint32_t *changed;	/* their numbers, from 0 */
	const PgstdColumn *changed_columns; /* all columns, with the types of values */
	const PgstdSlot *changed_values;
} PgstdTrigger;

/* What an event trigger function is called with, in the same way. */
typedef struct PgstdEventTrigger
{
	PgstdText	event;			/* such as ddl_command_end */
	PgstdText	tag;			/* such as CREATE TABLE */
} PgstdEventTrigger;

/*
 * A function that returns a set is called for each row, with one slot behind those
 * of its arguments (which count for PGSTD_SET_OPEN only): the operation in flags,
 * the number of the set in word.  It leaves its number there, or 0 if there is no
 * further row.
 */
typedef enum PgstdSetOp
{
	PGSTD_SET_OPEN = 0,			/* begin a set, and make its first row */
	PGSTD_SET_NEXT = 1,			/* make the next row */
	PGSTD_SET_STOP = 2,			/* no further rows are wanted */
	PGSTD_SET_ABANDON = 3,		/* the same, but the query is over: fail at nothing */
	PGSTD_SET_ALL = 4			/* make all rows at once, for PGSTD_REQUEST_SET_ROWS */
} PgstdSetOp;

/*
 * A function that an object offers; the layout of pgabi.Function.
 *
 * The details of a type follow one another as the types do in the signature.
 * Most types have none; those of an array are its element's type, followed by the
 * details of that; those of a record are the number of fields (two bytes, the lower first), and for
 * each the length of its name (one byte), the name, its type, and the details of that.
 */
typedef struct PgstdFunction
{
	PgstdText	name;			/* SQL name */
	PgstdText	signature;		/* result's PgstdType, then one per argument */
	PgstdText	details;
	const void *const *call;	/* the Go wrapper: *call is PgstdControl.code */
} PgstdFunction;

/* An error or a message; the fields of PostgreSQL's ErrorData, empty if unset. */
typedef struct PgstdErrorData
{
	PgstdText	sqlstate;		/* five characters */
	PgstdText	message;
	PgstdText	detail;
	PgstdText	hint;
	PgstdText	context;
	PgstdText	schema;
	PgstdText	table;
	PgstdText	column;
	PgstdText	datatype;
	PgstdText	constraint;
} PgstdErrorData;

/* Message levels of the report hook. */
typedef enum PgstdLevel
{
	PGSTD_DEBUG = 0,
	PGSTD_LOG = 1,
	PGSTD_INFO = 2,
	PGSTD_NOTICE = 3,
	PGSTD_WARNING = 4
} PgstdLevel;

/* What the timezone hook is asked. */
typedef struct PgstdTimezone
{
	PgstdText	name;			/* such as Europe/Berlin */
	char	   *data;			/* receives the zone in TZif form (RFC 8536) ... */
	uint64_t	size;			/* ... as far as there is room */
} PgstdTimezone;

/* The unit of heap memory. */
#define PGSTD_ARENA_SIZE	(UINT64_C(4) << 20)

/* Streams of the output hook. */
typedef enum PgstdStream
{
	PGSTD_STDOUT = 1,			/* os.Stdout */
	PGSTD_STDERR = 2,			/* os.Stderr and package log */
	PGSTD_PRINT = 3,			/* print and println, runtime diagnostics */
	PGSTD_DYING = 4				/* what the runtime says while it dies */
} PgstdStream;

/* What the host wants when it enters a world. */
typedef enum PgstdOp
{
	PGSTD_OP_CALL = 1,			/* run control.code with control.args */
	PGSTD_OP_RESULT = 2,		/* go on after a host request */
	PGSTD_OP_MAIN = 3,			/* run main.main, then die with its exit code */
	PGSTD_OP_TURN = 4			/* as CALL, but other goroutines come first; set by the world */
} PgstdOp;

/* Why a world gave control back. */
typedef enum PgstdEvent
{
	PGSTD_EVENT_READY = 1,		/* started; waits for calls */
	PGSTD_EVENT_DONE = 2,		/* the call is over; result or failure is set */
	PGSTD_EVENT_REQUEST = 3,	/* a host request; see control.request */
	PGSTD_EVENT_DEAD = 4,		/* died; see control.death */
	PGSTD_EVENT_CANCELLED = 5	/* the host took control away (pgstd_abort) */
} PgstdEvent;

/* What a world asks of its host by a switch. */
typedef enum PgstdRequest
{
	PGSTD_REQUEST_INTERRUPTS = 1,	/* serve what control.poke was set for */
	PGSTD_REQUEST_SQL = 2,		/* argument: PgstdSQL */
	PGSTD_REQUEST_SUBXACT = 3,	/* argument: PgstdSubxact */
	PGSTD_REQUEST_ROWS = 4,		/* argument: PgstdRows */
	PGSTD_REQUEST_TRANSACTION = 5,	/* argument: PgstdTransaction */
	PGSTD_REQUEST_SHOW = 6,		/* argument: PgstdShow */
	PGSTD_REQUEST_SET_ROWS = 7,	/* argument: PgstdSetRows */
	PGSTD_REQUEST_WINDOW = 8,	/* argument: PgstdWindow */
	PGSTD_REQUEST_WORKER = 9,	/* argument: PgstdWorker */
	PGSTD_REQUEST_ENDING = 10,	/* argument: PgstdEnding */
	PGSTD_REQUEST_COMMON = 11	/* argument: PgstdCommon */
} PgstdRequest;

/*
 * One SQL statement.  The world fills in the first part, the host the second;
 * what that points to is valid until the next request for SQL.
 */
typedef struct PgstdSQL
{
	PgstdText	query;
	PgstdText	types;			/* one PgstdType for each parameter */
	const PgstdSlot *params;
	const uint32_t *oids;		/* of the parameters' SQL types; 0: that of its PgstdType;
								 * PGSTD_OID_INFER: the one that the statement asks for */
	uint64_t	max_rows;		/* a SELECT may stop after so many; 0: no limit */

	const PgstdErrorData *error;	/* NULL: it went well */
	uint64_t	nrows;			/* rows returned or changed */
	uint64_t	ncolumns;
	const PgstdSlot *columns;	/* of the first row, if there is one */
	const uint8_t *column_types;	/* PgstdType; what has none comes as text */
	const uint32_t *column_oids;	/* of the SQL types */
	const PgstdText *names;		/* of the columns */
} PgstdSQL;

#define PGSTD_OID_INFER		UINT32_MAX

/* The text that SQL shows for a value. */
typedef struct PgstdShow
{
	const PgstdSlot *value;
	uint32_t	type;			/* PgstdType; of an array, its elements' in the next 8 bits */
	uint32_t	oid;			/* of the SQL type */
	const PgstdErrorData *error;	/* from the host; NULL: it went well */
	PgstdText	text;			/* from the host; valid until the next request for SQL */
} PgstdShow;

typedef enum PgstdSubxactOp
{
	PGSTD_SUBXACT_BEGIN = 1,
	PGSTD_SUBXACT_COMMIT = 2,	/* rolls back instead if a statement has failed */
	PGSTD_SUBXACT_ROLLBACK = 3
} PgstdSubxactOp;

typedef struct PgstdSubxact
{
	uint64_t	op;				/* PgstdSubxactOp */
	const PgstdErrorData *error;	/* from the host; NULL: it went well */
} PgstdSubxact;

typedef enum PgstdRowsOp
{
	PGSTD_ROWS_OPEN = 1,		/* run sql, and fetch the first rows */
	PGSTD_ROWS_FETCH = 2,		/* fetch more */
	PGSTD_ROWS_CLOSE = 3,		/* must come once for each cursor that was opened */
	PGSTD_ROWS_BEFORE = 4		/* which cursor was the last one before the call: later ones have
								 * higher numbers */
} PgstdRowsOp;

/*
 * The rows of a statement, by a cursor.  An answer has sql.nrows rows of
 * sql.ncolumns slots each, one after the other.  It is valid until the next
 * request about the same cursor.
 */
typedef struct PgstdRows
{
	PgstdSQL	sql;			/* max_rows has no meaning */
	uint64_t	op;				/* PgstdRowsOp */
	uint64_t	cursor;			/* from the host, when it is opened, and for BEFORE; 0: not open */
	uint64_t	done;			/* from the host: there are no rows after these */
} PgstdRows;

typedef enum PgstdTransactionOp
{
	PGSTD_TRANSACTION_COMMIT = 1,
	PGSTD_TRANSACTION_ROLLBACK = 2
} PgstdTransactionOp;

/* The end of a transaction and the begin of the next, in a procedure. */
typedef struct PgstdTransaction
{
	uint64_t	op;				/* PgstdTransactionOp */
	uint64_t	chain;			/* not 0: the next one has the same characteristics */
	const PgstdErrorData *error;	/* from the host; NULL: it went well */
} PgstdTransaction;

/* Rows of a set of which all are made at once. */
typedef struct PgstdSetRows
{
	uint64_t	nrows;
	const PgstdSlot *rows;		/* each as the result of a call */
	const PgstdErrorData *error;	/* from the host; NULL: it went well */
} PgstdSetRows;

typedef enum PgstdWindowOp
{
	PGSTD_WINDOW_CURRENT = 1,	/* the argument of the current row */
	PGSTD_WINDOW_RELATIVE = 2,	/* offset rows behind the current one, in the partition */
	PGSTD_WINDOW_FIRST = 3,		/* offset rows behind the first one of the partition */
	PGSTD_WINDOW_LAST = 4,		/* offset rows behind the last one, and so 0 or less */
	PGSTD_WINDOW_FRAME_FIRST = 5,	/* the same of the frame */
	PGSTD_WINDOW_FRAME_LAST = 6,
	PGSTD_WINDOW_ROWS = 7,		/* how many rows the partition has, in rows */
	PGSTD_WINDOW_PEERS = 8,		/* are the rows number offset and rows peers?  1 in outside: no */
	PGSTD_WINDOW_MARK = 9		/* rows before number offset are not needed any more */
} PgstdWindowOp;

/*
 * What a window function wants of the rows around the current one.  The slots of its
 * call are one for each argument, of which those are set that the function asks for at
 * each row; then its state, as the world numbers it, where the world leaves it, too; the states that
 * have ended; the number of the current row; and requests that have been answered before they are made:
 * the address of the first one in word, how many in size, and in flags, from the world, a bit for each that
 * it has had use for.
 */
typedef struct PgstdWindow
{
	uint64_t	op;				/* PgstdWindowOp */
	int64_t		offset;
	uint64_t	argument;		/* its number */

	const PgstdErrorData *error;	/* from the host, as all below; NULL: it went well */
	PgstdSlot	value;			/* of the argument; valid until the next request */
	uint64_t	outside;		/* 1: there is no such row */
	int64_t		rows;
} PgstdWindow;

typedef enum PgstdWorkerOp
{
	PGSTD_WORKER_LISTEN = 1,	/* to the channel name, from the transaction's end on */
	PGSTD_WORKER_UNLISTEN = 2,
	PGSTD_WORKER_NOTIFICATION = 3,	/* the next one that has come, if there is one */
	PGSTD_WORKER_START = 4		/* the worker name, with an argument */
} PgstdWorkerOp;

/* What is for background workers; the last one is for those who want one. */
typedef struct PgstdWorker
{
	uint64_t	op;				/* PgstdWorkerOp */
	PgstdText	name;
	PgstdText	argument;

	const PgstdErrorData *error;	/* from the host, as all below; NULL: it went well */
	uint64_t	found;			/* there is a notification */
	PgstdText	channel;		/* valid until the next request, as the payload */
	PgstdText	payload;
	uint64_t	pid;			/* of who has sent it, or of the worker */
} PgstdWorker;

/* What a world is told of the end of a transaction, and of subtransactions in it. */
typedef enum PgstdEndingOp
{
	PGSTD_ENDING_COMMITS = 1,	/* it is about to be committed, which an error prevents */
	PGSTD_ENDING_COMMITTED = 2,
	PGSTD_ENDING_ABORTED = 3,
	PGSTD_ENDING_SUBABORTED = 4 /* a part, but the transaction may go on */
} PgstdEndingOp;

/*
 * The world wants to be told of the end of the transaction, and keeps for that as many things as
 * count says, in the order in which they have come, and one more from now on.  It is told by
 * calls of its last function, PGSTD_ENDING_FUNCTION, which takes a PgstdEndingOp and a number:
 * what it keeps beyond so many is what has ended.  What that fails with comes again, until
 * it has gone through all.
 */
typedef struct PgstdEnding
{
	uint64_t	count;
	uint64_t	checks;			/* 1: it may refuse to have the transaction committed */
	const PgstdErrorData *error;	/* from the host; NULL: it went well */
} PgstdEnding;

#define PGSTD_ENDING_FUNCTION	"end of transaction"

typedef enum PgstdCommonOp
{
	PGSTD_COMMON_GET = 1,		/* the entry with the key */
	PGSTD_COMMON_PUT = 2,		/* the value in its place, if it is of the version */
	PGSTD_COMMON_DELETE = 3,
	PGSTD_COMMON_NEXT = 4,		/* some entry from a place on */
	PGSTD_COMMON_COUNT = 5		/* how many there are, in place */
} PgstdCommonOp;

/* What has come of it. */
typedef enum PgstdCommonResult
{
	PGSTD_COMMON_NOT = 0,		/* there is none, or it is of another version */
	PGSTD_COMMON_DONE = 1,
	PGSTD_COMMON_FULL = 2
} PgstdCommonResult;

#define PGSTD_COMMON_ANY	UINT64_MAX

/* An entry of memory that sessions have in common: a key, and a value of fixed size. */
typedef struct PgstdCommon
{
	uint64_t	op;				/* PgstdCommonOp */
	PgstdText	name;			/* of the area, among those of the extension */
	uint64_t	layout;			/* whatever tells values apart that are laid out otherwise */
	uint64_t	by_role;		/* 1: each role has an area of its own */
	uint64_t	nentries;		/* that it has room for */
	uint64_t	size;			/* of a value */
	PgstdText	key;
	PgstdText	value;
	uint64_t	version;		/* of the entry; 0: there is none; PGSTD_COMMON_ANY; from the host, too */
	uint64_t	place;			/* from the host, too: the next one */

	const PgstdErrorData *error;	/* from the host, as all below; NULL: it went well */
	uint64_t	done;			/* PgstdCommonResult */
	PgstdText	found_key;		/* valid until the next request, as the value */
	PgstdText	found;
} PgstdCommon;

/*
 * What has come for a worker: PgstdControl.signals has two counts, which only grow and
 * then begin anew, and a bit.
 */
#define PGSTD_SIGNAL_NOTIFIED	UINT32_C(0x00000001)
#define PGSTD_SIGNAL_RELOADED	UINT32_C(0x00010000)
#define PGSTD_SIGNAL_ENDING		UINT32_C(0x80000000)	/* for good */

/* How a world died. */
typedef enum PgstdDeath
{
	PGSTD_DEATH_NONE = 0,
	PGSTD_DEATH_EXIT = 1,		/* os.Exit(control.exit_code) */
	PGSTD_DEATH_PANIC = 2,		/* unrecovered panic, in no call */
	PGSTD_DEATH_FATAL = 3,		/* fatal error that is user code's fault */
	PGSTD_DEATH_STACK = 4,		/* goroutine stack limit */
	PGSTD_DEATH_MEMORY = 5,		/* out of memory */
	PGSTD_DEATH_THROW = 6,		/* fatal error inside the runtime */
	PGSTD_DEATH_ABI = 7			/* object and host do not fit */
} PgstdDeath;

/*
 * What a test build asks of PgstdHooks.system that is no system call of the kernel.  Numbers
 * are others than all of those.
 */
typedef enum PgstdSystem
{
	/* Starts a program, a PgstdProcess.  Returns the number of its process. */
	PGSTD_SYSTEM_START = 0x50475301,
	/* Nobody reads what it writes: ends the process, unless a signal has been asked for that says so. */
	PGSTD_SYSTEM_SIGPIPE = 0x50475302,
	/*
	 * Writes to the standard output or error as it comes: descriptor, text, size.  Where the
	 * process is no child, it is refused, and output() takes what there is in lines.
	 */
	PGSTD_SYSTEM_WRITE = 0x50475303,
	/* What becomes of a signal: its number, and one of PgstdDisposition.  Returns what does. */
	PGSTD_SYSTEM_SIGNAL = 0x50475304,
	/* Returns which signals have come since this was last asked: bit n for signal n. */
	PGSTD_SYSTEM_NOTED = 0x50475305
} PgstdSystem;

/* A program that a test build starts. */
typedef struct PgstdProcess
{
	const char *path;
	char	   *const *argv;
	char	   *const *envp;
	const char *dir;			/* NULL: the current folder */
	const int32_t *files;		/* its descriptors; -1: none */
	uint64_t	nfiles;

	/* What it is to be besides; zero, NULL or -1: as its parent. */
	const char *setgroups;		/* "allow" or "deny" */
	const char *uid_map;		/* of its user namespace, as the kernel reads them */
	const char *gid_map;
	const uint32_t *credential; /* user and group */
	const uint32_t *groups;		/* not NULL: it has these groups */
	uint64_t	ngroups;
	const uint64_t *caps;		/* ambient capabilities */
	uint64_t	ncaps;
	uint64_t	clone_flags;
	uint64_t	unshare_flags;
	int64_t		cgroup;			/* descriptor of a cgroup to be in */
	int64_t		group;			/* its process group; 0: one of its own */
	uint64_t	session;		/* it has one of its own */
	const uint64_t *nofile;		/* limits of descriptors, lower and upper, which this process had before it raised them */
	int32_t    *pidfd;			/* where to put a descriptor of the process */
} PgstdProcess;

/* What becomes of a signal in a test build. */
typedef enum PgstdDisposition
{
	PGSTD_SIGNAL_DEFAULT = 0,	/* what does in any Go program */
	PGSTD_SIGNAL_IGNORED = 1,
	PGSTD_SIGNAL_NOTED = 2,
	PGSTD_SIGNAL_ASK = 3		/* no change */
} PgstdDisposition;

struct PgstdWorld;				/* the host's; opaque to the object */

/*
 * Leaf hooks: plain C calls on the host's stack.  "world" is what
 * PgstdConfig.world said.
 */
typedef struct PgstdHooks
{
	uint32_t	magic;
	uint32_t	abi_version;
	uint64_t	struct_size;

	/* Zeroed memory, page-aligned, charged.  NULL: limit reached, or none. */
	void	   *(*alloc) (struct PgstdWorld *world, uint64_t size);
	/*
	 * Memory for the heap, zeroed, aligned to PGSTD_ARENA_SIZE, and charged only
	 * as far as charge says.  With a hint, exactly there or not at all.  NULL:
	 * none.
	 */
	void	   *(*arena) (struct PgstdWorld *world, void *hint, uint64_t size);
	/*
	 * So much more of arenas and reservations is in use (less, if negative).  Returns by how
	 * much the world is above its limit, or -1 when it gets no more.  Above the limit it
	 * collects its garbage, and dies unless that is enough.
	 */
	int64_t		(*charge) (struct PgstdWorld *world, int64_t delta);
	/* Gives back what alloc, arena or reserve returned, whole. */
	void		(*free) (struct PgstdWorld *world, void *addr, uint64_t size);
	/* Address space without memory behind it, page-aligned.  NULL: none. */
	void	   *(*reserve) (struct PgstdWorld *world, uint64_t size);
	/*
	 * Makes a part of a reservation readable and writable, zeroed; a no-op on
	 * arenas.  Returns 0, or -1 when there is no memory.
	 */
	int64_t		(*commit) (struct PgstdWorld *world, void *addr, uint64_t size);
	/* A part of an arena is not needed: its pages may go, and it reads as zero then. */
	void		(*release) (struct PgstdWorld *world, void *addr, uint64_t size);
	/* Monotonic clock. */
	int64_t		(*monotonic) (struct PgstdWorld *world);
	/*
	 * Both clocks with one switch.  Returns the monotonic one, and writes the wall clock:
	 * seconds since 1970-01-01 UTC, and nanoseconds.
	 */
	int64_t		(*clocks) (struct PgstdWorld *world, int64_t *wall);
	/* Fills buf from a cryptographic source.  Returns 0, or -1. */
	int64_t		(*random) (struct PgstdWorld *world, void *buf, uint64_t size);
	/* Writes to one of PgstdStream; takes all of it. */
	void		(*output) (struct PgstdWorld *world, int64_t stream, const char *data, uint64_t size);
	/* Sends a message at one of PgstdLevel. */
	void		(*report) (struct PgstdWorld *world, int64_t level, const PgstdErrorData *message);
	/* Looks a time zone up.  Returns the size of its data, or -1. */
	int64_t		(*timezone) (struct PgstdWorld *world, const PgstdTimezone *query);
	/* Sleeps; may come back early. */
	void		(*sleep) (struct PgstdWorld *world, int64_t nanoseconds);
	/*
	 * A system call of a test build, by number, with its six arguments: returns
	 * what the kernel returns, -errno for an error.  Only objects that are built
	 * to be tested ask for it, and only a host that runs tests does anything but
	 * answer -EPERM.
	 */
	int64_t		(*system) (struct PgstdWorld *world, int64_t number, const uint64_t *args);
	/*
	 * Sets control.slice, and stops the running goroutine at its next function, when the
	 * monotonic clock says so; takes the place of what was asked for before.  0: never.
	 */
	void		(*timer) (struct PgstdWorld *world, int64_t when);
} PgstdHooks;

/*
 * A setting of an extension: a parameter of the server's configuration.  A text is
 * valid until the generation changes, which it never does while Go code runs.
 */
typedef struct PgstdSetting
{
	PgstdSlot	value;
	uint32_t	type;			/* PGSTD_BOOL, PGSTD_INT4, PGSTD_FLOAT8 or PGSTD_TEXT */
	uint32_t	checked;		/* 0: the author's check has not seen this value */
} PgstdSetting;

typedef struct PgstdSettings
{
	uint64_t	generation;		/* another one, whenever a value has changed; never 0 */
	uint64_t	nsettings;
	const PgstdSetting *settings;
} PgstdSettings;

/* What the host gives to a world at its start; stays valid for its life. */
typedef struct PgstdConfig
{
	uint32_t	magic;
	uint32_t	abi_version;
	uint64_t	struct_size;
	struct PgstdWorld *world;
	const PgstdHooks *hooks;
	uint64_t	page_size;
	uint64_t	max_memory;		/* soft limit for the Go heap (GOMEMLIMIT) */
	uint64_t	max_stack;		/* one goroutine's stack */
	uint64_t	stack_low;		/* the runtime's own (g0) stack */
	uint64_t	stack_high;
	uint64_t	serves_requests;	/* 0: the host has no SQL */
	uint64_t	hwcap;			/* AT_HWCAP, where the architecture has no CPUID */
	int64_t		argc;
	const char *const *argv;	/* argc strings, NULL, environment, NULL */
	const PgstdSettings *settings;	/* NULL: there are none */
	/*
	 * What CPUID need not be asked again, on amd64: for each answer the leaf, the subleaf, and
	 * EAX to EDX.
	 */
	uint64_t	nanswers;
	const uint32_t *answers;
	uint64_t	heap_place;		/* random: where in the first arena the heap begins */
} PgstdConfig;

/*
 * The control block: one per image of an object, in the object's own data.
 * The switch (pgstd/runtime/switch_*.s) and the host share it.  Each field is
 * written by one side only while that side runs.
 */
typedef struct PgstdControl
{
	uint64_t	g;				/* current goroutine; amd64: the object's "TLS" word */
	uint64_t	host_sp;		/* the host's stack pointer while Go runs */
	uint64_t	world_sp;		/* the world's stack pointer while the host runs */
	uint64_t	world_bp;		/* its frame pointer (amd64; else it is on the stack) */
	/*
	 * in_world and cancel decide a race with signal handlers: the switch sets
	 * in_world, then looks at cancel; a handler that finds in_world unset sets
	 * cancel.  So a cancel is either acted on by the handler or seen by the
	 * switch.
	 */
	volatile uint32_t in_world; /* Go code runs, on a Go stack */
	volatile uint32_t cancel;	/* leave at the next chance */
	uint32_t	op;				/* PgstdOp; what the host has set, the world sets back */
	uint32_t	attention;		/* not 0: there is more to do after the call than usual */
	const void *code;			/* of the wrapper to run, for PGSTD_OP_CALL */
	const PgstdSlot *args;
	PgstdSlot	result;			/* written whole, unless the call fails */
	/* So far 80 bytes: all that a call touches.  The rest is cold. */
	const PgstdErrorData *failure;	/* the call failed (attention is set, too); the
									 * host sets it back to NULL */
	uint32_t	event;			/* PgstdEvent, unless the call is done */
	uint32_t	request;		/* PgstdRequest, for PGSTD_EVENT_REQUEST */
	volatile uint32_t poke;		/* the world is to ask for PGSTD_REQUEST_INTERRUPTS soon */
	/*
	 * PgstdDeath.  PGSTD_DEATH_PANIC with a failure: that is a panic in the call, with its
	 * traceback for a detail, and the world lives; the host sets it back with the failure.
	 */
	uint32_t	death;
	void	   *argument;		/* of the request */
	int64_t		exit_code;
	const PgstdFunction *functions;
	uint64_t	nfunctions;
	const PgstdConfig *config;
	int64_t    *soft_limit;		/* GOMEMLIMIT of the world that runs; the host may change it */
	volatile uint32_t slice;	/* the time has come that the timer hook was told */
	volatile uint32_t signals;	/* PGSTD_SIGNAL_*; written by the host only */
} PgstdControl;

/* A range of addresses [start, end). */
typedef struct PgstdRange
{
	uint64_t	start;
	uint64_t	end;
} PgstdRange;

/* The stack guard that makes a goroutine call the scheduler (stackPreempt). */
#define PGSTD_STACK_PREEMPT	UINT64_C(0xfffffffffffffade)

#define PGSTD_DATA_RANGES	3
#define PGSTD_ZERO_RANGES	2
#define PGSTD_CONSTANT_RANGES	2

/*
 * What an object exports, as the symbol "pgstd_object": constant data, complete
 * after relocation, before any Go code has run.
 */
typedef struct PgstdObject
{
	uint32_t	magic;
	uint32_t	abi_version;
	uint64_t	struct_size;
	/*
	 * Runs the Go runtime's start and every init function, on the stack that
	 * the configuration names.  Takes a PgstdConfig, returns a PgstdEvent.  Like
	 * enter, it keeps no register: it can only be called with pgstd_switch().
	 */
	const void *start;
	/*
	 * Switches into the world; control.op says what for.  Takes the object's
	 * PgstdControl, returns a PgstdEvent.
	 */
	const void *enter;
	/* Where a signal handler resumes to take control from a running world. */
	const void *abort;
	/* Where a signal handler resumes to turn a fault into a Go panic. */
	const void *sigpanic;
	PgstdControl *control;
	/* Receives the distance from the thread pointer to control->g (amd64, else NULL). */
	uint64_t   *tls_offset;
	PgstdRange	text;
	PgstdRange	pclntab;		/* the runtime's table of functions and lines */
	PgstdRange	data[PGSTD_DATA_RANGES];	/* to restore before a restart */
	PgstdRange	zero[PGSTD_ZERO_RANGES];	/* to clear before a restart */
	/* Offsets in a goroutine descriptor (type g), for fault and interrupt. */
	uint64_t	g_stackguard0;
	uint64_t	g_sig;
	uint64_t	g_sigcode0;
	uint64_t	g_sigcode1;
	uint64_t	g_sigpc;
	uint64_t	g_preempt;
	uint64_t	g_m;
	uint64_t	m_curg;
	PgstdRange	constants[PGSTD_CONSTANT_RANGES];	/* read-only data, without and with addresses in it */
	/*
	 * Of heap profiles: the variables MemProfileRate and mbuckets of package runtime; where a
	 * bucket has the next one, how large its objects are, how many words of a stack, and these,
	 * which PGSTD_PROFILE_CYCLES counts follow; and the size of such a count (types
	 * memRecord and memRecordCycle).
	 */
	int64_t    *profile_rate;
	const void *const *profile_buckets;
	uint64_t	bucket_next;
	uint64_t	bucket_size;
	uint64_t	bucket_nstack;
	uint64_t	bucket_stack;
	uint64_t	bucket_count;
} PgstdObject;

/*
 * How many objects have been allocated at a place, and freed again: what garbage collections up
 * to the last one have found, and that of three that are not over.  A release may have more
 * behind these two.
 */
#define PGSTD_PROFILE_CYCLES	4

typedef struct PgstdAllocations
{
	uint64_t	allocs;
	uint64_t	frees;
} PgstdAllocations;

#endif							/* PGSTD_ABI_H */
