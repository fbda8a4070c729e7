/*
 * test_handle: bytes made by hand, and what the running kernel gives for files of a real overlay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "gate/handle.h"

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID AT_REMOVEDIR
#endif

#define HANDLE_SIZE 36 /* 3 + 21 + 12 */

/* An upper handle with an inner one of 12 bytes, type 1. */
static const uint8_t sample[HANDLE_SIZE] = {
	0,
	0,
	0,
	0,
	0xfb,
	33,
	0x04,
	1,
	1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	9,
	10,
	11,
	12,
	13,
	14,
	15,
	16,
	0xa0,
	0xa1,
	0xa2,
	0xa3,
	0xa4,
	0xa5,
	0xa6,
	0xa7,
	0xa8,
	0xa9,
	0xaa,
	0xab,
};

static void
upper_and_its_inner_handle(void **state _unused_)
{
	struct lw_ovl_handle h;

	assert_int_equal(lw_ovl_handle_decode(LW_OVL_HANDLE_TYPE, sample, sizeof(sample), &h), 0);
	assert_true(h.upper);
	assert_int_equal(h.uuid[0], 1);
	assert_int_equal(h.uuid[15], 16);
	assert_false(lw_uuid_is_null(h.uuid));
	assert_int_equal(h.inner.handle.handle_type, 1);
	assert_int_equal(h.inner.handle.handle_bytes, 12);
	assert_memory_equal(h.inner.handle.f_handle, &sample[24], 12);
}

static void
origin_when_the_flag_is_clear(void **state _unused_)
{
	uint8_t bytes[HANDLE_SIZE];
	struct lw_ovl_handle h;

	memcpy(bytes, sample, sizeof(bytes));
	bytes[6] = 0;
	assert_int_equal(lw_ovl_handle_decode(LW_OVL_HANDLE_TYPE, bytes, sizeof(bytes), &h), 0);
	assert_false(h.upper);
}

/* Each row breaks one byte of the sample. */
static void
what_overlayfs_would_not_take(void **state _unused_)
{
	static const struct {
		size_t at;
		uint8_t value;
	} broken[] = {
		{3, 1}, /* version */
		{4, 0xfa}, /* magic */
		{5, 20},
		{5, 0}, /* shorter than its header */
		{5, 34},
		{5, 255}, /* longer than the handle */
		{6, 0x08},
		{6, 0x84}, /* unknown flags */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		{6, 0x01},
		{6, 0x05}, /* of the other endianness */
#else
		{6, 0x00},
		{6, 0x04},
#endif
	};
	struct lw_ovl_handle h = {.upper = true};

	for (size_t i = 0; i < LW_ARRAY_SIZE(broken); i++) {
		uint8_t bytes[HANDLE_SIZE];

		memcpy(bytes, sample, sizeof(bytes));
		bytes[broken[i].at] = broken[i].value;
		assert_int_equal(lw_ovl_handle_decode(LW_OVL_HANDLE_TYPE, bytes, sizeof(bytes), &h),
			LW_HANDLE_NOT_OVERLAY);
	}
	assert_true(h.upper);
	assert_int_equal(h.inner.handle.handle_bytes, 0);
}

static void
any_endian_is_taken(void **state _unused_)
{
	uint8_t bytes[HANDLE_SIZE];
	struct lw_ovl_handle h;

	memcpy(bytes, sample, sizeof(bytes));
	for (unsigned flags = 2; flags <= 3; flags++) {
		bytes[6] = (uint8_t)flags;
		assert_int_equal(
			lw_ovl_handle_decode(LW_OVL_HANDLE_TYPE, bytes, sizeof(bytes), &h), 0);
	}
}

static void
other_types_and_lengths(void **state _unused_)
{
	uint8_t bytes[LW_OVL_HANDLE_SIZE + 4] = {};
	struct lw_ovl_handle h;

	memcpy(bytes, sample, sizeof(sample));
	assert_int_equal(lw_ovl_handle_decode(0x81, bytes, HANDLE_SIZE, &h), LW_HANDLE_NOT_OVERLAY);
	assert_int_equal(lw_ovl_handle_decode(0xfb, bytes, HANDLE_SIZE, &h), LW_HANDLE_NOT_OVERLAY);
	assert_int_equal(lw_ovl_handle_decode(-1, bytes, HANDLE_SIZE, &h), LW_HANDLE_NOT_OVERLAY);
	for (size_t length = 0; length < HANDLE_SIZE; length++)
		assert_int_equal(lw_ovl_handle_decode(LW_OVL_HANDLE_TYPE, bytes, length, &h),
			LW_HANDLE_NOT_OVERLAY);
	/* rounded up to four bytes, up to the largest handle there is */
	for (size_t length = HANDLE_SIZE; length <= LW_OVL_HANDLE_SIZE; length++) {
		assert_int_equal(lw_ovl_handle_decode(LW_OVL_HANDLE_TYPE, bytes, length, &h), 0);
		assert_int_equal(h.inner.handle.handle_bytes, 12);
	}
	assert_int_equal(lw_ovl_handle_decode(LW_OVL_HANDLE_TYPE, bytes, sizeof(bytes), &h),
		LW_HANDLE_NOT_OVERLAY);
}

