/// A verb's script, as it runs on a node. Fixed text: what differs from step to step is in its environment.
enum NodeScript: CaseIterable {
    case setting, file, edit, service, package, mount, authorizedKey, account, slurm, kubernetes, reboot

    /// The whole program.
    var text: String {
        parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }

    /// Whether it may have to start itself anew as the user that owns a folder on the way to a file.
    var worksAsOwner: Bool {
        switch self {
        case .file, .edit, .authorizedKey, .mount: true
        default: false
        }
    }

    /// Prints a file.
    static var collectFile: String { String(decoding: PackageResources.collect_sh, as: UTF8.self) }

    private var parts: [[UInt8]] {
        let common = PackageResources.common_sh
        let files = PackageResources.files_sh
        return switch self {
        case .setting: [common, PackageResources.setting_sh]
        case .file: [common, files, PackageResources.file_sh]
        case .edit: [common, files, PackageResources.edit_sh]
        case .service: [common, PackageResources.service_sh]
        case .package:
            [common, PackageResources.package_sh, PackageResources.package_apt_sh, PackageResources.package_rpm_sh]
        case .mount: [common, files, PackageResources.mount_sh]
        case .authorizedKey: [common, files, PackageResources.user_sh]
        case .account: [common, PackageResources.account_sh]
        case .slurm: [common, PackageResources.drain_slurm_sh]
        case .kubernetes: [common, PackageResources.drain_kubernetes_sh]
        case .reboot: [common, PackageResources.reboot_sh]
        }
    }
}
