#include "guard/config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/rule_files.h"
#include "proc/child.h"

static_assert(LW_CHILD_CONFIG_MAX >= LW_POLICY_DUMP_MAX, "children take what a policy can dump");

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct lw_config_source
lw_config_source(const char *given)
{
	return (struct lw_config_source){
		.path = given ? given : LW_POLICY_PATH, .optional = !given};
}

static int
load_policy(struct lw_config *c, struct lw_config_source *source, struct lw_text *errors)
{
	int r;

	source->built_in = source->optional && access(source->path, F_OK) < 0 && errno == ENOENT;
	if (source->built_in)
		return lw_policy_load_built_in(&c->policy, errors);
	r = lw_policy_load_file(source->path, &c->policy, errors);
	if (r == 0)
		/* a policy that vanishes is an error, not a return to defaults */
		source->optional = false;
	return r;
}

static int
seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, SEALS) < 0 ? -errno : 0;
}

static int
dump_policy(struct lw_config *c)
{
	_cleanup_text_ struct lw_text text = {0};
	int fd;

	lw_text_init(&text, LW_POLICY_DUMP_MAX);
	lw_policy_dump(c->policy, &text, false);
	if (text.failed || !text.data)
		return -EFBIG;
	fd = lw_memfd_with("layerwatch-policy", text.data, text.length);
	if (fd < 0)
		return fd;
	c->text = fd;
	c->length = (uint32_t)text.length;
	return seal(fd);
}

/* O_NONBLOCK: a FIFO in place of the file must not hold us. */
static int
open_file(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return TAKE_FD(fd);
}

static int
open_lists(struct lw_config *c, const char *name, struct lw_text *errors)
{
	const struct lw_settings *s = lw_policy_settings(c->policy);
	int bad = 0;

	for (size_t i = 0; i < s->content.hash_list_count; i++) {
		const struct lw_hash_list_settings *l = &s->content.hash_lists[i];
		int fd = open_file(l->path);

		if (fd < 0) {
			lw_text_addf(errors, "%s: content.hash_lists: %s: %s: %s\n", name, l->name,
				l->path, strerror(-fd));
			bad = -EINVAL;
			continue;
		}
		c->lists[c->list_count++] = fd;
	}
	return bad;
}

/* All rules of one kind as a memfd, or -1 where there are none. */
static int
read_rules(enum lw_rule_files kind, const struct lw_string_list *paths, const char *name,
	struct lw_text *errors, int *out)
{
	_cleanup_text_ struct lw_text text = {0}, why = {0};
	int r;

	lw_text_init(&text, LW_RULE_FILES_BYTES_MAX);
	lw_text_init(&why, LW_CONFIG_ERRORS_MAX);
	r = lw_rule_files_read(kind, paths, &text, &why);
	if (r == -EINVAL)
		lw_text_addf(errors, "%s: %s", name, why.data ? why.data : "");
	if (r < 0 || text.length == 0)
		return r;
	*out = lw_memfd_with("layerwatch-rules", text.data, text.length);
	return *out < 0 ? *out : seal(*out);
}

static int
read_all_rules(struct lw_config *c, const char *name, struct lw_text *errors)
{
	const struct lw_settings *s = lw_policy_settings(c->policy);
	int r = read_rules(LW_RULE_FILES_YARA, &s->content.yara, name, errors, &c->yara);

	if (r == 0)
		r = read_rules(LW_RULE_FILES_SIGMA, &s->content.rules, name, errors, &c->rules);
	return r;
}

/* A model that was asked for by its path must be there; the installed one can be left out. */
static int
open_model(struct lw_config *c, const char *name, struct lw_text *errors)
{
	const char *model = lw_policy_settings(c->policy)->content.model;
	bool installed = strcmp(model, "default") == 0;
	const char *path = installed ? LW_DATADIR "/layerwatch.model" : model;

	if (strcmp(model, "none") == 0)
		return 0;
	c->model = open_file(path);
	c->model_missing = c->model == -ENOENT && installed;
	if (c->model >= 0 || c->model_missing)
		return 0;
	lw_text_addf(errors, "%s: content.model: %s: %s\n", name, path, strerror(-c->model));
	return -EINVAL;
}

int
lw_config_load(struct lw_config **out, struct lw_config_source *source, uint64_t generation,
	struct lw_text *errors)
{
	_cleanup_(lw_config_freep) struct lw_config *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->text = c->yara = c->rules = c->model = -1;
	c->generation = generation;
	r = load_policy(c, source, errors);
	if (r < 0)
		return r;
	r = open_lists(c, source->path, errors);
	if (r == 0)
		r = open_model(c, source->path, errors);
	if (r < 0)
		return r;
	r = read_all_rules(c, source->path, errors);
	if (r < 0)
		return r;
	r = dump_policy(c);
	if (r < 0)
		return r;
	*out = TAKE_PTR(c);
	return 0;
}

struct lw_config *
lw_config_free(struct lw_config *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->list_count; i++)
		lw_closep(&c->lists[i]);
	lw_closep(&c->model);
	lw_closep(&c->text);
	lw_closep(&c->yara);
	lw_closep(&c->rules);
	lw_policy_free(c->policy);
	free(c);
	return NULL;
}

void
lw_config_freep(struct lw_config **c)
{
	*c = lw_config_free(*c);
}

const struct lw_settings *
lw_config_settings(const struct lw_config *c)
{
	return lw_policy_settings(c->policy);
}
