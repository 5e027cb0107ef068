# shellcheck shell=sh
# What this node's GPUs and loaded modules are. Volatile state is in /run, as the kernel's is: a reboot clears it.
#   /run/lab/modules        NAME VERSION, one loaded module a line, in the order of loading
#   /run/lab/persistence    INDEX of each GPU with persistence mode on
#   /run/lab/lost           INDEX of each GPU that has fallen off the bus (Xid 79)
#   /run/lab/console        there while the console shows on a GPU, by nouveau
#   /run/lab/fabric         there once the fabric manager has set the NVSwitches up
#   /var/lib/lab/hardware   gpus=COUNT, switches=COUNT of the NVSwitches that join them, and INDEX.KEY=VALUE of each GPU

modules=/run/lab/modules
hardware=/var/lib/lab/hardware
# shellcheck disable=SC2034 # for those who read this file in
kernel=$(uname -r)

loaded() { grep -q "^$1 " "$modules" 2>/dev/null; }
loaded_version() { sed -n "s/^$1 //p" "$modules" 2>/dev/null; }
is_lost() { grep -qx "$1" /run/lab/lost 2>/dev/null; }
# hardware_says NAME [WHERE IT IS NOT SAID]
hardware_says() {
    # Without another program: nvidia-smi asks a dozen times.
    while IFS='=' read -r hardware_name hardware_value; do
        [ "$hardware_name" != "$1" ] || { echo "$hardware_value"; return; }
    done <"$hardware"
    echo "${2:-}"
}
# set_hardware NAME VALUE
set_hardware() {
    { grep -v "^$1=" "$hardware"; echo "$1=$2"; } >"$hardware.new" && mv "$hardware.new" "$hardware"
}
gpu_count() { hardware_says gpus; }
switch_count() { hardware_says switches 0; }
# gpu INDEX KEY [WHERE IT IS NOT SAID]
gpu() { hardware_says "$1.$2" "${3:-}"; }
# set_gpu INDEX KEY VALUE
set_gpu() { set_hardware "$1.$2" "$3"; }
fabric_state() {
    if [ "$(switch_count)" = 0 ]; then echo N/A; elif [ -e /run/lab/fabric ]; then echo Completed; else echo 'In Progress'; fi
}

# A line of the kernel's log. Containers share one kernel buffer and may not read it: this node's is a file.
kernel_log() {
    printf '[%12.6f] %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*" >> /run/lab/kmsg
    printf '%s %s kernel: %s\n' "$(date '+%b %e %H:%M:%S')" "$(uname -n)" "$*" >> /var/log/kern.log
}

# Prints the processes that hold a device file of the driver.
device_holders() { find /proc/[0-9]*/fd -lname '/dev/nvidia*' 2>/dev/null | cut -d/ -f3 | sort -un; }
