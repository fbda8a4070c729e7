# LW_FLAGS(werror, sanitizers, coverage, fuzzers, hardening)
# Sets LW_CFLAGS and LW_LDFLAGS: warnings, hardening and instrumentation, each flag only where the compiler takes it.

AC_DEFUN([LW_TRY_CFLAG], [
	lw_save="$CFLAGS"
	CFLAGS="$CFLAGS -Werror $1"
	AC_MSG_CHECKING([whether the compiler takes $1])
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); LW_CFLAGS="$LW_CFLAGS $1"], [AC_MSG_RESULT([no])])
	CFLAGS="$lw_save"
])

AC_DEFUN([LW_TRY_LDFLAG], [
	lw_save="$LDFLAGS"
	LDFLAGS="$LDFLAGS $1"
	AC_MSG_CHECKING([whether the linker takes $1])
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); LW_LDFLAGS="$LW_LDFLAGS $1"], [AC_MSG_RESULT([no])])
	LDFLAGS="$lw_save"
])

AC_DEFUN([LW_FLAGS], [
	LW_CFLAGS="-std=gnu11 -fno-strict-aliasing"
	LW_LDFLAGS="-Wl,--as-needed"
	m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef
			-Wwrite-strings -Wvla -Wformat=2 -Wno-format-nonliteral -Wimplicit-fallthrough -Wno-unused-parameter
			-Wno-missing-field-initializers -Wno-sign-compare],
		[LW_TRY_CFLAG(flag)])
	AS_IF([test "x$1" = xyes], [LW_CFLAGS="$LW_CFLAGS -Werror"])
	AS_IF([test "x$5" != xno], [
		m4_foreach_w([flag], [-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
				-ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks],
			[LW_TRY_CFLAG(flag)])
		AS_IF([test "x$2" != xyes -a "x$3" != xyes],
			[LW_CFLAGS="$LW_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
		LW_TRY_LDFLAG([-pie])
		LW_TRY_LDFLAG([-Wl,-z,relro,-z,now])
		LW_TRY_LDFLAG([-Wl,-z,noexecstack])
	])
	AS_IF([test "x$2" = xyes], [
		LW_CFLAGS="$LW_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
		LW_LDFLAGS="$LW_LDFLAGS -fsanitize=address,undefined"
	])
	AS_IF([test "x$3" = xyes], [
		LW_CFLAGS="$LW_CFLAGS --coverage"
		LW_LDFLAGS="$LW_LDFLAGS --coverage"
	])
	FUZZ_CFLAGS=""
	AS_IF([test "x$4" = xyes], [
		FUZZ_CFLAGS="-fsanitize=fuzzer"
		LW_CFLAGS="$LW_CFLAGS -fsanitize=fuzzer-no-link"
	])
	AM_CONDITIONAL([FUZZERS], [test "x$4" = xyes])
	AM_CONDITIONAL([SANITIZERS], [test "x$2" = xyes])
	AM_CONDITIONAL([INSTRUMENTED], [test "x$2" = xyes -o "x$3" = xyes])
	AC_SUBST([LW_CFLAGS])
	AC_SUBST([LW_LDFLAGS])
	AC_SUBST([FUZZ_CFLAGS])
])
