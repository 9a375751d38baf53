// SPDX-License-Identifier: GPL-3.0-or-later
// `spineseg doctor`, and what every program says of a device or a precision that is not to be had.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/worker/cli/command_line_fixture.h"
#include "tests/worker/daemon/scripted_plugin.h"
#include "tests/worker/inference/self_tested_bundle.h"
#include "worker/cage/cage.h"
#include "worker/inference/networks/compute_device.h"
#include "worker/inference/networks/processor.h"
#include "worker/job/exit_code.h"

namespace spineseg {
namespace doctor_command_test {

using nlohmann::json;
using testing::Ended;
using ::testing::HasSubstr;
using testing::run;
using Replies = std::optional<std::vector<wire::Message>>;

/// The environment of a processor without AVX-512, on any processor.
const std::string kHeldToAvx2 = "ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 ";

class DoctorCommand : public testing::CommandLineFixture {
  protected:
    Ended doctor(const std::string& more = "", const std::string& environment = "") const {
        return run("doctor --threads 1 --model " + bundle_.folder().string() + " " + more,
                   environment + SPINESEG_PROGRAM);
    }
    /// The JSON of a run, without what follows it on the error stream.
    json report(const std::string& more = "") const {
        const std::string output = doctor("--json " + more).output;
        return json::parse(output.substr(0, output.rfind('}') + 1));
    }
    static json check(const json& report, const std::string& name) {
        for (const auto& one : report["checks"])
            if (one["name"] == name) return one;
        ADD_FAILURE() << "no check " << name;
        return {};
    }

    SelfTestedBundle bundle_{manifest()};
};

TEST_F(DoctorCommand, SaysWhatTheMachineIsAndThatAllWorks) {
    const Ended ended = doctor("--precision float32");
    EXPECT_EQ(ended.code, kExitOk) << ended.output;
    for (const auto& part :
         {this_processor().name, std::string("float32 (asked for)"), std::string("threads"),
          std::string("memory"), torch_build().version, std::string("BLAS"), std::string("small 1.0.0"),
          std::string("self-test   ok        passed on cpu")})
        EXPECT_THAT(ended.output, HasSubstr(part));
}

TEST_F(DoctorCommand, SaysWhetherThisKernelCanConfineTheWorker) {
    const auto cage = check(report("--precision float32"), "cage");
    EXPECT_EQ(cage["data"]["whole"], offered_cage().whole);
    EXPECT_EQ(cage["status"], offered_cage().whole ? "ok" : "problem");
    EXPECT_THAT(cage["text"].get<std::string>(), HasSubstr(offered_cage().detail));
}

TEST_F(DoctorCommand, SaysTheSameAsJson) {
    const json found = report("--precision float32");
    EXPECT_TRUE(found["works"].get<bool>());
    EXPECT_EQ(check(found, "processor")["data"]["avx2"], this_processor().avx2);
    EXPECT_EQ(check(found, "precision")["data"]["bfloat16"]["works"], cpu_bfloat16().works);
    EXPECT_EQ(check(found, "model")["data"]["digest"], ModelManifest::read(bundle_.folder())->digest());
    const auto self_test = check(found, "self-test");
    EXPECT_EQ(self_test["data"]["state"], "passed");
    EXPECT_LT(self_test["data"]["result"]["largest"].get<double>(), 1e-3);
    EXPECT_GT(check(found, "memory")["data"]["available_bytes"].get<double>(), 1e6);
}

TEST_F(DoctorCommand, ShowsWhatEachConvolutionMethodTookAndWhichIsTaken) {
    const std::string model = "\"" SPINESEG_SOURCE_DIR "/models/lumbar-fast\"";
    const std::string output =
        run("doctor --json --threads 1 --precision float32 --model " + model, SPINESEG_PROGRAM).output;
    const auto found = check(json::parse(output.substr(0, output.rfind('}') + 1)), "convolution");
    for (const char* stage : {"presegmentation", "diffusion"}) {
        const auto& candidates = found.at("data").at(stage).at("candidates");
        ASSERT_FALSE(candidates.empty()) << stage;
        EXPECT_EQ(candidates.at(0).at("method"), "channels-last");
        EXPECT_GT(candidates.at(0).at("milliseconds").get<double>(), 0.0);
    }
}

TEST_F(DoctorCommand, NamesTheConvolutionsThatWereAskedForOrAreTheOnlyOnes) {
    const std::string only = "presegmentation channels-last; diffusion channels-last";
    EXPECT_EQ(check(report("--precision float32"), "convolution").at("text"), only)
        << "too narrow for blocks";
    EXPECT_EQ(check(report("--precision float32 --convolutions channels-last"), "convolution").at("text"),
              only);
}

TEST_F(DoctorCommand, OfAFailedSelfTestIsNoSuccessAndSaysWhatToDo) {
    bundle_.scale_weights(1.5);
    const Ended ended = doctor("--precision float32");
    EXPECT_EQ(ended.code, kExitModel);
    EXPECT_THAT(ended.output, HasSubstr("self-test   problem   failed on cpu"));
    EXPECT_THAT(ended.output, HasSubstr("to do: do not use this device"));
    EXPECT_FALSE(report("--precision float32")["works"].get<bool>());
}

TEST_F(DoctorCommand, OfABundleWithoutASelfTestWarns) {
    const SmallBundle without(manifest());
    const Ended ended = run("doctor --threads 1 --model " + without.folder().string());
    EXPECT_EQ(ended.code, kExitOk) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("spineseg-lab self-test"));
}

TEST_F(DoctorCommand, OfAMissingModelNamesIt) {
    const Ended ended = run("doctor --model /nonexistent");
    EXPECT_EQ(ended.code, kExitModel);
    EXPECT_THAT(ended.output, HasSubstr("model       problem   /nonexistent"));
}

TEST_F(DoctorCommand, AsksThePluginWhoItIs) {
    testing::ScriptedPlugin plugin([](int, const wire::Message&) -> Replies {
        return {{wire::Welcome{wire::kProtocolVersion, "0.9"}}};
    });
    const Ended ended = doctor("--socket " + plugin.socket().string());
    EXPECT_EQ(ended.code, kExitOk) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("plugin 0.9 answers"));
}

