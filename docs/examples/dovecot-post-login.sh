#!/bin/sh
# Runs after each good login to Dovecot: tells Postern that the client at $IP has logged in as $USER.
# Postern's folder for such notes, in its data folder:
folder=/var/lib/postern/Config/Connections

# The name is the address, with - for : of IPv6; an IPv4 address in IPv6 clothes is the IPv4 address.
name=$(printf '%s' "${IP#::ffff:}" | tr : -).pbs
note=$(mktemp "$folder/.XXXXXXXXXX") && {
  # Somebody else may have logged in from there a short while ago.
  find "$folder/$name" -mmin -15 -exec cat {} + 2>/dev/null | grep -Fxv -- "$USER" > "$note"
  printf '%s\n' "$USER" >> "$note"
  # Moved into its place, so that Postern never reads half of it.
  chmod 640 "$note" && mv -- "$note" "$folder/$name"
}
exec "$@"
