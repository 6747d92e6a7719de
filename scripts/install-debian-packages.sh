#!/bin/sh
# Installs the Debian packages that are named, as root, without questions and without starting any server.
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  # Debian's servers start when they are installed unless this says no.
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
wait_for_others='DPkg::Lock::Timeout=300'
apt-get -qq -o "$wait_for_others" update
apt-get -qq -o "$wait_for_others" install -y --no-install-recommends "$@"
