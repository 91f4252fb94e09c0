/*-------------------------------------------------------------------------
 *
 * compared.c
 *	  Files of objects whose digest has been compared while this server runs.
 *
 * To compute the digest of an object takes a good part of a session's first call: 1.2 MB of
 * SHA-256 for the smallest function that does not share a base.  The first session that compares it leaves a note
 * beside the file: the start of the server, and what tells whether anybody has changed the
 * file since.  No other server believes the note, so nothing of it has to survive a crash.  Who can write
 * it can write all other files of the server, as in linked.c.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

#include <fcntl.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/timestamp.h"

#define NOTE_FORMAT		1

typedef struct Note
{
	uint64		format;
	TimestampTz server;			/* its start */
	PlgoFileState file;
} Note;

static char *
note_path(const char *path)
{
	return psprintf("%s.compared", path);
}

/* Whether a file has been compared since this server has started, and is as it was then. */
bool
plgo_compared_is(const char *path, const PlgoFileState *now)
{
	int			fd = plgo_files_find(note_path(path));
	Note		note;
	bool		whole = fd >= 0 && read(fd, &note, sizeof(note)) == sizeof(note);

	if (fd >= 0)
		CloseTransientFile(fd);
	return whole && note.format == NOTE_FORMAT && note.server == PgStartTime &&
		memcmp(&note.file, now, sizeof(*now)) == 0;
}

/* Notes that it has.  Where that cannot be written, each session compares for itself. */
void
plgo_compared_note(const char *path, const PlgoFileState *then)
{
	Note		note = {.format = NOTE_FORMAT, .server = PgStartTime, .file = *then};
	char	   *temporary = psprintf("%s.compared.%d.tmp", path, MyProcPid);
	bool		whole;
	int			fd;

	unlink(temporary);			/* of a process that had this number before */
	fd = OpenTransientFile(temporary, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY);
	if (fd < 0)
		return;
	whole = plgo_files_put(fd, (const char *) &note, sizeof(note));
	CloseTransientFile(fd);
	if (!whole || rename(temporary, note_path(path)) != 0)
		unlink(temporary);
}

void
plgo_compared_remove(const char *path)
{
	unlink(note_path(path));
}
