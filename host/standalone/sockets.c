/*-------------------------------------------------------------------------
 *
 * sockets.c
 *	  Sockets of test builds, in a network of their own.
 *
 * A test that asks for a network (-n) gets the kernel's, in a namespace with nothing but a
 * loopback: no packet leaves it, and what listens on this machine is not there.  Only
 * these families of addresses are kept apart by such a namespace; others are refused.  What it
 * does not keep apart, sockets with a name in the file system, must lie in
 * folders that the world may change, see places.c.
 *
 * Further processes of a test are in the namespace of the first one.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "files.h"
#include "places.h"
#include "sockets.h"

static bool network;

static bool
write_file(const char *path, const char *text)
{
	int			fd = open(path, O_WRONLY | O_CLOEXEC);
	bool		written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Everybody is who they are, as seen from inside of a user namespace. */
static bool
map_ids(uid_t uid, gid_t gid)
{
	char		users[64];
	char		groups[64];

	snprintf(users, sizeof(users), "%u %u 1", uid, uid);
	snprintf(groups, sizeof(groups), "%u %u 1", gid, gid);
	return write_file("/proc/self/setgroups", "deny") &&
		write_file("/proc/self/uid_map", users) && write_file("/proc/self/gid_map", groups);
}

/* Sets up the loopback, to which the kernel gives its addresses then. */
static bool
raise_loopback(void)
{
	struct ifreq loopback = {.ifr_name = "lo"};
	int			fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool		good = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &loopback) == 0;

	loopback.ifr_flags |= IFF_UP;
	good = good && ioctl(fd, SIOCSIFFLAGS, &loopback) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

/* Who makes a user namespace is mighty in it, also over the user's files. */
static bool
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	return syscall(SYS_capset, &header, none) == 0;
}

static bool
make_network(void)
{
	uid_t		uid = geteuid();
	gid_t		gid = getegid();

	if (unshare(CLONE_NEWNET) == 0)
		return raise_loopback();
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && map_ids(uid, gid) && raise_loopback() &&
		(uid == 0 || drop_capabilities());
}

/* Gives the world its network.  A child is in the parent's already. */
bool
pgstd_sockets_begin(bool child)
{
	network = true;
	if (child || make_network())
		return true;
	fprintf(stderr, "pgstd-run: cannot make a network for the test: %s\n"
			"HINT:  This user must be allowed to make network namespaces, or user namespaces with full rights; "
			"in a container, they can be forbidden as a whole.\n", strerror(errno));
	return false;
}

static bool
is_separate(int family, int protocol)
{
	return family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
		(family == AF_NETLINK && protocol == NETLINK_ROUTE);
}

