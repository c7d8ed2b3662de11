#!/bin/sh
# Installs the programs that the tests use: real nameservers and proxies, the tools
# that create network namespaces, a C compiler for the race detector, wine and qemu
# for other systems. It uses apt, as root or through sudo. Elsewhere it says what is
# missing; the tests that need it then say SKIP, and fail under CI=true.
set -eu

# Each command, with the Debian package that contains it.
tools='
ip iproute2
nft nftables
iptables iptables
tracepath iputils-tracepath
ping iputils-ping
unshare util-linux
script bsdutils
dig bind9-dnsutils
curl curl
openssl openssl
nc netcat-openbsd
zsh zsh
gcc gcc
g++ g++
jq jq
unbound unbound
named bind9
dnsmasq dnsmasq-base
squid squid
mitmdump mitmproxy
promtool prometheus
rpm rpm
mandoc mandoc
strace strace
chromium chromium
ansible-playbook ansible-core
ansible-lint ansible-lint
sshd openssh-server
systemd-analyze systemd
wine64 wine64
x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32
qemu-aarch64 qemu-user
'

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/lib/wine
missing() {
	echo "$tools" | while read -r command package; do
		[ -z "$command" ] || command -v "$command" >/dev/null 2>&1 || echo "$package"
	done
}

packages=$(missing | tr '\n' ' ')
# The race detector needs the C library's headers.
if command -v dpkg-query >/dev/null 2>&1 && ! [ -e /usr/include/stdlib.h ]; then
	packages="${packages}libc6-dev"
fi
[ -n "$packages" ] || exit 0

give_up() {
	echo "SKIP: $1; the tests that need these packages cannot run here: $packages" >&2
	[ "${CI:-}" != true ] || exit 1
	exit 0
}

command -v apt-get >/dev/null 2>&1 || give_up "there is no apt-get"
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null 2>&1 || give_up "not root, and there is no sudo"
	sudo=sudo
	[ -t 0 ] || sudo="sudo -n"
fi

# Debian starts a server as soon as it is installed. These must not take over this
# machine's DNS, so nothing is started now or at the next boot.
policy=/usr/sbin/policy-rc.d
if ! [ -e $policy ]; then
	trap '$sudo rm -f $policy' EXIT
	printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null || give_up "this user may not install packages"
	$sudo chmod 755 $policy
fi

echo "installing for the tests: $packages"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words
$sudo apt-get update -qq || give_up "apt-get update failed"
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null ||
	give_up "apt-get install failed"
if command -v systemctl >/dev/null 2>&1; then
	for package in $packages; do
		case $package in
		unbound | squid | prometheus) $sudo systemctl disable --quiet "$package" 2>/dev/null || true ;;
		bind9) $sudo systemctl disable --quiet named 2>/dev/null || true ;;
		esac
	done
fi

packages=$(missing | tr '\n' ' ')
[ -z "$packages" ] || give_up "after installing, commands are still missing"
