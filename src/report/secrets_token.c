/*
 * Tokens by the shape that their issuers gave them.
 */
#include <string.h>

#include "report/secrets.h"

/* Tokens that their issuers gave a prefix, so that they can be found. */
struct issued {
	const char *prefix;
	uint8_t least; /* characters after the prefix */
	bool fixed; /* exactly `least`: more means something else */
};

static const struct issued issued_tokens[] = {
	{"AKIA", 16, true},
	{"ASIA", 16, true},
	{"ABIA", 16, true},
	{"ACCA", 16, true},
	{"ghp_", 36, false},
	{"gho_", 36, false},
	{"ghu_", 36, false},
	{"ghs_", 36, false},
	{"ghr_", 36, false},
	{"github_pat_", 22, false},
	{"glpat-", 20, false},
	{"glptt-", 20, false},
	{"gldt-", 20, false},
	{"glrt-", 20, false},
	{"glcbt-", 20, false},
	{"glsoat-", 20, false},
	{"glft-", 20, false},
	{"glimt-", 20, false},
	{"gloas-", 20, false},
	{"glagent-", 20, false},
	{"xoxb-", 10, false},
	{"xoxa-", 10, false},
	{"xoxp-", 10, false},
	{"xoxr-", 10, false},
	{"xoxs-", 10, false},
	{"xoxe-", 10, false},
	{"xoxc-", 10, false},
	{"xoxd-", 10, false},
	{"xapp-", 10, false},
	{"AIza", 35, true},
	{"ya29.", 20, false},
	{"GOCSPX-", 20, false},
	{"1//0", 30, false},
	{"sk_live_", 16, false},
	{"rk_live_", 16, false},
	{"sk_test_", 16, false},
	{"rk_test_", 16, false},
	{"whsec_", 20, false},
	{"npm_", 36, false},
	{"pypi-AgE", 40, false},
	{"rubygems_", 40, false},
	{"cio", 32, true},
	{"dckr_pat_", 20, false},
	{"dop_v1_", 40, false},
	{"doo_v1_", 40, false},
	{"dor_v1_", 40, false},
	{"HRKU-", 30, false},
	{"hvs.", 20, false},
	{"hvb.", 20, false},
	{"hvr.", 20, false},
	{"sk-ant-", 20, false},
	{"sk-proj-", 20, false},
	{"sk-svcacct-", 20, false},
	{"sk-", 40, false},
	{"hf_", 30, false},
	{"dapi", 32, false},
	{"SG.", 40, false},
	{"key-", 32, true},
	{"NRAK-", 20, false},
	{"PMAK-", 40, false},
	{"lin_api_", 30, false},
	{"ntn_", 40, false},
	{"glsa_", 30, false},
	{"glc_", 40, false},
	{"shpat_", 32, false},
	{"shpss_", 32, false},
	{"shpca_", 32, false},
	{"shppa_", 32, false},
	{"sq0atp-", 20, false},
	{"sq0csp-", 40, false},
	{"ATATT3x", 40, false},
	{"ATBB", 30, false},
	{"sntrys_", 40, false},
	{"sbp_", 40, false},
	{"pscale_tkn_", 30, false},
	{"fo1_", 40, false},
	{"dp.pt.", 40, false},
	{"AGE-SECRET-KEY-1", 58, false},
};

static bool
is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || c == '-';
}

size_t
lw_secret_token(const char *s, size_t length)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(issued_tokens); i++) {
		const struct issued *k = &issued_tokens[i];
		size_t from = strlen(k->prefix), end = from;
		bool dots = strchr(k->prefix, '.');

		if (s[0] != k->prefix[0] || length < from || memcmp(s, k->prefix, from) != 0)
			continue;
		while (end < length && (is_word(s[end]) || (dots && s[end] == '.')))
			end++;
		if (end - from >= k->least && (!k->fixed || end - from == k->least))
			return end;
	}
	return 0;
}
