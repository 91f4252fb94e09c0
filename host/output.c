/*-------------------------------------------------------------------------
 *
 * output.c
 *	  What a world writes: cut into lines for the platform, or, while it dies,
 *	  kept for the error.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* The runtime writes the first words of a traceback in one piece. */
static bool
begins_traceback(const char *data, uint64_t size)
{
	static const char *const beginnings[] = {"goroutine ", "\ngoroutine ", "[signal ", "\nruntime stack:"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (size >= strlen(beginnings[i]) && memcmp(data, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* A long message must not leave the tracebacks without room. */
static void
keep_last_words(PgstdWorld *world, const char *data, uint64_t size)
{
	if (world->dying == NULL && (world->dying = malloc(PGSTD_DYING_MAX)) == NULL)
		return;
	if (!world->dying_traced && begins_traceback(data, size))
	{
		world->dying_traced = true;
		if (world->dying_size > 0 && world->dying[world->dying_size - 1] != '\n')
			world->dying[world->dying_size++] = '\n';
	}
	if (!world->dying_traced && size > PGSTD_MESSAGE_MAX - world->dying_size)
		size = PGSTD_MESSAGE_MAX - world->dying_size;
	if (size > PGSTD_DYING_MAX - world->dying_size)
		size = PGSTD_DYING_MAX - world->dying_size;
	memcpy(world->dying + world->dying_size, data, size);
	world->dying_size += size;
}

/*
 * A text that is too long is cut: who wants to pass on more does not do it in a message.
 * One that does not lie in the world's memory is left out.
 */
void
pgstd_message_check(PgstdWorld *world, PgstdErrorData *message)
{
	PgstdText  *texts = (PgstdText *) message;

	for (size_t i = 0; i < sizeof(*message) / sizeof(PgstdText); i++)
	{
		if (!pgstd_memory_holds(world, texts[i].data, texts[i].size))
			texts[i] = (PgstdText) {0};
		if (texts[i].size > PGSTD_TEXT_MAX)
			texts[i].size = PGSTD_TEXT_MAX;
	}
}

/* Takes an error or a message from a world's memory.  False if there is none at that address. */
bool
pgstd_message_take(PgstdWorld *world, const PgstdErrorData *from, PgstdErrorData *to)
{
	if (!pgstd_memory_holds(world, from, sizeof(*from)))
		return false;
	*to = *from;
	pgstd_message_check(world, to);
	return true;
}

static void
flush_line(PgstdWorld *world, PgstdStream stream)
{
	PgstdLine  *line = &world->lines[stream];
	size_t		size = line->size;

	line->size = 0;
	world->platform->line(world, stream, line->text, size);
}

void
pgstd_output(PgstdWorld *world, int64_t stream, const char *data, uint64_t size)
{
	PgstdLine  *line;

	if (!pgstd_memory_holds(world, data, size))
		return;
	if (stream == PGSTD_DYING)
	{
		keep_last_words(world, data, size);
		return;
	}
	if (stream < PGSTD_STDOUT || stream > PGSTD_PRINT)
		return;
	line = &world->lines[stream];
	if (line->text == NULL && (line->text = malloc(PGSTD_LINE_MAX)) == NULL)
		return;
	while (size > 0)
	{
		const char *newline = memchr(data, '\n', size);
		size_t		part = newline != NULL ? (size_t) (newline - data) : size;

		if (part > PGSTD_LINE_MAX - line->size)
		{
			part = PGSTD_LINE_MAX - line->size;
			newline = NULL;
		}
		memcpy(line->text + line->size, data, part);
		line->size += part;
		data += part;
		size -= part;
		if (newline != NULL)
		{
			data++;
			size--;
		}
		if (newline != NULL || line->size == PGSTD_LINE_MAX)
			flush_line(world, (PgstdStream) stream);
	}
	if (line->size > 0)
		world->control->attention = 1;
}

/* Passes unfinished lines on, as at the end of a call. */
void
pgstd_output_flush(PgstdWorld *world)
{
	world->control->attention = 0;
	for (int stream = PGSTD_STDOUT; stream <= PGSTD_PRINT; stream++)
		if (world->lines[stream].size > 0)
			flush_line(world, (PgstdStream) stream);
}

void
pgstd_output_drop(PgstdWorld *world)
{
	for (int stream = 0; stream <= PGSTD_PRINT; stream++)
		world->lines[stream].size = 0;
	free(world->dying);
	world->dying = NULL;
	world->dying_size = 0;
	world->dying_traced = false;
}
