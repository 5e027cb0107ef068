# shellcheck shell=bash disable=SC2154
# AWS on port 5000, by moto. Image ids, key pairs and instance types are checked as AWS does. Variables: root.
units=$root/etc/systemd/system
mkdir -p "$units/multi-user.target.wants"
printf '[Unit]\nDescription=AWS services (moto)\n\n[Service]\nEnvironment=MOTO_ENABLE_AMI_VALIDATION=true MOTO_ENABLE_KEYPAIR_VALIDATION=true MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION=true\nExecStart=/opt/moto/bin/moto_server -H 0.0.0.0 -p 5000\nRestart=always\n' >"$units/moto.service"
ln -sf /etc/systemd/system/moto.service "$units/multi-user.target.wants/moto.service"
