/// A runbook that uses most of the format.
let wholeRunbook = #"""
    schema_version: 1
    name: gpu-driver-fix                     # kebab-case, equals the file's name
    version: 3
    title: Reinstall the NVIDIA driver where it does not load
    case: GPU Issues / Driver Installation Problems
    owners: [gpu-team]
    targets: "@gpu"                          # the widest set it may touch; --nodes only narrows it

    parameters:
      driver_version: {type: string, pattern: '[0-9]+(\.[0-9]+){1,2}', default: "550.163.01", description: Driver to install}
      drain:          {type: bool, default: true}
      admin_password: {type: secret, from: "vault:kv/gpu#admin"}

    requires:                                # checked on each broken node before anything else is done there
      - os: [debian, ubuntu]
      - free_space: {path: /var, at_least: 2GiB}

    strategy:
      order: node_first                      # or step_first
      canary: [1, 5%]                        # the first waves; each must verify before the next starts
      batch: 25%                             # or a count
      concurrency: 64                        # nodes worked on at one time inside a wave
      limits: {rack: 2}                      # blast radius: never more than 2 nodes of one rack out of service,
                                             # counting those that are down or drained already, by anyone, and other runs
      max_failures: 10%                      # over the whole run, unreachable nodes counted; shown in the plan as a number of nodes
      soak: 30s                              # between waves; detect runs again on the finished wave before the next
      spread: rack

    approve: {approvers: ["role:gpu-lead"], min_approvals: 1, expires: 4h, allow_self: false, message: Drains GPU nodes}
    window: {calendar: maintenance, on_close: finish_wave}   # or finish_step | rollback

    detect:                                  # read-only. A node where every probe is healthy is left alone
      - name: driver answers
        probe: nvidia-smi -L
        healthy: {exit: 0, stdout: {matches: 'GPU 0'}}
        causes:                              # what is wrong, told apart by the answer; the first that fits
          - {id: no-driver, when: {exit: 9}}
          - {id: library-missing, when: {exit: 12}}
          - {id: version-mismatch, when: {exit: 18}}
        flap: 2                              # broken only when it fails twice in a row
      - name: driver version
        probe: nvidia-smi --query-gpu=driver_version --format=csv,noheader
        needs: driver answers                # asked only where that one is healthy
        cause: wrong-version
        healthy: {stdout: {equals: "${{ params.driver_version }}"}}

    diagnose:                                # read-only evidence, kept with the run
      - name: kernel log
        collect: dmesg | grep -iE 'NVRM|Xid|nouveau' | tail -200
        findings:
          - {when: {stdout: {contains: nouveau}}, cause: conflicting-drivers, advice: nouveau is loaded and holds the GPU}

    steps:
      - name: drain
        drain: {reason: gpu-driver-fix, wait: 2h}
        when: params.drain
      - name: blacklist nouveau
        for: [no-driver]                     # only for nodes with one of these causes
        file: {path: /etc/modprobe.d/blacklist-nouveau.conf, content: "blacklist nouveau\noptions nouveau modeset=0\n", mode: "0644"}
      - name: install driver
        package: {name: nvidia-driver, version: "${{ params.driver_version }}"}
        gate: window                         # none | approval (the default of what changes) | window
        timeout: 15m
        retries: {attempts: 3, delay: 10s, backoff: 2}
      - name: persistence mode
        setting:
          get: nvidia-smi --query-gpu=persistence_mode --format=csv,noheader | head -1
          set: nvidia-smi -pm "$VALUE"
          value: Enabled
      - name: a second pair of eyes
        approve: {approvers: ["role:gpu-lead"], min_approvals: 1}
      - name: reboot
        reboot: {timeout: 10m}
        when: steps['install driver'].changed

    verify:                                  # must hold afterwards, or the node is rolled back
      - detect                               # every detect probe again, now healthy
      - name: a GPU can be used
        probe: nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader
        healthy: {exit: 0}

    on_failure: rollback                     # or stop | continue | ask
    always:
      - {name: back in service, undrain: {after: verify}}   # only nodes that this run drained, to their former state and reason
    notify: {on_failure: [ops-pager], on_approval: [gpu-leads]}
    """#
