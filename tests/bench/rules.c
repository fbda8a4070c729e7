/*
 * rules: how long behaviour rules take to load, and an execution to be looked at by all of them.
 * The rules are made up, in the shapes that published ones for Linux have: most name a program and
 * a few texts of its arguments, some exceptions, a tenth a regular expression, a tenth a wildcard.
 * Files named on the command line are measured as well, together. A JSON object a row.
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "rules/rules.h"

#define RUNS 20001
#define LARGE_RUNS 201
#define TEXT_MAX (16u * 1024 * 1024)
#define FILES_MAX 256

/* Of this thread: what else runs on the machine is not its business. */
static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static uint32_t
draw(uint32_t below)
{
	static uint32_t state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static const char *const programs[] = {"nc", "bash", "sh", "python3", "perl", "curl", "wget",
	"base64", "chmod", "crontab", "find", "grep", "useradd", "systemctl", "iptables", "ssh",
	"scp", "rsync", "tar", "gzip", "openssl", "dd", "mount", "nsenter", "docker", "kubectl",
	"socat", "awk"};
static const char *const words[] = {" -e ", "/dev/tcp/", " --decode", "/etc/shadow", " -c ",
	".ssh/", "authorized_keys", "import socket", "chmod +x", "/tmp/", "history -c", "nohup ",
	"| bash", "LD_PRELOAD", "stratum+tcp", "disable", "--privileged", "cgroup", "release_agent",
	"wallet"};

#define PICK(a) a[draw(LW_ARRAY_SIZE(a))]

static void
add_rule(struct lw_text *t, unsigned i)
{
	lw_text_addf(t,
		"---\ntitle: Rule %u\nlevel: high\n"
		"logsource: {product: linux, category: process_creation}\ndetection:\n"
		"  img:\n    Image|endswith:\n",
		i);
	for (unsigned n = 1 + draw(5); n > 0; n--)
		lw_text_addf(t, "      - '/%s%s'\n", PICK(programs), draw(2) ? "" : "x");
	lw_text_adds(t, "  args:\n    CommandLine|contains:\n");
	for (unsigned n = 1 + draw(8); n > 0; n--)
		lw_text_addf(t, "      - '%s%u'\n", PICK(words), draw(500));
	lw_text_addf(t, "  more:\n    CommandLine|contains|all: ['%s', '%s']\n", PICK(words),
		PICK(words));
	bool regex = draw(10) == 0, wild = draw(10) == 0;

	if (regex)
		lw_text_addf(t, "  re:\n    CommandLine|re: '%s\\s+-[a-z]*%u\\s.*(%s|%s)'\n",
			PICK(programs), draw(50), PICK(programs), PICK(programs));
	if (wild)
		lw_text_addf(t, "  wild:\n    CommandLine: '*%s*%u*%s*'\n", PICK(words), draw(9),
			PICK(programs));
	if (draw(4) == 0)
		lw_text_addf(t, "  filter_parent:\n    ParentImage|startswith: '/usr/lib/%s'\n",
			PICK(programs));
	lw_text_addf(t,
		"  filter_env:\n    Environment.CI|exists: true\n"
		"  condition: (img and args or more%s%s) and not 1 of filter_*\n",
		regex ? " or re" : "", wild ? " or wild" : "");
}

static void
make_rules(struct lw_text *t, unsigned count)
{
	lw_text_init(t, TEXT_MAX);
	for (unsigned i = 0; i < count; i++)
		add_rule(t, i);
}

static struct lw_rule_text
text(const char *s)
{
	return (struct lw_rule_text){.data = s, .length = strlen(s)};
}

/* An everyday execution, its command line brought to `length` bytes by one of three fillings. */
static void
make_event(struct lw_rule_event *e, char *line, size_t length, const char *filling)
{
	static const struct lw_rule_text ancestors[] = {
		{"/usr/bin/dash", 13}, {"/usr/sbin/cron", 14}, {"/usr/bin/tini", 13}};
	static const struct lw_rule_pair environment[] = {
		{{"LD_LIBRARY_PATH", 15}, {"/usr/local/lib", 14}}};
	size_t n = strlen(filling);

	for (size_t i = 0; i < length; i++)
		line[i] = filling[i % n];
	line[length] = '\0';
	*e = (struct lw_rule_event){.ancestors = ancestors,
		.ancestor_count = LW_ARRAY_SIZE(ancestors),
		.environment = environment,
		.environment_count = 1};
	e->text[LW_RULE_IMAGE] = text("/usr/bin/python3.11");
	e->text[LW_RULE_COMMAND_LINE] = text(line);
	e->text[LW_RULE_PARENT_IMAGE] = text("/usr/bin/dash");
	e->text[LW_RULE_PARENT_COMMAND_LINE] = text("/bin/sh -c /usr/local/bin/backup --daily");
	e->text[LW_RULE_CURRENT_DIRECTORY] = text("/srv/app");
	e->text[LW_RULE_USER] = text("root");
	e->text[LW_RULE_LAYER] = text("image");
	e->text[LW_RULE_KIND] = text("binary");
	e->text[LW_RULE_STDIN] = text("pipe");
	e->text[LW_RULE_CONTAINER_IMAGE] = text("registry.example/app:1");
	e->number[LW_RULE_UID] = 0;
	e->numbers = 1u << LW_RULE_UID;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(const char *name, struct lw_rules *s, const char *text_name, const char *filling,
	size_t length)
{
	static char line[LW_RULE_VALUE_MAX + 1];
	static double us[RUNS];
	size_t runs = length > 4096 ? LARGE_RUNS : RUNS;
	struct lw_rule_matches m;
	struct lw_rule_event e;

	make_event(&e, line, length, filling);
	for (size_t i = 0; i < runs; i++) {
		double start = cpu_us();

		lw_rules_evaluate(s, &e, &m);
		us[i] = cpu_us() - start;
	}
	qsort(us, runs, sizeof(us[0]), compare);
	printf("{\"name\": \"%s\", \"text\": \"%s\", \"rules\": %zu, \"bytes\": %zu, "
	       "\"p50_us\": %.1f, \"p99_us\": %.1f, \"matches\": %u, \"limited\": %u}\n",
		name, text_name, lw_rules_count(s), length, us[runs / 2], us[runs * 99 / 100],
		m.count + m.more, m.limited);
}

static struct lw_rules *
load(const char *name, const struct lw_rules_source *sources, size_t count)
{
	double start = cpu_us();
	struct lw_rules *s = NULL;
	int r = lw_rules_load(sources, count, &s);

	if (r < 0)
		fprintf(stderr, "%s: error %d\n", name, r);
	else
		printf("{\"name\": \"%s\", \"engine\": \"%s\", \"rules\": %zu, "
		       "\"refused\": %zu, \"load_ms\": %.1f}\n",
			name, lw_rules_engine(), lw_rules_count(s), lw_rules_refused(s),
			(cpu_us() - start) / 1e3);
	return s;
}

#define EVERYDAY "/usr/bin/python3 -u /srv/app/manage.py runserver --settings=app.settings.prod "

static void
measure_all(const char *name, struct lw_rules *s)
{
	measure(name, s, "everyday", EVERYDAY, 300);
	measure(name, s, "everyday", EVERYDAY, 32768);
	measure(name, s, "one letter", "a", 32768);
	measure(name, s, "nearly what is sought", "bash -x 1 /dev/tcp perl chmod +", 32768);
}

static int
measure_made(unsigned count)
{
	_cleanup_text_ struct lw_text t = {0};
	_cleanup_(lw_rules_freep) struct lw_rules *s = NULL;

	make_rules(&t, count);
	s = load("made",
		&(struct lw_rules_source){.name = "made", .text = t.data, .length = t.length}, 1);
	if (s)
		measure_all("made", s);
	return s ? 0 : 1;
}

static int
measure_files(int count, char **paths)
{
	struct lw_rules_source sources[FILES_MAX] = {0};
	struct lw_rules *s;

	for (int i = 0; i < count; i++) {
		_cleanup_close_ int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
		char *bytes = malloc(1u << 20);
		ssize_t n = fd < 0 || !bytes ? -1 : lw_read_full(fd, bytes, 1u << 20);

		if (n < 0)
			return 1;
		sources[i] = (struct lw_rules_source){.name = paths[i],
			.text = bytes,
			.length = n,
			.lists = lw_rules_is_lists(paths[i])};
	}
	s = load("shipped", sources, count);
	if (s)
		measure_all("shipped", s);
	lw_rules_free(s);
	for (int i = 0; i < count; i++)
		free((char *)sources[i].text);
	return s ? 0 : 1;
}

int
main(int argc, char **argv)
{
	int r = measure_made(500);

	if (r == 0)
		r = measure_made(4000);
	if (r == 0 && argc > 1 && argc - 1 <= FILES_MAX)
		r = measure_files(argc - 1, &argv[1]);
	return r;
}
