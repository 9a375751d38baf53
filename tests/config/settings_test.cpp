// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace spineseg {
namespace settings_test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

void expect_refused(const std::string& section, const std::string& part_of_detail) {
    const auto settings = Settings::parse(section, "/var/lib/orthanc/db");
    ASSERT_FALSE(settings) << section;
    EXPECT_EQ(settings.error().code, ErrorCode::invalid_configuration) << section;
    EXPECT_THAT(settings.error().detail, testing::HasSubstr(part_of_detail)) << section;
}

TEST(Settings, NeedNothingSet) {
    for (const char* section : {"", "{}"}) {
        const auto settings = Settings::parse(section, "/var/lib/orthanc/db");
        ASSERT_TRUE(settings) << settings.error().describe();
        EXPECT_TRUE(settings->enable && settings->segment_on_arrival && settings->reconcile_on_start);
        EXPECT_EQ(settings->root, "/spineseg/");
        EXPECT_EQ(settings->database, "/var/lib/orthanc/db/spineseg.db");
        EXPECT_EQ(settings->socket, "/var/lib/orthanc/db/spineseg.sock");
        EXPECT_EQ(settings->socket_mode, 0660u);
        EXPECT_EQ(settings->lease, 60s);
        EXPECT_EQ(settings->progress_deadline, 600s);
        EXPECT_EQ(settings->max_attempts, 3);
        EXPECT_THAT(settings->retry_backoff, testing::ElementsAre(30s, 120s, 600s));
        EXPECT_FALSE(settings->samples || settings->steps);
        EXPECT_FALSE(settings->keep_rejected) << "what the quality check rejects is not stored unasked";
        EXPECT_TRUE(settings->send_review);
        EXPECT_EQ(settings->rules_json, "");
    }
}

TEST(Settings, OutputsAndDestinationsAreNamed) {
    const auto settings = Settings::parse(
        R"({"Outputs": ["LABELMAP", "SR", "CONTOURS"], "Superseded": "Delete",
            "Destinations": [{"Modality": "PACS_1", "Objects": ["CONTOURS", "SR"]},
                             {"DicomWebServer": "vna", "Objects": ["LABELMAP"]}]})",
        "/db");
    ASSERT_TRUE(settings) << settings.error().describe();
    using enum OutputObject;
    EXPECT_EQ(settings->outputs, (OutputPlan{label_map, report, contours}));
    EXPECT_EQ(settings->superseded, SupersededPolicy::remove);
    EXPECT_EQ(settings->destinations,
              (std::vector<Destination>{{Destination::Kind::modality, "PACS_1", {contours, report}},
                                        {Destination::Kind::dicomweb_server, "vna", {label_map}}}));
    const auto plain = Settings::parse("{}", "/db");
    EXPECT_EQ(plain->outputs, default_outputs());
    EXPECT_TRUE(plain->destinations.empty() && plain->superseded == SupersededPolicy::keep);
}

TEST(Settings, AnOutputThatCannotBeIsNamed) {
    expect_refused(R"({"Outputs": ["PDF"]})", "\"PDF\"");
    expect_refused(R"({"Outputs": []})", "Outputs");
    expect_refused(R"({"Outputs": ["SEG", "LABELMAP"]})", "two encodings");
    expect_refused(R"({"Superseded": "Burn"})", "Superseded");
    expect_refused(R"({"Destinations": [{"Modality": "P", "Objects": ["CONTOURS"]}]})", "not among Outputs");
    expect_refused(R"({"Destinations": [{"Modality": "P", "DicomWebServer": "Q", "Objects": ["SR"]}]})",
                   "either");
    expect_refused(R"({"Destinations": [{"Objects": ["SR"]}]})", "either");
    expect_refused(R"({"Destinations": [{"Modality": "../system", "Objects": ["SR"]}]})", "letters");
    expect_refused(R"({"Destinations": [{"Modality": "P", "Objects": ["SR"], "Port": 104}]})", "Port");
}

