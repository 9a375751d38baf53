// SPDX-License-Identifier: GPL-3.0-or-later
/// spineseg-worker: a warm model behind the plugin's socket.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "dicom/encoding/dcmtk_runtime.h"
#include "worker/cage/cage.h"
#include "worker/daemon/compute_thread.h"
#include "worker/daemon/connector.h"
#include "worker/daemon/lease_client.h"
#include "worker/daemon/log.h"
#include "worker/inference/networks/compute_process.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/self_test.h"
#include "worker/inference/segmentation/stage_convolutions.h"
#include "worker/job/exit_code.h"
#include "worker/job/model_folder.h"
#include "worker/job/series_segmentation.h"
#include "worker/job/version.h"

namespace spineseg {
namespace {

struct WorkerArguments {
    std::string socket;
    std::string model;
    std::string name;
    std::string log_level = "info";
    std::string precision = "auto";
    std::string convolutions = "auto";
    std::string self_test = "auto";
    std::string listener_user;
    SegmenterOptions segmenter;
    int memory_gib = 6;
    bool allow_weaker_cage = false;
    bool once = false;
};

std::string host_and_process() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    return std::string(host.data()) + ":" + std::to_string(::getpid());
}

void describe(CLI::App& app, WorkerArguments& arguments) {
    app.description(
        "Segments the series that the Orthanc plugin hands out over a Unix socket, until it is stopped. "
        "Needs no network\n"
        "and no database; reconnects by itself. SIGTERM hands the lease back and ends it.\n"
        "A worker whose self-test fails takes no jobs and stays connected, so that /spineseg/health shows "
        "it.");
    app.set_version_flag("--version", software_version());
    app.add_option("--socket", arguments.socket, "The plugin's Unix socket")->required();
    app.add_option("--model", arguments.model,
                   "Folder of the model bundle (default: $SPINESEG_MODEL, else models/lumbar-fast)");
    app.add_option("--device", arguments.segmenter.device, "cpu, cuda or cuda:NUMBER")->capture_default_str();
    app.add_option("--precision", arguments.precision, "auto takes what the device computes fast")
        ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
        ->capture_default_str();
    app.add_option("--convolutions", arguments.convolutions, kConvolutionsHelp)
        ->check(CLI::IsMember({"auto", "channels-last", "blocked", "winograd"}))
        ->capture_default_str();
    app.add_option("--self-test", arguments.self_test,
                   "The model's self-test at the start: auto runs it on anything but a CPU in float32, "
                   "always everywhere")
        ->check(CLI::IsMember({"auto", "always"}))
        ->capture_default_str();
    app.add_option("--threads", arguments.segmenter.threads, "Threads of the networks; 0: all cores")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    app.add_option("--batch", arguments.segmenter.batch,
                   "Images in a network call; 0: 1 on a CPU, what half of the free memory holds on a GPU")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    app.add_option("--name", arguments.name, "Name in the plugin's list of workers (default: host:process)");
    app.add_option("--log-level", arguments.log_level, "trace, debug, info, warning, error or off")
        ->capture_default_str();
    app.add_option(
        "--listener-user", arguments.listener_user,
        "Name or number of the user as whom Orthanc runs, where it is neither root nor \"orthanc\" nor "
        "this user");
    app.add_option("--memory", arguments.memory_gib, "GiB of memory of its own at most; 0: no limit of ours")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    app.add_flag(kTrustTorchScript, arguments.segmenter.trust_torchscript,
                 "Run the TorchScript of a bundle: a program of whoever made the bundle");
    app.add_flag(kAllowWeakerCage, arguments.allow_weaker_cage,
                 "Go on where the kernel cannot confine this process wholly")
        ->envname(kAllowWeakerCageVariable);
    app.add_flag("--once", arguments.once, "End after the first job");
    app.footer(exit_code_help());
}

/// What the plugin is told, and the log; an error where the self-test's file is not what the manifest names.
Result<SelfTestOutcome> self_test_at_start(Segmenter& segmenter, const std::filesystem::path& folder,
                                           bool always) {
    const bool made_the_values = segmenter.device() == "cpu" && segmenter.precision() == Precision::float32;
    if (made_the_values && !always) return SelfTestOutcome{};
    const auto report = run_self_test(segmenter, folder);
    if (!report) return failure(report.error());
    const SelfTestOutcome& outcome = report->outcome;
    const std::string line = "self-test on " + segmenter.describe_device() + ": " +
                             std::string(to_string(outcome.state)) + "; " + outcome.detail;
    if (outcome.state == SelfTestState::passed)
        write_log(LogLevel::info, line);
    else
        write_log(LogLevel::warning, line);
    return outcome;
}

int ended_with(const Error& error, const std::string& where = "") {
    write_log(LogLevel::critical, where + error.describe());
    return exit_code_of(error.code);
}

CagePlan cage_plan(const WorkerArguments& arguments, const std::filesystem::path& model) {
    CagePlan plan;
    plan.profile = cage_profile_of(arguments.segmenter.device);
    plan.readable = {model};
    constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;
    // What a GPU's driver maps is no measure of what is used.
    if (plan.profile == CageProfile::cpu)
        plan.memory_bytes = static_cast<std::uint64_t>(arguments.memory_gib) * kGibibyte;
    return plan;
}

/// In the first process: what must be known of the system and started before files are confined. Returns where
/// something is wrong, or where the program cannot start itself again.
Result<Connector> before_restart(const WorkerArguments& arguments, const CagePlan& plan, char** argv) {
    const auto trusted = trusted_listeners(arguments.listener_user);
    if (!trusted) return failure(trusted.error());
    auto connector = Connector::start(arguments.socket, *trusted);
    if (!connector) return failure(connector.error());
    if (auto confined = confine_files(plan); !confined) return failure(confined.error());
    connector->hand_over();
    restart_compute_process(argv);
    return connector;
}

LeaseOptions lease_options(const WorkerArguments& arguments, const Segmenter& segmenter) {
    const ModelManifest& manifest = segmenter.manifest();
    LeaseOptions options;
    options.worker = arguments.name.empty() ? host_and_process() : arguments.name;
    options.version = software_version();
    options.model_id = manifest.id;
    options.model_digest = manifest.digest();
    options.device = segmenter.device();
    options.precision = to_string(segmenter.precision());
    options.once = arguments.once;
    return options;
}

/// The model on its thread, then the lease client on this one.
int serve(const WorkerArguments& arguments, const std::filesystem::path& folder, const CageState& cage,
          const Connector& connector) {
    ComputeThread compute;
    Result<std::unique_ptr<Segmenter>> segmenter = nullptr;
    Result<SelfTestOutcome> self_test = SelfTestOutcome{};
    compute.run([&] {
        segmenter = Segmenter::load(folder, arguments.segmenter);
        if (segmenter) self_test = self_test_at_start(**segmenter, folder, arguments.self_test == "always");
    });
    if (!segmenter) return ended_with(segmenter.error(), folder.string() + ": ");
    if (!self_test) return ended_with(self_test.error(), folder.string() + ": ");
    const ModelManifest& manifest = (*segmenter)->manifest();
    write_log(LogLevel::info, "spineseg " + std::string(software_version()) + " with " + manifest.id + " " +
                                  manifest.version + " on " + (*segmenter)->describe_device());
    write_log(LogLevel::info, "convolutions: " + (*segmenter)->convolutions().describe());
    if (manifest.presegmentation.kind == PresegmenterKind::torchscript)
        write_log(LogLevel::warning,
                  "the model's presegmentation is TorchScript, a program of whoever made it, which "
                  "runs in this process");
    SeriesJobRunner runner(**segmenter);
    LeaseOptions options = lease_options(arguments, **segmenter);
    options.self_test = *self_test;
    options.cage = cage;
    const auto connect = [&]() -> Result<int> {
        auto connection = connector.connect();
        if (connection || connection.error().code != ErrorCode::internal) return connection;
        write_log(LogLevel::critical, connection.error().detail + "; ending, to be started anew");
        close_log();
        std::_Exit(kExitInternal);
    };
    LeaseClient client(connect, options, runner, compute);
    client.stop_on_signals();
    if (client.run() == WorkerEnd::compute_hangs) {
        const auto patience =
            std::chrono::duration_cast<std::chrono::seconds>(options.compute_patience).count();
        write_log(LogLevel::critical, "the networks have not returned from an abandoned job for " +
                                          std::to_string(patience) + " s; ending, to be started anew");
        close_log();
        std::_Exit(kExitInternal);  // the compute thread cannot be joined
    }
    write_log(LogLevel::info, "stopped");
    return kExitOk;
}

/// `restarted`: this is the second process (worker/cage/cage.h).
int run_worker(WorkerArguments arguments, bool restarted, char** argv) {
    const auto precision = precision_from_string(arguments.precision);
    if (!precision) return ended_with(precision.error());
    arguments.segmenter.precision = *precision;
    const auto convolutions = convolution_method_from_string(arguments.convolutions);
    if (!convolutions) return ended_with(convolutions.error());
    arguments.segmenter.convolutions = *convolutions;
    const auto folder = find_model(arguments.model);
    if (!folder) return ended_with(folder.error());
    const CagePlan plan = cage_plan(arguments, *folder);
    auto connector = Connector::inherited();
    if (!connector) {
        auto started = before_restart(arguments, plan, argv);
        if (!started) return ended_with(started.error());
        connector.emplace(std::move(*started));
    }
    // A decoder or a model that is taken over by what it reads finds nothing to take from here on.
    const CageState cage = close_cage(plan, restarted);
    if (auto enough = require_cage(cage, arguments.allow_weaker_cage); !enough)
        return ended_with(enough.error());
    // After the cage: it is what could hide the dictionary.
    if (auto dictionary = dicom::require_dictionary(); !dictionary) return ended_with(dictionary.error());
    write_log(
        cage.whole ? LogLevel::info : LogLevel::warning,
        (cage.whole ? "this process is confined: " : "this process is not wholly confined: ") + cage.detail);
    return serve(arguments, *folder, cage, *connector);
}

}  // namespace
}  // namespace spineseg

int main(int argc, char** argv) {
    const bool restarted = spineseg::begin_compute_process();
    // A result may be half written to the socket when Orthanc goes away.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        CLI::App app;
        spineseg::WorkerArguments arguments;
        spineseg::describe(app, arguments);
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            return app.exit(error) == 0 ? spineseg::kExitOk : spineseg::kExitUsage;
        }
        spineseg::set_log_level(arguments.log_level);
        return spineseg::run_worker(arguments, restarted, argv);
    } catch (const std::exception& error) {
        spineseg::write_log(spineseg::LogLevel::critical, error.what());
        return spineseg::kExitInternal;
    }
}