TEST_F(DoctorCommand, OfASocketThatIsNotThereSaysWhatToDo) {
    const Ended ended = doctor("--socket " + at("worker.sock"));
    EXPECT_EQ(ended.code, kExitInput);
    EXPECT_THAT(ended.output, HasSubstr("does not exist"));
    EXPECT_THAT(ended.output, HasSubstr("to do: start Orthanc"));
}

TEST_F(DoctorCommand, WithoutAGpuCudaIsAProblemWithItsReason) {
    if (cuda_devices().count > 0) GTEST_SKIP() << "this machine has a GPU";
    const Ended ended = doctor("--device cuda");
    EXPECT_EQ(ended.code, kExitUsage);
    EXPECT_THAT(ended.output, HasSubstr("CUDA        problem   no device"));
    EXPECT_EQ(doctor("--device cpu").code, kExitOk) << "who does not ask for CUDA needs none";
}

TEST_F(DoctorCommand, HeldToAvx2TakesFloat32AndSaysWhy) {
    const Ended ended = doctor("", kHeldToAvx2);
    EXPECT_EQ(ended.code, kExitOk) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("float32 (auto): "));
    EXPECT_THAT(ended.output, HasSubstr("AVX-512, without which oneDNN has no bfloat16"));
    EXPECT_THAT(ended.output, HasSubstr("self-test   ok        passed on cpu, float32"));
}

/// The symptom was "spineseg: internal: could not create a primitive descriptor iterator", after the series had
/// been read.
TEST_F(DoctorCommand, EveryProgramRefusesBfloat16WithoutAvx512AtOnce) {
    const std::string model = " --model " + bundle_.folder().string() + " ";
    ASSERT_EQ(phantom("p").code, kExitOk);
    const std::vector<std::pair<std::string, std::string>> calls{
        {SPINESEG_PROGRAM,
         "segment " + at("p/image.mha") + model + "--precision bfloat16 --out " + at("out")},
        {SPINESEG_PROGRAM, "doctor" + model + "--precision bfloat16"},
        {SPINESEG_WORKER_PROGRAM, "--socket " + at("none.sock") + model + "--precision bfloat16"}};
    for (const auto& [program, arguments] : calls) {
        const Ended ended = run(arguments, kHeldToAvx2 + program);
        EXPECT_EQ(ended.code, kExitUsage) << ended.output;
        EXPECT_THAT(ended.output, HasSubstr("bfloat16 cannot be computed on this processor")) << arguments;
        EXPECT_THAT(ended.output, HasSubstr("AVX-512"));
    }
    EXPECT_FALSE(std::filesystem::exists(at("out")));
}

TEST_F(DoctorCommand, EveryProgramRefusesCudaWithoutAGpuAtOnce) {
    if (cuda_devices().count > 0) GTEST_SKIP() << "this machine has a GPU";
    const std::string model = " --model " + bundle_.folder().string() + " --device cuda ";
    ASSERT_EQ(phantom("p").code, kExitOk);
    const std::vector<std::pair<std::string, std::string>> calls{
        {SPINESEG_PROGRAM, "segment " + at("p/image.mha") + model + "--out " + at("out")},
        {SPINESEG_WORKER_PROGRAM, "--socket " + at("none.sock") + model}};
    for (const auto& [program, arguments] : calls) {
        const Ended ended = run(arguments, program);
        EXPECT_EQ(ended.code, kExitUsage) << ended.output;
        EXPECT_THAT(ended.output, HasSubstr(cuda_devices().why_none)) << arguments;
    }
}

}  // namespace doctor_command_test
}  // namespace spineseg