TEST(Settings, EveryKeyIsHonoured) {
    const auto settings = Settings::parse(
        R"({"Enable": false, "SegmentOnArrival": false, "ReconcileOnStart": false, "Root": "/ai/spine/",
            "Database": "/srv/queue.db", "Socket": "run/s.sock", "SocketMode": "600", "SocketGroup": "imaging",
            "WorkerUsers": ["spineseg"], "LeaseSeconds": 5, "ProgressSeconds": 50, "MaxAttempts": 1,
            "RetryBackoffSeconds": [0, 1], "Samples": 2, "Steps": 4, "MaxInstances": 10,
            "MaxInstanceMegabytes": 20, "Rules": {"b": 1, "a": [2]}})",
        "/db");
    ASSERT_TRUE(settings) << settings.error().describe();
    EXPECT_FALSE(settings->enable || settings->segment_on_arrival || settings->reconcile_on_start);
    EXPECT_EQ(settings->root, "/ai/spine/");
    EXPECT_EQ(settings->database, "/srv/queue.db");
    EXPECT_EQ(settings->socket, "/db/run/s.sock");
    EXPECT_EQ(settings->socket_mode, 0600u);
    EXPECT_EQ(settings->socket_group, "imaging");
    EXPECT_THAT(settings->worker_users, testing::ElementsAre("spineseg"));
    EXPECT_EQ(settings->lease, 5s);
    EXPECT_EQ(settings->progress_deadline, 50s);
    EXPECT_EQ(settings->max_attempts, 1);
    EXPECT_THAT(settings->retry_backoff, testing::ElementsAre(0s, 1s));
    EXPECT_EQ(settings->samples, 2);
    EXPECT_EQ(settings->steps, 4);
    EXPECT_EQ(settings->max_instances, 10);
    EXPECT_EQ(settings->max_instance_megabytes, 20);
    EXPECT_EQ(settings->rules_json, R"({"a":[2],"b":1})");
}

TEST(Settings, TheNightIsSaidByTwoTimesAndTheJournalIsKeptForTenYears) {
    const auto defaults = Settings::parse("", "/db");
    ASSERT_TRUE(defaults);
    EXPECT_EQ(defaults->keep_journal_days, 3650);
    EXPECT_FALSE(defaults->off_peak);
    const auto settings = Settings::parse(R"({"KeepJournalDays": 0, "OffPeakHours": "20:15-06:00"})", "/db");
    ASSERT_TRUE(settings) << settings.error().describe();
    EXPECT_EQ(settings->keep_journal_days, 0);
    EXPECT_EQ(settings->off_peak, (OffPeak{20 * 60 + 15, 6 * 60}));
    for (const char* hours : {"20-6", "20:00", "24:00-06:00", "20:60-06:00", "20:00-20:00", "2a:00-06:00",
                              "20:00 06:00", " 0:00-06:00"})
        expect_refused(std::string(R"({"OffPeakHours": ")") + hours + "\"}", "SpineSeg.OffPeakHours");
}

TEST(Settings, WhoMayAskForHowMuchIsBoundedByDefault) {
    const auto defaults = Settings::parse("", "/db");
    ASSERT_TRUE(defaults);
    EXPECT_EQ(defaults->series_requests_per_day, 30);
    EXPECT_EQ(defaults->user_open_jobs, 200);
    EXPECT_TRUE(defaults->allowed_origins.empty());
    EXPECT_FALSE(defaults->require_users);
    const auto settings = Settings::parse(
        R"({"SeriesRequestsPerDay": 0, "UserOpenJobs": 5, "RequireUsers": true,
            "AllowedOrigins": ["https://pacs.example", "http://[2001:db8::7]:8042"]})",
        "/db");
    ASSERT_TRUE(settings) << settings.error().describe();
    EXPECT_EQ(settings->series_requests_per_day, 0);
    EXPECT_EQ(settings->user_open_jobs, 5);
    EXPECT_TRUE(settings->require_users);
    EXPECT_EQ(settings->allowed_origins.size(), 2u);
    for (const char* origin : {"", "*", "null", "pacs.example", "https://", "https://pacs.example/",
                               "HTTPS://PACS", "https://a b", "ftp://pacs"})
        expect_refused(std::string(R"({"AllowedOrigins": [")") + origin + "\"]}", "SpineSeg.AllowedOrigins");
}

TEST(Settings, AMisspelledKeyIsNamedInsteadOfIgnored) {
    expect_refused(R"({"LeaseSecond": 5})", "SpineSeg.LeaseSecond: is not a known field");
    expect_refused(R"({"enable": true})", "SpineSeg.enable");
}

