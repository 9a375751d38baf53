// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cage/file_rules.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

namespace spineseg {
namespace {

// The headers of Debian 12 end before version 3; the kernel may be newer.
constexpr std::uint64_t kAllOfVersion1 = (std::uint64_t{1} << 13) - 1;
constexpr std::uint64_t kRefer = std::uint64_t{1} << 13;        // version 2
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14;     // version 3
constexpr std::uint64_t kIoctlDevice = std::uint64_t{1} << 15;  // version 5
constexpr std::uint64_t kBindAndConnectTcp = 3;                 // version 4
constexpr std::uint64_t kAbstractSocketsAndSignals = 3;         // version 6

constexpr std::uint64_t kReading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWriting = kReading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                   LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                   LANDLOCK_ACCESS_FS_REMOVE_DIR | kRefer | kTruncate;
/// What a rule on a file, not on a folder, may hold.
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                   LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kIoctlDevice;

/// As the newest kernel has it; an older one takes it as long as what it does not know is 0.
struct RulesetAttributes {
    std::uint64_t files = 0;
    std::uint64_t network = 0;
    std::uint64_t scopes = 0;
};

std::uint64_t rights_of(FileAccess access) {
    switch (access) {
        case FileAccess::read:
            return kReading;
        case FileAccess::execute:
            return kReading | LANDLOCK_ACCESS_FS_EXECUTE;
        case FileAccess::write:
            return kWriting;
        case FileAccess::device:
            return kReading | LANDLOCK_ACCESS_FS_WRITE_FILE | kIoctlDevice;
    }
    return 0;
}

RulesetAttributes everything(int version) {
    RulesetAttributes all;
    all.files = kAllOfVersion1;
    if (version >= 2) all.files |= kRefer;
    if (version >= 3) all.files |= kTruncate;
    if (version >= 4) all.network = kBindAndConnectTcp;
    if (version >= 5) all.files |= kIoctlDevice;
    if (version >= 6) all.scopes = kAbstractSocketsAndSignals;
    return all;
}

class RuleDescriptor {
  public:
    explicit RuleDescriptor(long descriptor) : descriptor_(static_cast<int>(descriptor)) {}
    ~RuleDescriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    RuleDescriptor(const RuleDescriptor&) = delete;
    RuleDescriptor& operator=(const RuleDescriptor&) = delete;
    int get() const { return descriptor_; }

  private:
    int descriptor_;
};

tl::unexpected<Error> landlock_refused(const std::string& what) {
    return failure(ErrorCode::invalid_configuration,
                   "the files of this process cannot be confined: " + what + ": " + std::strerror(errno));
}

Result<void> add_file_rule(const RuleDescriptor& ruleset, const FileRule& rule, std::uint64_t handled) {
    const RuleDescriptor file(::open(rule.path.c_str(), O_PATH | O_CLOEXEC));
    if (file.get() < 0) {
        if (rule.may_be_missing) return {};
        return landlock_refused(rule.path.string());
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return landlock_refused(rule.path.string());
    std::uint64_t rights = rights_of(rule.access) & handled;
    if (!S_ISDIR(status.st_mode)) rights &= kOfFiles;
    landlock_path_beneath_attr beneath{};
    beneath.allowed_access = rights;
    beneath.parent_fd = file.get();
    if (::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &beneath, 0U) != 0)
        return landlock_refused(rule.path.string());
    return {};
}

}  // namespace

int landlock_version() {
    const long version =
        ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? static_cast<int>(version) : 0;
}

Result<void> restrict_files(std::span<const FileRule> rules) {
    const auto all = everything(landlock_version());
    const RuleDescriptor ruleset(::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0U));
    if (ruleset.get() < 0) return landlock_refused("no set of rules");
    for (const auto& rule : rules)
        if (auto added = add_file_rule(ruleset, rule, all.files); !added) return added;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return landlock_refused("no_new_privs");
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) != 0)
        return landlock_refused("the rules are not taken");
    return {};
}

bool root_folder_is_closed() {
    const RuleDescriptor root(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return root.get() < 0 && errno == EACCES;
}

}  // namespace spineseg
