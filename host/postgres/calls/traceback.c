/*-------------------------------------------------------------------------
 *
 * traceback.c
 *	  What is shown of the tracebacks that a panic or a dying world has printed.
 *
 * The client gets the frames of the author's own functions: file and line.  The
 * server's log gets all, and so does a superuser who asks for it.  Words of memory
 * get nowhere.
 *
 *-------------------------------------------------------------------------
 */
#include "traceback.h"
#include "../base/limits.h"

#include "lib/stringinfo.h"

#define MAX_FRAMES		16		/* of one goroutine */
#define MAX_GOROUTINES	8

typedef struct Line
{
	const char *start;
	const char *end;
} Line;

/* The first parts of import paths that are Go's own, and what pgbuild writes. */
static const char *const library[] = {
	"archive", "arena", "bufio", "bytes", "cmp", "compress", "container", "context", "crypto", "database",
	"debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image", "index",
	"internal", "io", "iter", "log", "main", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect",
	"regexp", "runtime", "simd", "slices", "sort", "strconv", "strings", "structs", "sync", "syscall",
	"testing", "text", "time", "type", "unicode", "unique", "unsafe", "vendor", "weak",
};

static bool
next_line(const char **at, Line *line)
{
	if (**at == '\0')
		return false;
	line->start = *at;
	line->end = *at + strcspn(*at, "\n");
	*at = *line->end == '\0' ? line->end : line->end + 1;
	return true;
}

static bool
begins(Line line, const char *prefix)
{
	size_t		size = strlen(prefix);

	return (size_t) (line.end - line.start) >= size && memcmp(line.start, prefix, size) == 0;
}

static bool
equals(Line line, const char *text)
{
	return (size_t) (line.end - line.start) == strlen(text) && begins(line, text);
}

/* The last place of a character, or NULL. */
static const char *
find_last(Line line, char c)
{
	for (const char *at = line.end; at > line.start; at--)
		if (at[-1] == c)
			return at - 1;
	return NULL;
}

/* Whether a name is the first part of an import path of Go's own, or of what pgbuild writes. */
static bool
is_library(Line first)
{
	for (int i = 0; i < lengthof(library); i++)
		if (equals(first, library[i]))
			return true;
	return false;
}

/* Whether a place is in a file of the library: its function literals, inlined, bear the caller's name. */
static bool
is_in_library(Line position)
{
	Line		first = {position.start, memchr(position.start, '/', position.end - position.start)};

	return first.end != NULL && is_library(first);
}

/* Whether a function is none of the library, of package pg, or of the generated code. */
static bool
is_own(Line function)
{
	Line		first = {function.start, function.start};

	while (first.end < function.end && *first.end != '/' && *first.end != '.' && *first.end != '(')
		first.end++;
	/* A name with a dot and then a slash is a domain; assembler has no package. */
	if (first.end == function.end || *first.end == '(')
		return false;
	if (begins(function, "github.com/pgstd/pgstd/pg.") || begins(function, "github.com/pgstd/pgstd/pg/"))
		return false;
	if (*first.end == '.' && memchr(first.end, '/', function.end - first.end) != NULL)
		return true;
	return !is_library(first);
}

/*
 * A function literal of an author's function that was inlined into its wrapper is called, by Go 1.26,
 * main.wrapFold.Fold.func1: the name without what is generated begins with the second dot.
 */
static bool
is_inlined(Line *function)
{
	Line		name = {function->start + strlen("main.wrap"), NULL};
	size_t		size;

	if (!begins(*function, "main.wrap"))
		return false;
	name.end = memchr(name.start, '.', function->end - name.start);
	if (name.end == NULL)
		return false;
	size = name.end - name.start;
	for (const char *dot = name.end; dot != NULL; dot = memchr(dot + 1, '.', function->end - dot - 1))
	{
		if (size > 0 && (size_t) (function->end - dot) > size + 1 && dot[size + 1] == '.' &&
			memcmp(dot + 1, name.start, size) == 0)
		{
			function->start = dot;
			return true;
		}
	}
	return false;
}

/* A function's name without its package, its type's arguments and what the compiler appends to it. */
static Line
short_name(Line function)
{
	const char *slash = find_last(function, '/');
	const char *appended;

	if (slash != NULL)
		function.start = slash + 1;
	while (function.start < function.end && *function.start++ != '.')
		;
	appended = memchr(function.start, '[', function.end - function.start);
	if (appended != NULL)
		function.end = appended;
	appended = memchr(function.start, '-', function.end - function.start);
	if (appended != NULL)
		function.end = appended;	/* a loop's body over a function: F-range1 */
	for (;;)
	{
		const char *dot = find_last(function, '.');
		Line		last = {dot != NULL ? dot + 1 : function.end, function.end};
		const char *at;

		if (begins(last, "func"))
			last.start += strlen("func");
		else if (begins(last, "gowrap"))
			last.start += strlen("gowrap");
		for (at = last.start; at < last.end && *at >= '0' && *at <= '9'; at++)
			;
		if (dot == NULL || at < last.end)
			return function;
		function.end = dot;
	}
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
}

