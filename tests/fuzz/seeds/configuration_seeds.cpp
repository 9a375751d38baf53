// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/seeds/seeds.h"

namespace spineseg::fuzz {
namespace seeds {

void write_settings(const Folder& folder) {
    folder.write("settings", "empty", "{}");
    folder.write("settings", "all",
                 R"({"Enable":true,"SegmentOnArrival":false,"ReconcileOnStart":false,
"Root":"/a-b/","Database":"/d/s.db","Socket":"s.sock","SocketMode":"0600","SocketGroup":"10010",
"WorkerUsers":["w","1001"],"ModelFolders":["m","/n"],"Models":[")" +
                     std::string(64, 'a') +
                     R"("],"LeaseSeconds":30,"ProgressSeconds":60,"MaxAttempts":2,
"RetryBackoffSeconds":[0,5],"PriorityAgeSeconds":0,"KeepJobsDays":9,"KeepJournalDays":9,"OffPeakHours":"20:00-06:00","SeriesRequestsPerDay":1,"UserOpenJobs":2,
"AllowedOrigins":["https://pacs.example","http://192.0.2.7:8042"],"RequireUsers":true,"Samples":3,"Steps":4,
"MaxInstances":500,"MaxInstanceMegabytes":64,"Outputs":["SEG","PMAP","PMAP-MI","SR","CONTOURS","HEATMAP"],
"Destinations":[{"Modality":"PACS","Objects":["SR"]},{"DicomWebServer":"vna","Objects":["SEG","SR"]}],
"Superseded":"Delete","KeepRejected":true,"SendReview":false,"Rules":{"threshold":0.6}})");
    folder.write("settings", "label_map", R"({"Outputs":["LABELMAP"],"Rules":{"disable":["x"]}})");
    folder.write("settings", "wrong_type", R"({"MaxAttempts":"3"})");
    folder.write("settings", "unknown_key", R"({"MaxAttemps":3})");
}

void write_manifests(const Folder& folder) {
    folder.write("manifest", "lumbar-fast", file_of_repository("models/lumbar-fast/manifest.json"));
    for (const std::string name : {"published", "published-paper", "published-presegmented"})
        folder.write("manifest", name, file_of_repository("config/profiles/" + name + ".json"));
}

}  // namespace seeds
}  // namespace spineseg::fuzz
