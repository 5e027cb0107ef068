# shellcheck shell=bash
# A node with file systems of its own: nothing to install. Disks come by `lab loop` and the storage faults.
