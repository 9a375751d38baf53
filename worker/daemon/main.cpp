// SPDX-License-Identifier: GPL-3.0-or-later
/// spineseg-worker: a warm model behind the plugin's socket.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>

#include "worker/daemon/compute_thread.h"
#include "worker/daemon/lease_client.h"
#include "worker/daemon/log.h"
#include "worker/daemon/sandbox.h"
#include "worker/inference/networks/compute_process.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/self_test.h"
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
    std::string self_test = "auto";
    SegmenterOptions segmenter;
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

/// The model on its thread, then the lease client on this one.
int serve(WorkerArguments arguments) {
    const auto precision = precision_from_string(arguments.precision);
    if (!precision) {
        write_log(LogLevel::critical, precision.error().describe());
        return exit_code_of(precision.error().code);
    }
    arguments.segmenter.precision = *precision;
    const auto folder = find_model(arguments.model);
    if (!folder) {
        write_log(LogLevel::critical, folder.error().describe());
        return exit_code_of(folder.error().code);
    }
    ComputeThread compute;
    Result<std::unique_ptr<Segmenter>> segmenter = nullptr;
    Result<SelfTestOutcome> self_test = SelfTestOutcome{};
    compute.run([&] {
        segmenter = Segmenter::load(*folder, arguments.segmenter);
        if (segmenter) self_test = self_test_at_start(**segmenter, *folder, arguments.self_test == "always");
    });
    if (!segmenter) {
        write_log(LogLevel::critical, folder->string() + ": " + segmenter.error().describe());
        return exit_code_of(segmenter.error().code);
    }
    if (!self_test) {
        write_log(LogLevel::critical, folder->string() + ": " + self_test.error().describe());
        return exit_code_of(self_test.error().code);
    }
    const ModelManifest& manifest = (*segmenter)->manifest();
    write_log(LogLevel::info, "spineseg " + std::string(software_version()) + " with " + manifest.id + " " +
                                  manifest.version + " on " + (*segmenter)->describe_device());
    SeriesJobRunner runner(**segmenter);
    LeaseOptions options;
    options.worker = arguments.name.empty() ? host_and_process() : arguments.name;
    options.version = software_version();
    options.model_id = manifest.id;
    options.model_digest = manifest.digest();
    options.device = (*segmenter)->device();
    options.precision = to_string((*segmenter)->precision());
    options.self_test = *self_test;
    options.once = arguments.once;
    LeaseClient client(arguments.socket, options, runner, compute);
    client.stop_on_signals();
    if (client.run() == WorkerEnd::compute_hangs) {
        const auto patience =
            std::chrono::duration_cast<std::chrono::seconds>(options.compute_patience).count();
        write_log(LogLevel::critical, "the networks have not returned from an abandoned job for " +
                                          std::to_string(patience) + " s; ending, to be started anew");
        ;
        close_log();
        std::_Exit(kExitInternal);  // the compute thread cannot be joined
    }
    write_log(LogLevel::info, "stopped");
    return kExitOk;
}

}  // namespace
}  // namespace spineseg

int main(int argc, char** argv) {
    spineseg::prepare_compute_process(argv);
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
        // A decoder or a model that is taken over by what it reads finds no network and no shell.
        if (auto sealed = spineseg::forbid_network_and_programs(); !sealed)
            spineseg::write_log(spineseg::LogLevel::warning, sealed.error().describe());
        return spineseg::serve(arguments);
    } catch (const std::exception& error) {
        spineseg::write_log(spineseg::LogLevel::critical, error.what());
        return spineseg::kExitInternal;
    }
}
