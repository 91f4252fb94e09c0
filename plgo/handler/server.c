/*-------------------------------------------------------------------------
 *
 * server.c
 *	  A compiler that is a server on this machine, and speaks HTTP.
 *
 *-------------------------------------------------------------------------
 */
#include "transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

pg_noreturn static void
cannot_connect(const char *address, int why)
{
	errno = why;
	ereport(LOG,
			(errmsg("could not connect to the compiler at \"%s\": %m", address)));
	errno = why;
	ereport(ERROR,
			(errcode(ERRCODE_CONNECTION_FAILURE),
			 errmsg("could not connect to the compiler: %m"),
			 errhint("A superuser can start it with \"pgbuild serve\", or set \"plgo.compiler\".")));
}

/*
 * Begins to connect.  Returns what connect() says: 0, EINPROGRESS, or EAGAIN when the
 * server has as many connections that it has not looked at as it takes.
 */
static int
try_connect(Talk *talk, const struct sockaddr *where, socklen_t size)
{
	talk->from = socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	talk->to = talk->from;
	if (talk->from < 0)
		return errno;
	if (connect(talk->from, where, size) == 0)
		return 0;
	return errno == EINTR ? EINPROGRESS : errno;
}

void
plgo_server_connect(Talk *talk, const char *address)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct sockaddr_in inet = {.sin_family = AF_INET};
	struct sockaddr *where = (struct sockaddr *) &local;
	socklen_t	size = sizeof(local);
	int			state;
	socklen_t	state_size = sizeof(state);

	if (strncmp(address, "unix:", 5) == 0)
	{
		if (snprintf(local.sun_path, sizeof(local.sun_path), "%s", address + 5) >= (int) sizeof(local.sun_path))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the path in \"plgo.compiler\" is too long for a socket")));
	}
	else
	{
		where = (struct sockaddr *) &inet;
		size = sizeof(inet);
		inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		inet.sin_port = htons((uint16) atoi(strrchr(address, ':') + 1));
	}
	/* A socket that waits for nothing cannot be waited for: it is made anew. */
	for (long pause = 1; (state = try_connect(talk, where, size)) == EAGAIN; pause = Min(2 * pause, 100))
	{
		close(talk->from);
		talk->to = talk->from = -1;
		plgo_talk_await(talk, pause);
	}
	if (state == EINPROGRESS)
	{
		plgo_talk_await(talk, LONGEST_WAIT);
		if (getsockopt(talk->from, SOL_SOCKET, SO_ERROR, &state, &state_size) != 0)
			state = errno;
	}
	if (state != 0)
		cannot_connect(address, state);
}

/* Cuts the head off an HTTP response. */
void
plgo_server_unwrap(StringInfo answer)
{
	char	   *body = strstr(answer->data, "\r\n\r\n");
	int			head;

	if (strncmp(answer->data, "HTTP/1.", 7) != 0 || body == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("what listens at the address in \"plgo.compiler\" is no compiler of plgo")));
	head = (int) (body + 4 - answer->data);
	answer->len -= head;
	memmove(answer->data, body + 4, answer->len + 1);
}
