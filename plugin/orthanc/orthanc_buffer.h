// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the SDK allocates, owned (an edge file). One thread at a time.

#include <orthanc/OrthancCPlugin.h>

#include <string_view>

namespace spineseg {

class OrthancBuffer {
  public:
    explicit OrthancBuffer(OrthancPluginContext* context) : context_(context) {}
    OrthancBuffer(const OrthancBuffer&) = delete;
    OrthancBuffer& operator=(const OrthancBuffer&) = delete;
    ~OrthancBuffer() {
        if (buffer_.data != nullptr) OrthancPluginFreeMemoryBuffer(context_, &buffer_);
    }
    OrthancPluginMemoryBuffer* out() { return &buffer_; }
    std::string_view view() const { return {static_cast<const char*>(buffer_.data), buffer_.size}; }

  private:
    OrthancPluginContext* context_;
    OrthancPluginMemoryBuffer buffer_{nullptr, 0};
};

class OrthancString {
  public:
    OrthancString(OrthancPluginContext* context, char* text) : context_(context), text_(text) {}
    OrthancString(const OrthancString&) = delete;
    OrthancString& operator=(const OrthancString&) = delete;
    ~OrthancString() {
        if (text_ != nullptr) OrthancPluginFreeString(context_, text_);
    }
    explicit operator bool() const { return text_ != nullptr; }
    std::string_view view() const { return text_ == nullptr ? std::string_view() : std::string_view(text_); }

  private:
    OrthancPluginContext* context_;
    char* text_;
};

}  // namespace spineseg