TEST(Settings, WrongTypesAndValuesAreNamed) {
    expect_refused("[]", "SpineSeg must be a JSON object");
    expect_refused("{", "SpineSeg is not valid JSON");
    expect_refused(R"({"Enable": 1})", "SpineSeg.Enable: must be true or false");
    expect_refused(R"({"LeaseSeconds": "60"})", "SpineSeg.LeaseSeconds: must be a whole number");
    expect_refused(R"({"LeaseSeconds": 0})", "SpineSeg.LeaseSeconds: 0 is outside 1..3600");
    expect_refused(R"({"ProgressSeconds": 30})", "SpineSeg.ProgressSeconds");
    expect_refused(R"({"MaxAttempts": 0})", "SpineSeg.MaxAttempts");
    expect_refused(R"({"RetryBackoffSeconds": []})", "SpineSeg.RetryBackoffSeconds");
    expect_refused(R"({"RetryBackoffSeconds": [1, -1]})", "SpineSeg.RetryBackoffSeconds[1]");
    expect_refused(R"({"Samples": 65})", "SpineSeg.Samples");
    expect_refused(R"({"Database": ""})", "SpineSeg.Database");
    expect_refused(R"({"Socket": ")" + std::string(120, 's') + "\"}", "SpineSeg.Socket");
    expect_refused(R"({"WorkerUsers": "me"})", "SpineSeg.WorkerUsers: must be an array");
    expect_refused(R"({"WorkerUsers": [3]})", "SpineSeg.WorkerUsers[0]: must be a text");
    expect_refused(R"({"Models": ["lumbar-fast"]})", "SpineSeg.Models: each must be a digest");
    expect_refused(R"({"Models": [")" + std::string(64, 'A') + "\"]}", "SpineSeg.Models");
    expect_refused(R"({"ModelFolders": [""]})", "SpineSeg.ModelFolders");
    expect_refused(R"({"Rules": 3})", "SpineSeg.Rules");
    for (const char* root : {"", "/", "//", "spineseg", "/spineseg", "/a//b/", "/Spine/", "/../x/"}) {
        expect_refused(std::string(R"({"Root": ")") + root + "\"}", "SpineSeg.Root");
    }
    for (const char* mode : {"", "66", "0770", "1660", "0060", "rw-", "0668"}) {
        expect_refused(std::string(R"({"SocketMode": ")") + mode + "\"}", "SpineSeg.SocketMode");
    }
}

TEST(Settings, ModelsAreNamedByFolderAndByDigest) {
    const std::string digest(64, 'a');
    const auto settings =
        Settings::parse(R"({"ModelFolders": ["/models", "mine"], "Models": [")" + digest + "\"]}", "/db");
    ASSERT_TRUE(settings) << settings.error().describe();
    EXPECT_EQ(settings->model_folders, (std::vector<fs::path>{"/models", "/db/mine"}));
    EXPECT_EQ(settings->models, std::vector<std::string>{digest});
}

TEST(Settings, ShadowModelsAreNamedByNameOrDigestAndNeedTheSegmentation) {
    EXPECT_TRUE(Settings::parse("", "/db")->shadow_models.empty());
    const auto settings =
        Settings::parse(R"({"ShadowModels": ["candidate", "ab"], "Outputs": ["SEG"]})", "/db");
    ASSERT_TRUE(settings) << settings.error().describe();
    EXPECT_THAT(settings->shadow_models, testing::ElementsAre("candidate", "ab"));
    expect_refused(R"({"ShadowModels": ["candidate"], "Outputs": ["LABELMAP", "SR"]})",
                   "SpineSeg.ShadowModels");
    expect_refused(R"({"ShadowModels": [""]})", "SpineSeg.ShadowModels");
    expect_refused(R"({"ShadowModels": "candidate"})", "SpineSeg.ShadowModels: must be an array");
    expect_refused(R"({"ShadowModels": ["1","2","3","4","5","6","7","8","9"]})", "SpineSeg.ShadowModels");
}

TEST(Settings, RulesMayStandInAFileOfTheirOwn) {
    const fs::path folder = fs::temp_directory_path() / ("spineseg-settings-" + std::to_string(::getpid()));
    fs::create_directories(folder);
    std::ofstream(folder / "rules.json") << R"({ "minimum": 5 })";
    std::ofstream(folder / "broken.json") << R"({ "minimum": )";
    const auto settings = Settings::parse(R"({"Rules": "rules.json"})", folder);
    ASSERT_TRUE(settings) << settings.error().describe();
    EXPECT_EQ(settings->rules_json, R"({"minimum":5})");
    for (const char* file : {"broken.json", "absent.json", "."}) {
        const auto refused = Settings::parse(std::string(R"({"Rules": ")") + file + "\"}", folder);
        ASSERT_FALSE(refused) << file;
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_configuration);
    }
    fs::remove_all(folder);
}

}  // namespace settings_test
}  // namespace spineseg
