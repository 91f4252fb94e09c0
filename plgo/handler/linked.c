/*-------------------------------------------------------------------------
 *
 * linked.c
 *	  Bases, linked beforehand for all sessions.
 *
 * To compare the digest of a base's file, and to relocate it, takes longer than a session
 * has, and relocating copies 5 MB.  The first session that maps a base while a server runs does both,
 * for an address that it chooses at random, and saves what it has relocated beside the
 * file; the others map that there.  The address is as random as all that a server has in
 * memory: its sessions are forked from one process, and have that in the same places.
 *
 * What has been found and made stands in a note: the start of the server, the keys by which
 * the base's signature was verified, if one is demanded, and of both files what tells whether
 * anybody has changed them since.  Nothing of it is believed by another server, so nothing of
 * it has to survive a crash of the machine.  Who can write these files can write all others of
 * the server: no SQL does, but for those whom a superuser has given that right.
 *
 * A session that cannot have the address, as something of its own lies there, relocates
 * the base by itself.  Each further world in a session has an image at another address,
 * linked in the same way, up to some number.
 *
 *-------------------------------------------------------------------------
 */
#include "bases.h"
#include "../../host/cell/protocol.h"
#include "../../host/postgres/proof/signature.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/timestamp.h"

#define PLACE_ATTEMPTS	3

#define NOTE_FORMAT		3

typedef struct Note
{
	uint64		format;
	TimestampTz server;			/* its start */
	uint64		compared;		/* the digest of the base's file was */
	PlgoFileState base;
	PlgoFileState linked;
	uint64		place;			/* 0: it is not linked */
	uint8		keys[PGSTD_KEYS_SIZE];	/* by which the base's signature was verified; zeros: it was not */
} Note;

typedef struct Files
{
	int			base;
	int			linked;			/* -1: none */
	uint64		place;
} Files;

static char *
linked_path(const char *path, int number)
{
	return psprintf("%s.%d.linked", path, number);
}

static char *
note_path(const char *path, int number)
{
	return psprintf("%s.%d.note", path, number);
}

static void
close_files(Files *files)
{
	if (files->base >= 0)
		CloseTransientFile(files->base);
	if (files->linked >= 0)
		CloseTransientFile(files->linked);
	*files = (Files) {-1, -1, 0};
}

/* Reads what was noted while this server runs. */
static bool
read_note(const char *path, Note *note)
{
	int			fd = plgo_files_find(path);
	bool		whole = fd >= 0 && read(fd, note, sizeof(*note)) == sizeof(*note);

	if (fd >= 0)
		CloseTransientFile(fd);
	return whole && note->format == NOTE_FORMAT && note->server == PgStartTime;
}

/* Whether all has been found out of the base that is asked for now: keys can come and go while a server runs. */
static bool
is_proven(const Note *note)
{
	uint8		keys[PGSTD_KEYS_SIZE];

	if (plgo_verify && !note->compared)
		return false;
	return !pgstd_signature_wanted() ||
		(pgstd_signature_keys(keys) && memcmp(keys, note->keys, sizeof(keys)) == 0);
}

/* Opens files that are what the note says. */
static bool
open_noted(const char *path, int number, Files *files)
{
	Note		note;

	*files = (Files) {-1, -1, 0};
	if (!read_note(note_path(path, number), &note) || !is_proven(&note))
		return false;
	files->base = plgo_files_find(path);
	files->place = note.place;
	if (note.place != 0)
		files->linked = plgo_files_find(linked_path(path, number));
	if (plgo_files_is_same(files->base, &note.base) && (note.place == 0 || plgo_files_is_same(files->linked, &note.linked)))
		return true;
	close_files(files);
	return false;
}

/*
 * Makes a file of some pieces and returns it open for reading, or -1; errno says why.  No session sees a
 * part of it.
 */
static int
make_file(const char *path, const PgstdImagePart *pieces, int n)
{
	char	   *temporary = psprintf("%s.%d.tmp", path, MyProcPid);
	bool		whole;
	int			why;
	int			fd;

	unlink(temporary);			/* of a process that had this number before */
	fd = OpenTransientFile(temporary, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY);
	if (fd < 0)
		return -1;
	whole = true;
	for (int i = 0; i < n; i++)
		whole = whole && (!pieces[i].writable || plgo_files_put(fd, (const char *) pieces[i].address, pieces[i].filled));
	why = errno;
	CloseTransientFile(fd);
	/* Nobody has it open for writing any more: a cell gets what is open here. */
	fd = whole ? OpenTransientFile(temporary, O_RDONLY | PG_BINARY) : -1;
	if (fd >= 0 && rename(temporary, path) == 0)
		return fd;
	if (whole)
		why = errno;
	if (fd >= 0)
		CloseTransientFile(fd);
	unlink(temporary);
	errno = why;
	return -1;
}

