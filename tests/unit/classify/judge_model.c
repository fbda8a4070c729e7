#include "judge_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>

#include <cmocka.h>

int
judge_model_fd(void)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/conf/layerwatch.model", srcdir ? srcdir : ".");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

struct lw_model *
judge_model_open(void)
{
	_cleanup_close_ int fd = judge_model_fd();
	struct lw_model *m = NULL;

	assert_int_equal(lw_model_open(fd, &m), 0);
	return m;
}
