/*-------------------------------------------------------------------------
 *
 * transport.c
 *	  Talking to a compiler: a request, and the answer.
 *
 * All waiting can be interrupted.
 *
 *-------------------------------------------------------------------------
 */
#include "transport.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access/xlog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/wait_event.h"

/* An answer holds an object for each target. */
#define MAX_ANSWER	(256 * 1024 * 1024)
/* What is kept of what a command says on its standard error. */
#define MAX_SAID	(64 * 1024)
/* Milliseconds between the limit that a compiler knows and the end of patience. */
#define GRACE		INT64CONST(2000)
/* How a command begins a line that says what it makes before it looks at the text. */
#define PREPARING	"pgbuild: preparing: "
/* The same in the head of an interim response of a server; see compileserver.WaitsHeader. */
#define PREPARING_FIELD	"\r\nPgbuild-Preparing: "
/* What is shown of such a line, in bytes, and how often, in milliseconds. */
#define MAX_PROGRESS	200
#define BETWEEN_NOTICES	5000

static void
set_nonblocking(int fd)
{
	int			flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		ereport(ERROR,
				(errcode_for_socket_access(),
				 errmsg("could not talk to the compiler: %m")));
}

static void
end_talk(Talk *talk, bool failed)
{
	if (talk->to >= 0)
		close(talk->to);
	if (talk->from >= 0 && talk->from != talk->to)
		close(talk->from);
	if (talk->said >= 0)
		close(talk->said);
	talk->to = talk->from = talk->said = -1;
	if (talk->pid > 0 && failed)
	{
		kill(-talk->pid, SIGKILL);
		waitpid(talk->pid, NULL, 0);
		talk->pid = 0;
	}
}

/* Waits until a file can be read from or written to, but not for long: milliseconds. */
void
plgo_talk_await(Talk *talk, long longest)
{
	long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), talk->deadline);
	WaitEventSet *set;
	WaitEvent	event;

	if (left <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_QUERY_CANCELED),
				 errmsg("compiling the function took longer than %d s", talk->seconds),
				 errhint("A superuser can increase \"plgo.compile_timeout\".")));
	set = pgstd_make_wait_set(5);
	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	if (talk->to >= 0 && talk->to != talk->from)
		AddWaitEventToSet(set, WL_SOCKET_WRITEABLE, talk->to, NULL, NULL);
	if (talk->from >= 0)
		AddWaitEventToSet(set, WL_SOCKET_READABLE | (talk->to == talk->from ? WL_SOCKET_WRITEABLE : 0),
						  talk->from, NULL, NULL);
	if (talk->said >= 0)
		AddWaitEventToSet(set, WL_SOCKET_READABLE, talk->said, NULL, NULL);
	WaitEventSetWait(set, Min(left, longest), &event, 1, PG_WAIT_EXTENSION);
	FreeWaitEventSet(set);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/*
 * Reads what is there.  Returns false at the end.  What is longer than the limit is an
 * error, or is cut off there.
 */
static bool
take(int fd, StringInfo into, int limit, bool cut)
{
	char		buffer[65536];
	ssize_t		n = read(fd, buffer, sizeof(buffer));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (into->len + n > limit && !cut)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the compiler says more than %d MB", limit >> 20)));
	appendBinaryStringInfo(into, buffer, (int) Min(n, limit - into->len));
	return n > 0;
}

/* The time that the compiler has for the texts begins now. */
static void
start_clock(Talk *talk)
{
	talk->deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), talk->seconds * INT64CONST(1000) + GRACE);
}

/*
 * Shows what a command says of its preparations.  The text is not trusted: what is too
 * long or not printable ASCII, which is right in all encodings, is not shown.
 */
static void
show_progress(Talk *talk, const char *text, int size)
{
	TimestampTz now = GetCurrentTimestamp();

	if (TimestampDifferenceMilliseconds(talk->shown, now) < BETWEEN_NOTICES || size > MAX_PROGRESS)
		return;
	for (int i = 0; i < size; i++)
		if (text[i] < ' ' || text[i] > '~')
			return;
	talk->shown = now;
	ereport(NOTICE,
			(errmsg("the compiler of plgo is being made ready: %.*s", size, text),
			 errdetail("The function is compiled after that; \"plgo.compile_timeout\" counts from then.")));
}

/*
 * Takes the lines about preparations out of what a command has said.  While they come,
 * the clock stands still; the wait can be cancelled as ever.
 */
