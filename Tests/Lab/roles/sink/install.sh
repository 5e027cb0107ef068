# shellcheck shell=bash disable=SC2154
# The other end of what a job sends: takes everything on port 9000. Variables: root.
units=$root/etc/systemd/system
mkdir -p "$units/multi-user.target.wants"
printf '[Unit]\nDescription=Takes what jobs send\n\n[Service]\nExecStart=/bin/sh -c "exec nc -lk 9000 >/dev/null"\nRestart=always\n' >"$units/sink.service"
ln -sf /etc/systemd/system/sink.service "$units/multi-user.target.wants/sink.service"
