# shellcheck shell=bash disable=SC2154
# CloudWatch, IAM and STS on port 5000. Variables: root.
units=$root/etc/systemd/system
mkdir -p "$units/multi-user.target.wants"
printf '[Unit]\nDescription=AWS services (moto)\n\n[Service]\nExecStart=/opt/moto/bin/moto_server -H 0.0.0.0 -p 5000\nRestart=always\n' >"$units/moto.service"
ln -sf /etc/systemd/system/moto.service "$units/multi-user.target.wants/moto.service"
