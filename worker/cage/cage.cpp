// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cage/cage.h"

#include <unistd.h>

#include "worker/cage/allowed_calls.h"
#include "worker/cage/call_filter.h"
#include "worker/cage/file_rules.h"
#include "worker/cage/needed_files.h"
#include "worker/cage/process_limits.h"

namespace spineseg {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // its runtime traces the process and starts others
#else
constexpr bool kSanitized = false;
#endif

constexpr const char* kNoLandlock =
    "files are not confined: this kernel has no Landlock (Linux 5.13 and later have it, where it is switched on)";

/// What is missing, one clause after another.
class Missing {
  public:
    void add(const std::string& what) { text_ += (text_.empty() ? "" : "; ") + what; }
    void add(const Result<void>& step) {
        if (!step) add(step.error().detail);
    }
    bool nothing() const { return text_.empty(); }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

std::string what_holds(int landlock) {
    return "files by Landlock " + std::to_string(landlock) + ", system calls by seccomp in all threads";
}

Result<void> filter_for(const CagePlan& plan) {
    return filter_calls(
        allowed_calls({plan.profile, !plan.writable.empty(), static_cast<std::uint64_t>(::getpid())}));
}

}  // namespace

CageProfile cage_profile_of(const std::string& device) {
    return device.starts_with("cuda") ? CageProfile::cuda : CageProfile::cpu;
}

Result<void> confine_files(const CagePlan& plan) {
    if (kSanitized || landlock_version() == 0) return {};
    auto rules = needed_files(plan.profile);
    for (const auto& path : plan.readable) rules.push_back({path});
    for (const auto& path : plan.writable) rules.push_back({path, FileAccess::write, false});
    return restrict_files(rules);
}

CageState close_cage(const CagePlan& plan, bool files_were_confined) {
    if (kSanitized) return {false, "built with a sanitizer, which needs what the cage forbids"};
    const int landlock = landlock_version();
    Missing missing;
    if (landlock == 0)
        missing.add(kNoLandlock);
    else if (!files_were_confined || !root_folder_is_closed())
        missing.add("files are not confined: the program could not start itself again (is there no /proc?)");
    missing.add(limit_process(plan.memory_bytes));
    missing.add(filter_for(plan));
    return {missing.nothing(), missing.nothing() ? what_holds(landlock) : missing.text()};
}

CageState offered_cage() {
    const int landlock = landlock_version();
    Missing missing;
    if (kSanitized) missing.add("built with a sanitizer, which needs what the cage forbids");
    if (landlock == 0) missing.add(kNoLandlock);
    if (!has_call_filters())
        missing.add("system calls are not filtered: this kernel has no seccomp filter for threads");
    return {missing.nothing(), missing.nothing() ? what_holds(landlock) : missing.text()};
}

Result<void> require_cage(const CageState& state, bool allow_weaker) {
    if (state.whole || allow_weaker || kSanitized) return {};
    return failure(ErrorCode::invalid_configuration,
                   "the cage around this process is not whole (" + state.detail +
                       "); use a kernel that offers it, or accept a weaker one with " + kAllowWeakerCage +
                       " or " + kAllowWeakerCageVariable + "=true");
}

}  // namespace spineseg
