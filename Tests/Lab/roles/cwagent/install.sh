# shellcheck shell=bash disable=SC2154
# The CloudWatch agent's control program, unit and folders. Variables: here, root.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
from=$here/stand-ins/cwagent
agent=$root/opt/aws/amazon-cloudwatch-agent
install -D -m 0755 "$from/amazon-cloudwatch-agent" "$agent/bin/amazon-cloudwatch-agent"
install -D -m 0755 "$from/amazon-cloudwatch-agent-ctl" "$agent/bin/amazon-cloudwatch-agent-ctl"
install -D -m 0644 "$from/amazon-cloudwatch-agent.service" "$root/etc/systemd/system/amazon-cloudwatch-agent.service"
install -D -m 0644 "$from/common-config.toml" "$agent/etc/common-config.toml"
install -D -m 0644 "$from/config.json" "$agent/bin/config.json"
mkdir -p "$agent/etc/amazon-cloudwatch-agent.d" "$agent/logs" "$agent/var" "$root/usr/bin"
ln -sf /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl "$root/usr/bin/amazon-cloudwatch-agent-ctl"
