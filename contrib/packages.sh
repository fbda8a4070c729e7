# packages.sh: the Debian packages that the scripts here need; to be sourced by a POSIX shell.

# Hyperscan is for x86; its port to other machines has the same API.
hyperscan_package()
{
	case $(dpkg --print-architecture) in
	amd64 | i386) echo libhyperscan-dev ;;
	*) echo libvectorscan-dev ;;
	esac
}

PACKAGES_BUILD="gcc make autoconf automake pkg-config libc6-dev libcap-dev libseccomp-dev libxxhash-dev libssl-dev
	zlib1g-dev libyara-dev libyaml-dev libjansson-dev libpcre2-dev $(hyperscan_package)"
PACKAGES_TEST="libcmocka-dev mandoc python3 python3-jsonschema util-linux e2fsprogs xfsprogs squashfs-tools
	erofs-utils busybox-static clang-format-14 perl ruby nodejs php-cli lua5.4 gawk mawk zsh ksh93u+m mksh fish tcsh yash
	posh expect tcl"
PACKAGES_DOCKER="docker.io containerd runc busybox-static"
PACKAGES_QEMU="qemu-system-x86 busybox-static"
PACKAGES_PODMAN="podman runc busybox-static"

# install_packages NAME...: those that are missing. Returns 1 when it can't.
install_packages()
{
	missing=
	for package in "$@"; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		"install ok installed") ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	echo "installing:$missing" >&2
	# shellcheck disable=SC2086 # words
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >&2 && return 0
	apt-get update >&2 &&
		DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >&2
}
