# shellcheck shell=bash disable=SC2154
# The way out of the cluster's network: 203.0.113.10, where port 443 answers, lies behind this node. Variables: here, root.
units=$root/etc/systemd/system
mkdir -p "$units/multi-user.target.wants" "$units/sockets.target.wants"
cat >"$units/lab-outside.socket" <<'END'
[Socket]
ListenStream=203.0.113.10:443
FreeBind=yes
Accept=yes
[Install]
WantedBy=sockets.target
END
cat >"$units/lab-outside@.service" <<'END'
[Service]
ExecStart=/bin/echo outside
StandardOutput=socket
END
cat >"$units/lab-outside-address.service" <<'END'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/ip address replace 203.0.113.10/32 dev lo
[Install]
WantedBy=multi-user.target
END
ln -sf /etc/systemd/system/lab-outside.socket "$units/sockets.target.wants/"
ln -sf /etc/systemd/system/lab-outside-address.service "$units/multi-user.target.wants/"
