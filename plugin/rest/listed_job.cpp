// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/listed_job.h"

#include <limits>
#include <utility>

#include "core/printable_text.h"
#include "plugin/rest/job_view.h"

namespace spineseg {
namespace {

using nlohmann::json;

/// Reads a summary without making a tree: whether it is an object without long texts, and what job_json() takes from
/// its top level.
class SummaryReader final : public json::json_sax_t {
  public:
    bool null() override { return inside(); }
    bool boolean(bool) override { return inside(); }
    bool number_integer(number_integer_t value) override { return number(value); }
    bool number_unsigned(number_unsigned_t value) override { return number(value); }
    bool number_float(number_float_t, const string_t&) override { return inside(); }
    bool string(string_t& value) override { return inside() && value.size() <= kLongestText; }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return ++depth_ > 0; }
    bool key(string_t& name) override {
        if (depth_ == 1) key_ = name;
        return name.size() <= kLongestText;
    }
    bool end_object() override { return --depth_ >= 0; }
    bool start_array(std::size_t) override { return ++depth_ > 1; }
    bool end_array() override { return --depth_ >= 0; }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

    /// Those of "samples" and "steps" that are whole numbers.
    const json& used() const { return used_; }

  private:
    bool inside() const { return depth_ > 0; }
    template <typename Number>
    bool number(Number value) {
        if (depth_ == 1 && (key_ == "samples" || key_ == "steps")) used_[key_] = value;
        return inside();
    }
    int depth_ = 0;
    std::string key_;
    json used_ = json::object();
};

/// Plain text without escapes: what stands there is what a reader gets.
bool stands_for_itself(std::string_view text) {
    return is_plain(text, std::numeric_limits<std::size_t>::max()) &&
           text.find('\\') == std::string_view::npos;
}

}  // namespace

ListedJob listed_job(const Job& job, const std::string& root) {
    SummaryReader reader;
    if (!stands_for_itself(job.summary_json) || !json::sax_parse(job.summary_json, &reader))
        return {job_json(job, root), {}};
    Job bare = job;
    bare.summary_json = reader.used().dump();
    ListedJob listed{job_json(bare, root), job.summary_json};
    listed.view.erase("Summary");
    return listed;
}

}  // namespace spineseg