static bool
is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || (c & 0x80) != 0;
}

/* Whether a Go name is what the name of an SQL function has become. */
static bool
is_name_of(Line name, Line sql)
{
	while (name.start < name.end && sql.start < sql.end)
	{
		if (*name.start == '_')
			name.start++;
		else if (!is_letter_or_digit(*sql.start))
			sql.start++;
		else if (lower(*name.start++) != lower(*sql.start++))
			return false;
	}
	return name.start == name.end;
}

/* "slug, line 2", or "slug.go, line 12, in Fold". */
static void
append_frame(StringInfo out, Line function, Line position)
{
	Line		file = position;
	Line		number = position;
	Line		name = short_name(function);
	const char *offset = find_last(position, '+');
	const char *colon;

	if (offset != NULL && offset - 1 > position.start && offset[-1] == ' ')
		file.end = number.end = offset - 1;
	colon = find_last(file, ':');
	if (colon == NULL)
		return;
	file.end = colon;
	number.start = colon + 1;
	if (find_last(file, '/') != NULL)
		file.start = find_last(file, '/') + 1;
	appendBinaryStringInfo(out, file.start, (int) (file.end - file.start));
	appendStringInfoString(out, ", line ");
	appendBinaryStringInfo(out, number.start, (int) (number.end - number.start));
	/* The file of a text has its name, and is no *.go. */
	if (name.end > name.start &&
		!((begins(function, "plgo.") || (begins(function, ".") && memchr(file.start, '.', file.end - file.start) == NULL)) &&
		  is_name_of(name, file)))
		appendStringInfo(out, ", in %.*s", (int) (name.end - name.start), name.start);
}

/* Moves on to the next frame of a goroutine; false at the end of its traceback. */
static bool
next_frame(const char **at, Line *function, Line *position)
{
	const char *before = *at;

	while (next_line(at, function))
	{
		if (begins(*function, "goroutine ") || begins(*function, "runtime stack:"))
			break;
		if (function->start < function->end && *function->start != '\t' && **at == '\t')
		{
			(void) next_line(at, position);
			position->start++;
			return true;
		}
		before = *at;
	}
	*at = before;
	return false;
}

/* The author's frames of a goroutine.  Such as are the same again and again count as one. */
static char *
own_frames(const char **at)
{
	StringInfoData frames;
	char	   *last = NULL;
	int			nframes = 0;
	int			times = 1;
	Line		function;
	Line		position;

	initStringInfo(&frames);
	while (next_frame(at, &function, &position))
	{
		const char *arguments = find_last(function, '(');
		StringInfoData frame;

		if (begins(function, "created by ") || arguments == NULL)
			continue;
		function.end = arguments;
		if (is_in_library(position) || (!is_inlined(&function) && !is_own(function)))
			continue;
		if (begins(short_name(function), "pgstd_"))
			continue;			/* what the compiler of plgo has put beside a text */
		initStringInfo(&frame);
		append_frame(&frame, function, position);
		if (last != NULL && strcmp(frame.data, last) == 0)
		{
			pfree(frame.data);
			times++;
			continue;
		}
		if (times > 1)
			appendStringInfo(&frames, ", %d times", times);
		times = 1;
		if (nframes++ == MAX_FRAMES)
			appendStringInfoString(&frames, "\n...");
		if (nframes > MAX_FRAMES)
		{
			pfree(frame.data);
			continue;
		}
		appendStringInfo(&frames, "%s%s", nframes > 1 ? "\n" : "", frame.data);
		last = frame.data;
	}
	if (times > 1)
		appendStringInfo(&frames, ", %d times", times);
	return nframes > 0 ? frames.data : NULL;
}

/* What a goroutine does, as its heading says: "[chan receive]". */
static Line
state_of(Line heading)
{
	Line		state = heading;

	while (state.start < state.end && *state.start != '[')
		state.start++;
	while (state.end > state.start && state.end[-1] != ']')
		state.end--;
	return state;
}

/*
 * The author's frames.  The goroutine that has come to its end is enough, unless they
 * have done so together; NULL if there are none.
 */
static char *
own_part(const char *text, bool all)
{
	StringInfoData part;
	Line		line;
	int			n = 0;

	initStringInfo(&part);
	while (next_line(&text, &line) && n < (all ? MAX_GOROUTINES : 1))
	{
		char	   *frames;

		if (!begins(line, "goroutine ") && !begins(line, "runtime stack:"))
			continue;
		frames = own_frames(&text);
		if (frames == NULL)
			continue;
		if (n++ > 0)
		{
			Line		state = state_of(line);

			appendStringInfo(&part, "\nanother goroutine %.*s:\n", (int) (state.end - state.start), state.start);
		}
		appendStringInfoString(&part, frames);
	}
	return n > 0 ? part.data : NULL;
}