static void
hear(Talk *talk)
{
	StringInfo	said = &talk->errors;
	int			at = 0;
	char	   *end;

	while ((end = memchr(said->data + at, '\n', said->len - at)) != NULL)
	{
		char	   *line = said->data + at;
		int			size = (int) (end - line);
		int			skip = (int) strlen(PREPARING);

		if (size < skip || memcmp(line, PREPARING, skip) != 0)
		{
			at += size + 1;
			continue;
		}
		start_clock(talk);
		show_progress(talk, line + skip, size - skip);
		said->len -= size + 1;
		memmove(line, end + 1, said->len - at + 1);
	}
}

/*
 * The same of a server: interim responses come before the answer.  Whatever is no such
 * response is the answer's head, which is for others to judge.
 */
static void
hear_server(Talk *talk)
{
	StringInfo	answer = &talk->answer;
	char	   *end;

	while (strncmp(answer->data, "HTTP/1.", 7) == 0 && answer->len > 10 && answer->data[9] == '1' &&
		   (end = strstr(answer->data, "\r\n\r\n")) != NULL)
	{
		char	   *what = strstr(answer->data, PREPARING_FIELD);

		start_clock(talk);
		if (what != NULL && what < end)
		{
			what += strlen(PREPARING_FIELD);
			show_progress(talk, what, (int) (strstr(what, "\r\n") - what));
		}
		answer->len -= (int) (end + 4 - answer->data);
		memmove(answer->data, end + 4, answer->len + 1);
	}
}

static void
exchange(Talk *talk, const char *request, size_t size)
{
	size_t		written = 0;

	set_nonblocking(talk->from);
	if (talk->to != talk->from)
		set_nonblocking(talk->to);
	if (talk->said >= 0)
		set_nonblocking(talk->said);
	while (talk->from >= 0 || talk->said >= 0)
	{
		plgo_talk_await(talk, LONGEST_WAIT);
		if (talk->to >= 0)
		{
			ssize_t		n = send(talk->to, request + written, size - written, MSG_NOSIGNAL);

			if (n < 0 && errno == ENOTSOCK)
				n = write(talk->to, request + written, size - written);
			if (n > 0)
				written += (size_t) n;
			/* Whoever does not read all of it will say why. */
			if (written == size || (n < 0 && errno != EAGAIN && errno != EINTR))
			{
				if (talk->to != talk->from)
					close(talk->to);
				talk->to = -1;
			}
		}
		if (talk->from >= 0)
		{
			if (!take(talk->from, &talk->answer, MAX_ANSWER, false))
			{
				if (talk->to == talk->from)
					talk->to = -1;
				close(talk->from);
				talk->from = -1;
			}
			if (talk->pid == 0)
				hear_server(talk);
		}
		if (talk->said >= 0)
		{
			int			before = talk->errors.len;

			if (!take(talk->said, &talk->errors, MAX_SAID, true))
			{
				close(talk->said);
				talk->said = -1;
			}
			if (talk->errors.len > before)
				hear(talk);
		}
	}
}

/*
 * Sends a request about some functions to a compiler and returns its answer.  A server
 * is told for whom, as it is to be fair: for which role, that is.  The compiler knows how
 * long each of them may take and can say better what is wrong, so it gets a moment more for
 * its answer.
 */
StringInfo
plgo_ask(const char *compiler, const StringInfoData *request, int functions)
{
	bool		server = strncmp(compiler, "unix:", 5) == 0 || strncmp(compiler, "http://", 7) == 0;
	Talk	   *talk = palloc0(sizeof(Talk));
	StringInfoData message;

	talk->to = talk->from = talk->said = -1;
	initStringInfo(&talk->answer);
	initStringInfo(&talk->errors);
	initStringInfo(&message);
	if (server)
		appendStringInfo(&message, "POST /v1/compile HTTP/1.0\r\nHost: localhost\r\n"
						 "Content-Type: application/json\r\nPgbuild-Waits: 1\r\n"
						 "Pgbuild-Client: " UINT64_FORMAT "/%u/%u\r\nContent-Length: %d\r\n\r\n",
						 GetSystemIdentifier(), MyDatabaseId, GetSessionUserId(), request->len);
	appendBinaryStringInfo(&message, request->data, request->len);
	talk->seconds = plgo_compile_timeout * functions;
	start_clock(talk);
	talk->shown = GetCurrentTimestamp();

	PG_TRY();
	{
		if (server)
			plgo_server_connect(talk, compiler);
		else
			plgo_command_start(talk, compiler);
		exchange(talk, message.data, (size_t) message.len);
		if (server)
			plgo_server_unwrap(&talk->answer);
		else
			plgo_command_reap(talk, compiler);
	}
	PG_CATCH();
	{
		end_talk(talk, true);
		PG_RE_THROW();
	}
	PG_END_TRY();
	end_talk(talk, false);
	return &talk->answer;
}