static int64_t
make_pair(int family, int type, int protocol, int *to)
{
	int			ends[2];
	int64_t		result;

	if (socketpair(family, type | SOCK_CLOEXEC, protocol, ends) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
	{
		result = pgstd_place_give(ends[i], true);
		if (result < 0)
			return result;
		to[i] = ends[i];
	}
	return 0;
}

/* The path that an address is, if it is one. */
static bool
is_path(const struct sockaddr *address, size_t size, char *path)
{
	const size_t start = offsetof(struct sockaddr_un, sun_path);
	const struct sockaddr_un *local = (const struct sockaddr_un *) address;

	if (address == NULL || size <= start || size > sizeof(*local) || local->sun_family != AF_UNIX || local->sun_path[0] == '\0')
		return false;
	snprintf(path, sizeof(local->sun_path) + 1, "%.*s", (int) (size - start), local->sun_path);
	return true;
}

/*
 * An address that the world sends to.  A path becomes the descriptor of what was found there,
 * in *fd, so that it cannot be exchanged after it has been looked at.
 */
static int64_t
find_address(const struct sockaddr **address, socklen_t *size, struct sockaddr_un *found, int *fd)
{
	char		path[sizeof(found->sun_path) + 1];

	*fd = -1;
	if (!is_path(*address, *size, path))
		return 0;
	*fd = pgstd_place_find(AT_FDCWD, path, false, PLACE_CHANGE);
	if (*fd < 0)
		return *fd;
	found->sun_family = AF_UNIX;
	snprintf(found->sun_path, sizeof(found->sun_path), "/proc/self/fd/%d", *fd);
	*address = (const struct sockaddr *) found;
	*size = sizeof(*found);
	return 0;
}

/*
 * Binds to a path.  It has to be the world's own, as it is what others are told of the
 * socket; a relative one begins at the world's current folder, where the process is
 * not.  Should another process of the test exchange a folder of the path at that very moment, the
 * socket is not where it may be, and this process ends before anything can come to it.
 */
static int64_t
bind_path(int fd, const struct sockaddr *address, socklen_t size, const char *path)
{
	char		last[PATH_MAX];
	struct stat info;
	int			parent = pgstd_place_find_parent(AT_FDCWD, path, last);
	int			before;
	int64_t		result;

	if (parent < 0)
		return parent;
	before = pgstd_place_enter_current();
	if (before < 0)
	{
		close(parent);
		return before;
	}
	result = bind(fd, address, size) < 0 ? -errno : 0;
	pgstd_place_leave_current(before);
	if (result == 0 && (fstatat(parent, last, &info, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISSOCK(info.st_mode)))
	{
		fprintf(stderr, "pgstd-run: %s has been exchanged\n", path);
		_exit(EXIT_FAILURE);
	}
	close(parent);
	return result;
}

static int64_t
bind_socket(int fd, const struct sockaddr *address, socklen_t size)
{
	char		path[sizeof(struct sockaddr_un)];

	if (is_path(address, size, path))
		return bind_path(fd, address, size, path);
	return bind(fd, address, size) < 0 ? -errno : 0;
}

static int64_t
connect_socket(int fd, const struct sockaddr *address, socklen_t size)
{
	struct sockaddr_un found;
	int			place;
	int64_t		result = find_address(&address, &size, &found, &place);

	if (result == 0 && connect(fd, address, size) < 0)
		result = -errno;
	if (place >= 0)
		close(place);
	return result;
}

static int64_t
send_to(int fd, const void *data, size_t n, int flags, const struct sockaddr *address, socklen_t size)
{
	struct sockaddr_un found;
	int			place;
	int64_t		result = find_address(&address, &size, &found, &place);

	if (result == 0)
	{
		result = sendto(fd, data, n, flags | MSG_NOSIGNAL, address, size);
		if (result < 0)
			result = -errno;
	}
	if (place >= 0)
		close(place);
	return result;
}

/* The descriptors that a message brings along, and their number. */
static size_t
descriptors(struct cmsghdr *control, int **list)
{
	*list = (int *) CMSG_DATA(control);
	if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
		return 0;
	return (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
}

/* Only its own descriptors can be given away by the world. */
static bool
may_send(struct msghdr *message)
{
	int		   *list;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
		for (size_t n = descriptors(c, &list); n > 0; n--)
			if (!pgstd_place_is_open(list[n - 1]))
				return false;
	return true;
}

static int64_t
send_message(int fd, const struct msghdr *given, int flags)
{
	struct msghdr message = *given;
	struct sockaddr_un found;
	const struct sockaddr *address = message.msg_name;
	int			place;
	int64_t		result;

	if (!may_send(&message))
		return -EBADF;
	result = find_address(&address, &message.msg_namelen, &found, &place);
	if (result == 0)
	{
		message.msg_name = (void *) address;
		result = sendmsg(fd, &message, flags | MSG_NOSIGNAL);
		if (result < 0)
			result = -errno;
	}
	if (place >= 0)
		close(place);
	return result;
}

static int64_t
receive_message(int fd, struct msghdr *message, int flags)
{
	int64_t		result = recvmsg(fd, message, flags | MSG_CMSG_CLOEXEC);
	int		   *list;

	if (result < 0)
		return -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
		for (size_t n = descriptors(c, &list); n > 0; n--)
			(void) pgstd_place_give(list[n - 1], (fcntl(list[n - 1], F_GETFL) & O_ACCMODE) != O_RDONLY);
	return result;
}

/* System calls on a socket that is there. */
static int64_t
use_socket(int64_t number, int fd, const uint64_t *a)
{
	int64_t		result;

	if (!pgstd_place_is_open(fd))
		return -EBADF;
	switch (number)
	{
		case SYS_bind:
			return bind_socket(fd, (const struct sockaddr *) a[1], (socklen_t) a[2]);
		case SYS_connect:
			return connect_socket(fd, (const struct sockaddr *) a[1], (socklen_t) a[2]);
		case SYS_sendto:
			return send_to(fd, (const void *) a[1], a[2], (int) a[3], (const struct sockaddr *) a[4], (socklen_t) a[5]);
		case SYS_sendmsg:
			return send_message(fd, (const struct msghdr *) a[1], (int) a[2]);
		case SYS_recvmsg:
			return receive_message(fd, (struct msghdr *) a[1], (int) a[2]);
		case SYS_accept4:
			return pgstd_place_give(accept4(fd, (struct sockaddr *) a[1], (socklen_t *) a[2], (int) a[3] | SOCK_CLOEXEC), true);
		default:
			result = syscall(number, fd, a[1], a[2], a[3], a[4], a[5]);
	}
	return result < 0 ? -errno : result;
}

/*
 * One of socket, socketpair, bind, connect, listen, accept4, shutdown, getsockname, getpeername,
 * setsockopt, getsockopt, sendto, recvfrom, sendmsg and recvmsg.
 */
int64_t
pgstd_sockets_system(int64_t number, const uint64_t *a)
{
	if (!network)
		return -EPERM;
	if (number != SYS_socket && number != SYS_socketpair)
		return use_socket(number, (int) a[0], a);
	if (!is_separate((int) a[0], (int) a[2]))
		return -EAFNOSUPPORT;
	if (number == SYS_socketpair)
		return make_pair((int) a[0], (int) a[1], (int) a[2], (int *) a[3]);
	return pgstd_place_give(socket((int) a[0], (int) a[1] | SOCK_CLOEXEC, (int) a[2]), true);
}