/* The size of what names a word of memory, such as " pc=0x46be20" or " +0x5b", or 0. */
static size_t
word_size(const char *at, const char *end)
{
	const char *from = at;

	if (at == end || *at++ != ' ')
		return 0;
	if (at < end && *at == '+')
		at++;
	else
	{
		while (at < end && *at >= 'a' && *at <= 'z')
			at++;
		if (at == end || *at++ != '=')
			return 0;
	}
	if (end - at < 3 || strncmp(at, "0x", 2) != 0)
		return 0;
	for (at += 2; at < end && is_hex(*at);)
		at++;
	return at - from;
}

/* Where the list of arguments begins that a line of a traceback ends with, or NULL. */
static const char *
arguments_of(Line line)
{
	const char *at;

	if (line.start == line.end || *line.start == '\t' || line.end[-1] != ')')
		return NULL;
	/* There are no parentheses in it. */
	at = find_last(line, '(');
	return at != NULL && line.end - at > 2 ? at + 1 : NULL;
}

/*
 * Takes the words of memory out of tracebacks: arguments, and addresses.  Who may
 * call a function that has its owner's rights may not see what it works with, and
 * nobody is to learn where the server has its memory.
 */
static char *
hide_words(const char *text)
{
	StringInfoData hidden;
	Line		line;

	initStringInfo(&hidden);
	while (next_line(&text, &line))
	{
		const char *arguments = arguments_of(line);
		const char *stop = arguments != NULL ? arguments : line.end;

		for (const char *at = line.start; at < stop;)
		{
			size_t		size = word_size(at, stop);

			if (size == 0)
				appendStringInfoCharMacro(&hidden, *at++);
			at += size;
		}
		if (arguments != NULL)
			appendStringInfoString(&hidden, "...)");
		if (*line.end == '\n')
			appendStringInfoCharMacro(&hidden, '\n');
	}
	return hidden.data;
}

/* A panic with a value that has no text is printed with its address: "(main.T) 0xc000012345". */
static void
hide_addresses(char *message)
{
	char	   *to = message;
	const char *from = message;
	const char *at;

	/* What is kept moves up once, however much of it there is: a cell can say what it likes. */
	while ((at = strstr(from, ") 0x")) != NULL)
	{
		size_t		digits = 0;

		at += strlen(") 0x");
		while (is_hex(at[digits]))
			digits++;
		memmove(to, from, at - from);
		to += at - from;
		from = at;
		/* The rest of a line, unless it was recovered; else it is text of the author's. */
		if (digits == 0 || (at[digits] != '\0' && at[digits] != '\n' && strncmp(at + digits, " [recovered", 11) != 0))
			continue;
		memset(to, '.', Min(digits, 3));
		to += Min(digits, 3);
		from += digits;
	}
	memmove(to, from, strlen(from) + 1);
}

/*
 * Packages of functions that share a base have paths of their own, plgo/0123456789abcdef and
 * main/0123456789abcdef: people see what they see of others.
 */
static void
shorten_paths(char *text)
{
	char	   *to = text;

	for (const char *from = text; *from != '\0';)
	{
		size_t		digits = 0;

		if ((from == text || from[-1] == '\n' || from[-1] == ' ') && (strncmp(from, "plgo/", 5) == 0 || strncmp(from, "main/", 5) == 0))
			while (is_hex(from[5 + digits]))
				digits++;
		if (digits == 16 && from[5 + digits] == '.')
		{
			memmove(to, from, 4);
			to += 4;
			from += 5 + digits;
		}
		*to++ = *from++;
	}
	*to = '\0';
}

/* Makes of the tracebacks in an error's detail what is to be shown of them. */
void
pgstd_show_traceback(ErrorData *edata, PgstdDeath death)
{
	PgstdTraceback how = PGSTD_TRACEBACK_OWN;
	char	   *all = edata->detail;

	if (edata->message != NULL && death == PGSTD_DEATH_PANIC)
		hide_addresses(edata->message);
	if (all == NULL)
		return;
	shorten_paths(all);
	if (pgstd_limits->size >= offsetof(Limits, traceback) + sizeof(pgstd_limits->traceback))
		how = (PgstdTraceback) pgstd_limits->traceback;
	edata->detail_log = hide_words(all);
	edata->detail = how == PGSTD_TRACEBACK_FULL ? edata->detail_log :
		how == PGSTD_TRACEBACK_OWN ? own_part(all, death == PGSTD_DEATH_FATAL) : NULL;
}