/* Maps the base at an address where kernels put nothing: what a session has of its own lies elsewhere. */
static bool
map_somewhere(int fd, uint64 room, PgstdImage *image)
{
	uint64		space = pgstd_address_space();
	uint64		from = PGSTD_WORLDS_FROM(space);
	uint64		pages = (PGSTD_WORLDS_TO(space) - from) / pgstd_page_size();

	for (int i = 0; i < PLACE_ATTEMPTS; i++)
	{
		uint64		place;

		if (!pg_strong_random(&place, sizeof(place)))
			return false;
		place = from + place % pages * pgstd_page_size();
		*image = (PgstdImage) {.room = room};
		if (pgstd_image_open_at(fd, place, -1, image) == NULL)
			return true;
	}
	return false;
}

/* Links the base, whose file is open and good.  False if its file cannot be written: errno says why. */
static bool
make_linked(const char *path, uint64 room, Files *files)
{
	PgstdImage	image;
	int			why;

	if (!map_somewhere(files->base, room, &image))
		return true;
	files->linked = make_file(path, image.parts, image.nparts);
	why = errno;
	if (files->linked >= 0)
		files->place = (uint64) image.space;
	pgstd_image_close(&image);
	errno = why;
	return files->place != 0;
}

/* Notes what has been found and made; keys are those that were trusted before. */
static bool
write_note(const char *path, const Files *files, const uint8 *keys)
{
	Note		note = {
		.format = NOTE_FORMAT,
		.server = PgStartTime,
		.compared = plgo_verify,
		.place = files->place,
	};
	PgstdImagePart piece = {.address = (uint64) &note, .filled = sizeof(note), .writable = true};
	uint8		now[PGSTD_KEYS_SIZE];
	int			fd;

	/* If they have changed meanwhile, nobody knows by which it was. */
	if (keys != NULL && pgstd_signature_keys(now) && memcmp(now, keys, sizeof(now)) == 0)
		memcpy(note.keys, keys, sizeof(note.keys));
	if (!plgo_files_look_at(files->base, &note.base) || (note.place != 0 && !plgo_files_look_at(files->linked, &note.linked)))
		return false;
	fd = make_file(path, &piece, 1);
	if (fd >= 0)
		CloseTransientFile(fd);
	return fd >= 0;
}

/*
 * Opens the files of a base once they are good, whatever that takes.  False if there is none in
 * the folder that can be believed.  One session does it, and others wait for that.
 */
static bool
prepare(const char *path, const PlgoDigest *digest, int number, uint64 room, Files *files)
{
	uint8		keys[PGSTD_KEYS_SIZE];
	bool		demanded = pgstd_signature_wanted() && pgstd_signature_keys(keys);

	if (open_noted(path, number, files))
		return true;
	*files = (Files) {plgo_files_open(digest, digest), -1, 0};
	if (files->base < 0)
		return false;
	/* Without space, each session does for itself what it has to. */
	if (!make_linked(linked_path(path, number), room, files) || !write_note(note_path(path, number), files, demanded ? keys : NULL))
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("could not link file \"%s\" for all sessions: %m", path)));
	return true;
}

static bool
prepare_alone(const char *path, const PlgoDigest *digest, int number, uint64 room, Files *files)
{
	volatile bool found = false;

	plgo_lock(digest, PLGO_LOCK_LINK, ExclusiveLock, false);
	PG_TRY();
	{
		found = prepare(path, digest, number, room, files);
	}
	PG_FINALLY();
	{
		plgo_unlock(digest, PLGO_LOCK_LINK, ExclusiveLock);
	}
	PG_END_TRY();
	return found;
}

/*
 * Maps a base as the image of that number in this session.  Returns false if it cannot be
 * opened.
 */
bool
plgo_linked_map(const PlgoDigest *digest, int number, uint64 room, PgstdImage *image)
{
	const char *path = plgo_files_of(digest);
	bool		has_place = number < PLGO_LINKED;
	PgstdImage	wanted = *image;
	Files		files;
	const char *problem = NULL;

	number = Min(number, PLGO_LINKED - 1);
	if (!open_noted(path, number, &files) && !prepare_alone(path, digest, number, room, &files))
		return false;
	wanted.room = room;
	/* It has a place already. */
	*image = wanted;
	image->place = NULL;
	if (!has_place || files.place == 0 || pgstd_image_open_at(files.base, files.place, files.linked, image) != NULL)
	{
		*image = wanted;
		problem = pgstd_image_open(files.base, image);
	}
	close_files(&files);
	if (problem != NULL)
		plgo_files_unmappable(path, problem);
	return true;
}

/* Removes what has been made of a base's file. */
void
plgo_linked_remove(const char *path)
{
	for (int i = 0; i < PLGO_LINKED; i++)
	{
		unlink(linked_path(path, i));
		unlink(note_path(path, i));
	}
}
