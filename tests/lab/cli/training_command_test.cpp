// SPDX-License-Identifier: GPL-3.0-or-later
// Splitting, packing, training in folds and cross-validation, as a shell runs them, on phantoms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/worker/cli/shell_command.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/job/exit_code.h"
#include "worker/phantom/phantom.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace training_command_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::Ended;
using ::testing::HasSubstr;
using ::testing::Not;

class TrainingCommand : public ::testing::Test {
  protected:
    TrainingCommand() : bundle_(manifest()) {
        fs::create_directories(folder_ / "data/images");
        fs::create_directories(folder_ / "data/masks");
        std::uint64_t seed = 1;
        for (const char* name : {"1_t1", "1_t2", "2_t2", "3_t2", "18_t2"}) {
            const auto phantom =
                make_phantom({.seed = seed++, .columns = 72, .rows = 80, .slices = 2, .pixel_spacing = 2.5});
            if (!phantom ||
                !write_mha(phantom->image, folder_ / "data/images" / (std::string(name) + ".mha")) ||
                !write_mha(phantom->labels, folder_ / "data/masks" / (std::string(name) + ".mha")))
                throw std::runtime_error("no phantom");
        }
    }
    static ModelManifest manifest() {
        ModelManifest made = SmallBundle::small_manifest();
        made.input.spacing_mm = 2.5;
        made.input.canvas_rows = made.input.canvas_columns = 80;
        made.diffusion.samples = made.diffusion.steps = 1;
        return made;
    }
    /// In the scratch folder.
    Ended shell(const std::string& command) const {
        return testing::ended("cd " + folder_.string() + " && { " + command + "; }");
    }
    Ended run(const std::string& arguments, const std::string& program = SPINESEG_LAB_PROGRAM) const {
        return shell(program + " " + arguments);
    }
    std::string bytes_of(const std::string& name) const {
        std::ifstream in(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    nlohmann::json json(const std::string& name) const {
        return nlohmann::json::parse(bytes_of(name), nullptr, false);
    }
    std::string recipe() const {
        return " --bundle " + bundle_.folder().string() +
               " --hold-out 18 --iterations 2 --batch 1 --crop 32 --threads 1 --precision float32 ";
    }

    SmallBundle bundle_;
    const TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(TrainingCommand, FoldsAreSplitTrainedAndCrossValidated) {
    const Ended split = run("split --data data --folds 3 --hold-out 18 --out splits.json");
    ASSERT_EQ(split.code, kExitOk) << split.output;
    ASSERT_EQ(json("splits.json").size(), 3U);
    EXPECT_THAT(bytes_of("splits.json"), Not(HasSubstr("18_t2")));
    const std::string folds = recipe() + "--data data --splits splits.json --folds all ";
    const Ended first = run("train presegmentation --run pre --validate-every 1" + folds);
    ASSERT_EQ(first.code, kExitOk) << first.output;
    EXPECT_THAT(first.output, AllOf(HasSubstr("fold 2 of splits.json"), HasSubstr("validation Dice")));
    EXPECT_TRUE(fs::exists(folder_ / "pre/fold_1/curves.png"));
    const Ended second = run("train diffusion --run diff --presegmentation-run pre" + folds);
    ASSERT_EQ(second.code, kExitOk) << second.output;

    const std::string bundles =
        " --bundles " + bundle_.folder().string() + " --splits splits.json --data data --threads 1 ";
    const Ended table = run("crossvalidate --report cv.json" + bundles);
    ASSERT_EQ(table.code, kExitOk) << table.output;
    EXPECT_THAT(table.output,
                AllOf(HasSubstr("fold 2"), HasSubstr("Dice of 4 series"), HasSubstr("whole pipeline")));
    const auto report = json("cv.json");
    ASSERT_EQ(report["cases"].size(), 4U) << "18 is in no fold";
    double sum = 0;
    for (const auto& one : report["cases"]) sum += one["pipeline"]["disc"].get<double>();
    EXPECT_NEAR(report["pipeline"]["disc"]["mean"].get<double>(), sum / 4, 1e-9);

    // The other way round, every model would be asked about patients that it has seen.
    auto turned = json("splits.json");
    std::rotate(turned.begin(), turned.begin() + 1, turned.end());
    std::ofstream(folder_ / "turned.json") << turned;
    const Ended seen =
        run("crossvalidate --bundles " + bundle_.folder().string() + " --splits turned.json --data data");
    EXPECT_EQ(seen.code, kExitUsage);
    EXPECT_THAT(seen.output, HasSubstr("was trained on patient"));
}

TEST_F(TrainingCommand, APackedFileTrainsTheSameWeightsAsItsImages) {
    ASSERT_EQ(run("split --data data --folds 3 --hold-out 18 --out splits.json").code, kExitOk);
    const Ended pack = run("pack --data data --out packed.safetensors --bundle " + bundle_.folder().string());
    ASSERT_EQ(pack.code, kExitOk) << pack.output;
    ASSERT_EQ(run("split --packed packed.safetensors --folds 3 --hold-out 18 --out packed.json").code,
              kExitOk);
    EXPECT_EQ(bytes_of("packed.json"), bytes_of("splits.json")) << "names are kept";
    const auto trained_with = [&](const std::string& source, const std::string& program) {
        const Ended ended = run("presegmentation --run " + std::to_string(std::random_device{}()) + recipe() +
                                    source + " --splits splits.json --fold 1",
                                program);
        EXPECT_EQ(ended.code, kExitOk) << ended.output;
        std::ifstream record(bundle_.folder() / "training.json");
        return ModelManifest::read(bundle_.folder())->presegmentation.members[0].sha256 +
               nlohmann::json::parse(record)["presegmentation"]["patients"].dump();
    };
    const std::string spineseg = std::string(SPINESEG_LAB_PROGRAM) + " train";
    const std::string images = trained_with("--data data", spineseg);
    EXPECT_EQ(trained_with("--packed packed.safetensors", spineseg), images);
    EXPECT_EQ(trained_with("--packed packed.safetensors", SPINESEG_TRAIN_PROGRAM), images)
        << "the GPU machine's program";
    EXPECT_THAT(images, Not(HasSubstr("\"18\"")));
}

TEST_F(TrainingCommand, AnInterruptedRunEndsInTheSameWeights) {
    const auto train = [&](const std::string& name, int checkpoint_every) {
        return "train presegmentation --data data --run " + name + " --iterations 12 --bundle " +
               bundle_.folder().string() +
               " --batch 1 --crop 32 --threads 1 --precision float32 --checkpoint-every " +
               std::to_string(checkpoint_every);
    };
    ASSERT_EQ(run(train("whole", 100)).code, kExitOk);
    const std::string whole = bytes_of("whole/weights.safetensors");
    // Killed without a chance to save: the run goes back to its last checkpoint.
    shell(std::string(SPINESEG_LAB_PROGRAM) + " " + train("killed", 1) +
          " & child=$!; for i in $(seq 1200); do test -e killed/checkpoint && break; sleep 0.05; done; "
          "kill -9 $child; wait $child");
    const Ended resumed = run(train("killed", 1));
    ASSERT_EQ(resumed.code, kExitOk) << resumed.output;
    EXPECT_EQ(bytes_of("killed/weights.safetensors"), whole);
    std::ifstream log(folder_ / "killed/log.csv");
    std::vector<std::string> rows;
    for (std::string row; std::getline(log, row);) rows.push_back(row.substr(0, row.find(',')));
    EXPECT_EQ(rows, (std::vector<std::string>{"iteration", "12"})) << "no row twice";
}

TEST_F(TrainingCommand, WrongOptionsSayWhatToDo) {
    const auto refused = [&](const std::string& arguments) {
        const Ended ended = run("train presegmentation --run r" + recipe() + arguments);
        EXPECT_EQ(ended.code, kExitUsage) << ended.output;
        return ended.output;
    };
    EXPECT_THAT(refused(""), HasSubstr("--packed"));
    EXPECT_THAT(refused("--data data --packed x"), HasSubstr("one of them"));
    EXPECT_THAT(refused("--data data --classes 3"), HasSubstr("4 classes"));
    EXPECT_THAT(refused("--data data --fold 0"), HasSubstr("spineseg-lab split"));
    EXPECT_THAT(refused("--packed x --phantoms 4"), HasSubstr("spineseg-lab pack"));
    std::ofstream(folder_ / "leak.json") << R"([{"train": ["1_t1", "2"], "val": ["1_t2"]}])";
    EXPECT_THAT(refused("--data data --splits leak.json --fold 0"),
                AllOf(HasSubstr("leak.json"), HasSubstr("patient 1")));
    EXPECT_FALSE(fs::exists(folder_ / "r")) << "refused before anything was made";
}

TEST_F(TrainingCommand, HelpIsInGroupsWithExamples) {
    const std::string help = run("train diffusion --help").output;
    for (const char* word :
         {"Run:", "Cases:", "Folds and validation:", "Recipe:", "Examples:", "--timesteps", "--init"})
        EXPECT_THAT(help, HasSubstr(word));
    EXPECT_THAT(run("presegmentation --help", SPINESEG_TRAIN_PROGRAM).output, HasSubstr("--packed"));
}

}  // namespace training_command_test
}  // namespace spineseg
