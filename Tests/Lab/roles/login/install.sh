# shellcheck shell=bash disable=SC2154
# Profiles for pam-auth-update that lock accounts, for nodes whose policy is in order. Variables: root.
folder=$root/usr/local/share/lab/pam-configs
mkdir -p "$folder"
printf 'Name: Lock accounts after failed logins (lab)\nDefault: no\nPriority: 0\nAuth-Type: Primary\nAuth:\n\t[default=die] pam_faillock.so authfail\n\tsufficient pam_faillock.so authsucc\n' >"$folder/lab-faillock"
printf 'Name: Refuse locked accounts (lab)\nDefault: no\nPriority: 1024\nAuth-Type: Primary\nAuth:\n\trequisite pam_faillock.so preauth\nAccount-Type: Primary\nAccount:\n\trequired pam_faillock.so\n' >"$folder/lab-faillock-notify"
