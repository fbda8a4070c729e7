#include "base/kernel.h"
#include "engine/json_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

void
lw_json_decrefp(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}

/* Symbolic links are followed, but never out of root; magic links of /proc are not. */
static int
open_beneath(int root, const char *path, uint64_t flags)
{
	return lw_openat2(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/*
 * Two steps: a FIFO, a device or a directory is known by its O_PATH descriptor, before an open that
 * could block or act. The second open goes through that descriptor, so that the file cannot be
 * another one.
 */
int
lw_state_open(int root, const char *path)
{
	_cleanup_close_ int found = open_beneath(root, path, O_PATH);
	char link[32];
	struct stat st;

	if (found < 0)
		return found;
	if (fstat(found, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", found);
	int fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int
lw_state_open_directory(int root, const char *path)
{
	return open_beneath(root, path, O_RDONLY | O_DIRECTORY);
}

int
lw_state_device(int root, const char *path, uint32_t *major, uint32_t *minor)
{
	_cleanup_close_ int fd = open_beneath(root, path, O_PATH);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) != 0)
		return -errno;
	*major = major(st.st_dev);
	*minor = minor(st.st_dev);
	return 0;
}

int
lw_json_bytes_load(const void *bytes, size_t length, json_t **out)
{
	json_error_t error;
	json_t *j = json_loadb(bytes, length, 0, &error);

	if (!j)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	*out = j;
	return 0;
}

int
lw_json_file_load(int root, const char *path, json_t **out)
{
	_cleanup_close_ int fd = lw_state_open(root, path);
	_cleanup_free_ char *bytes = NULL;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) != 0)
		return -errno;
	if (st.st_size > LW_STATE_BYTES_MAX)
		return -EFBIG;
	bytes = malloc(st.st_size + 1);
	if (!bytes)
		return -ENOMEM;
	ssize_t n = lw_read_full(fd, bytes, st.st_size);
	return n < 0 ? (int)n : lw_json_bytes_load(bytes, n, out);
}

const char *
lw_json_text(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key));
}

const char *
lw_json_text2(const json_t *j, const char *first, const char *second)
{
	return lw_json_text(json_object_get(j, first), second);
}

void
lw_json_copy(char *out, size_t size, const json_t *j, const char *key)
{
	const char *s = lw_json_text(j, key);

	if (s)
		lw_copy_string(out, size, s);
}
