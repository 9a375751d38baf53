// SPDX-License-Identifier: GPL-3.0-or-later
/// A program with the worker's libraries (LibTorch, OpenBLAS, DCMTK) and the worker's cage, which tries what it must
/// not be able to do, in each of its threads:
///
///   caged_program confined|writing|free READABLE WRITABLE
///
/// It says "ready" once it has computed with all its threads. A thread that is sent SIGUSR1 makes every attempt and
/// writes a line for each: "ATTEMPT thread errno name", then "DONE thread". "free": without a cage. The program ends
/// with its input.

#include <ATen/ATen.h>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "tests/worker/cage/attempts.h"
#include "worker/cage/cage.h"
#include "worker/inference/networks/compute_process.h"

namespace spineseg {
namespace {

void append(char*& at, const char* text) {
    while (*text != '\0') *at++ = *text++;
}

void append(char*& at, long number) {
    char digits[24];
    int count = 0;
    do {
        digits[count++] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) *at++ = digits[--count];
}

/// Calls nothing but system calls: it interrupts anything.
void make_attempts(int) {
    const int kept = errno;
    const long thread = ::syscall(SYS_gettid);
    char line[160];
    for (const auto& attempt : testing::attempts()) {
        const int error = attempt.run();
        char* at = line;
        append(at, "ATTEMPT ");
        append(at, thread);
        append(at, " ");
        append(at, static_cast<long>(error));
        append(at, " ");
        append(at, attempt.name);
        append(at, "\n");
        if (::write(STDOUT_FILENO, line, static_cast<std::size_t>(at - line)) < 0) break;
    }
    char* at = line;
    append(at, "DONE ");
    append(at, thread);
    append(at, "\n");
    (void)!::write(STDOUT_FILENO, line, static_cast<std::size_t>(at - line));
    errno = kept;
}

/// Convolutions for OpenMP's threads, a product of matrices for OpenBLAS'.
void compute_with_all_threads() {
    const auto images = at::rand({4, 8, 64, 64});
    const auto weights = at::rand({8, 8, 3, 3});
    auto sum = at::conv2d(images, weights).sum();
    const auto square = at::rand({512, 512});
    sum += at::mm(square, square).sum();
    if (!(sum.item<double>() > 0)) std::abort();
}

/// What the files rules leave, tried by name: "FILE errno what".
void try_files(const std::string& readable, const std::string& writable) {
    const auto say = [](const char* what, bool works) { std::printf("FILE %d %s\n", works ? 0 : 1, what); };
    say("read beneath the readable folder", std::ifstream(readable + "/file").good());
    say("make a file in the readable folder", std::ofstream(readable + "/made").good());
    say("make a file in the writable folder", std::ofstream(writable + "/made").good());
    say("read beneath the writable folder", std::ifstream(writable + "/made").good());
    say("read DCMTK's dictionary while the program is loaded", dcmDataDict.isDictionaryLoaded());
    say("make a file beside the writable folder", std::ofstream(writable + "/../beside").good());
}

int run(const std::string& mode, const std::string& readable, const std::string& writable, char** argv) {
    const bool restarted = begin_compute_process();
    CagePlan plan;
    plan.readable = {readable};
    if (mode == "writing") plan.writable = {writable};
    const bool caged = mode != "free";
    if (!restarted) {
        if (caged)
            if (auto confined = confine_files(plan); !confined) {
                std::printf("FAILED %s\n", confined.error().detail.c_str());
                return 1;
            }
        restart_compute_process(argv);
    }
    if (caged) {
        const CageState cage = close_cage(plan, restarted);
        std::printf("CAGE %s %s\n", cage.whole ? "whole" : "weaker", cage.detail.c_str());
    }
    struct sigaction action {};
    action.sa_handler = make_attempts;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGUSR1, &action, nullptr);
    compute_with_all_threads();
    try_files(readable, writable);
    std::printf("ready\n");
    std::fflush(stdout);
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}

}  // namespace
}  // namespace spineseg

int main(int argc, char** argv) {
    return argc == 4 ? spineseg::run(argv[1], argv[2], argv[3], argv) : 2;
}