static void
write_file(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(lw_write_full(fd, content, strlen(content)), 0);
	close(fd);
}

/* An overlay "m" over "l" and "u" on a private tmpfs, which becomes the working directory. */
static void
make_overlay(char *dir)
{
	assert_non_null(mkdtemp(dir));
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		rmdir(dir);
		print_message("mounting needs CAP_SYS_ADMIN\n");
		skip();
	}
	assert_int_equal(mount("lw", dir, "tmpfs", 0, "size=1m"), 0);
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(
		mkdir("l", 0755) | mkdir("u", 0755) | mkdir("w", 0755) | mkdir("m", 0755), 0);
	write_file("l/image", "image");
	write_file("l/changed", "image");
	write_file("l/replaced", "image");
	assert_int_equal(mount("o", "m", "overlay", 0, "lowerdir=l,upperdir=u,workdir=w"), 0);
}

static void
leave(const char *dir)
{
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
	assert_int_equal(rmdir(dir), 0);
}

static int
kernel_handle(const char *path, struct lw_ovl_handle *h)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	union lw_file_handle fh = {.handle.handle_bytes = LW_OVL_HANDLE_SIZE};
	int mount_id;

	assert_true(fd >= 0);
	if (name_to_handle_at(fd, "", &fh.handle, &mount_id, AT_EMPTY_PATH | AT_HANDLE_FID) != 0)
		return -errno;
	return lw_ovl_handle_decode(
		fh.handle.handle_type, fh.handle.f_handle, fh.handle.handle_bytes, h);
}

/* The handle leads to this very inode of the real filesystem. */
static void
leads_to(struct lw_ovl_handle *h, const char *real)
{
	_cleanup_close_ int mount_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = -1;
	struct stat a, b;

	fd = open_by_handle_at(mount_fd, &h->inner.handle, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat(real, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(a.st_dev, b.st_dev);
}

static void
files_of_a_real_overlay(void **state _unused_)
{
	char dir[] = "/tmp/lw-handle-XXXXXX";
	struct lw_ovl_handle h;
	int r;

	make_overlay(dir);
	r = kernel_handle("m/image", &h);
	if (r == -EINVAL) {
		leave(dir);
		print_message("this kernel has no AT_HANDLE_FID for overlayfs (6.6)\n");
		skip();
	}
	assert_int_equal(r, 0);
	assert_false(h.upper);
	leads_to(&h, "l/image");

	write_file("m/added", "new");
	assert_int_equal(kernel_handle("m/added", &h), 0);
	assert_true(h.upper);
	leads_to(&h, "u/added");

	/* copied up: the origin stays known, whatever the content and the name */
	write_file("m/changed", " and more");
	assert_int_equal(rename("m/changed", "m/elsewhere"), 0);
	assert_int_equal(kernel_handle("m/elsewhere", &h), 0);
	assert_false(h.upper);
	leads_to(&h, "l/changed");

	assert_int_equal(unlink("m/replaced"), 0);
	write_file("m/replaced", "another");
	assert_int_equal(kernel_handle("m/replaced", &h), 0);
	assert_true(h.upper);
	leads_to(&h, "u/replaced");

	/* the real filesystem's own handle is none of overlayfs' */
	assert_int_equal(kernel_handle("l/image", &h), LW_HANDLE_NOT_OVERLAY);
	leave(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upper_and_its_inner_handle),
		cmocka_unit_test(origin_when_the_flag_is_clear),
		cmocka_unit_test(what_overlayfs_would_not_take),
		cmocka_unit_test(any_endian_is_taken),
		cmocka_unit_test(other_types_and_lengths),
		cmocka_unit_test(files_of_a_real_overlay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
