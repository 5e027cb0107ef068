enum InventorySamples {
    /// An inventory that uses most of the format.
    static let site = """
        schema_version: 1
        defaults:
          ssh: {user: admin, port: 22, identity_file: ~/.ssh/id_ecdsa, proxy_jump: login01, host_keys: strict, connect_timeout: 10s}
          become: {method: sudo, user: root}
        nodes:                                    # keys are node sets
          gpu[01-16]: {address: "192.0.2.[11-26]", labels: {rack: r1, gpu: h100}}
          gpu[17-32]: {address: "192.0.2.[27-42]", labels: {rack: r2, gpu: h100}}
          head01:     {address: head01.cluster.internal, ssh: {proxy_jump: none}}
          cn[001-128]: {}
          login01: {}
          mds[1-2]: {}
        groups:
          gpu: "gpu[01-32]"
          compute: "@gpu,cn[001-128]"
        roles:
          slurm-controller: head01
          kubernetes-control: head01
          mds: "mds[1-2]"
        vars:
          "@gpu": {driver_version: "550.163.01"}
        sources:
          - {plugin: aws-ec2, with: {region: us-east-1}, ttl: 5m}
        """
}
