/*-------------------------------------------------------------------------
 *
 * transport.h
 *	  Talking to a compiler: what a command (command.c) and a server (server.c)
 *	  have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLGO_TRANSPORT_H
#define PLGO_TRANSPORT_H

#include "plgo.h"

#include "utils/timestamp.h"

/* Milliseconds after which a wait looks around. */
#define LONGEST_WAIT	60000

typedef struct Talk
{
	pid_t		pid;			/* 0: a server */
	pgsocket	to;				/* -1: all has been written */
	pgsocket	from;
	pgsocket	said;			/* standard error, or -1 */
	StringInfoData answer;
	StringInfoData errors;
	int			seconds;		/* that it may take */
	TimestampTz deadline;
	TimestampTz shown;			/* when progress was last shown */
} Talk;

/* transport.c */
extern void plgo_talk_await(Talk *talk, long longest);

/* command.c */
extern void plgo_command_start(Talk *talk, const char *command);
extern void plgo_command_reap(Talk *talk, const char *command);

/* server.c */
extern void plgo_server_connect(Talk *talk, const char *address);
extern void plgo_server_unwrap(StringInfo answer);

#endif							/* PLGO_TRANSPORT_H */
