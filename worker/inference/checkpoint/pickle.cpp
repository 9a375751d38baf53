// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/checkpoint/pickle.h"

#include <algorithm>
#include <cstdio>
#include <unordered_map>

#include "worker/inference/checkpoint/pickle_cursor.h"

namespace spineseg {
namespace {

constexpr std::size_t kLargestPickle = 32u << 20;
constexpr std::size_t kMostNodes = 2'000'000;  ///< and as many places on the stack, marks and memos
constexpr std::uint8_t kProtocol = 2;

/// Opcodes as CPython's pickletools names them.
enum Opcode : std::uint8_t {
    kMark = '(',
    kStop = '.',
    kBinFloat = 'G',
    kBinInt = 'J',
    kBinInt1 = 'K',
    kBinInt2 = 'M',
    kNone = 'N',
    kBinPersId = 'Q',
    kReduce = 'R',
    kBinUnicode = 'X',
    kEmptyList = ']',
    kAppend = 'a',
    kBuild = 'b',
    kGlobal = 'c',
    kAppends = 'e',
    kBinGet = 'h',
    kLongBinGet = 'j',
    kBinPut = 'q',
    kLongBinPut = 'r',
    kSetItem = 's',
    kTuple = 't',
    kSetItems = 'u',
    kEmptyDict = '}',
    kEmptyTuple = ')',
    kProto = 0x80,
    kTuple1 = 0x85,
    kTuple2 = 0x86,
    kTuple3 = 0x87,
    kNewTrue = 0x88,
    kNewFalse = 0x89,
    kLong1 = 0x8a,
};

template <typename T>
T unwrapped(Result<T> result) {
    if (!result) throw PickleRefused{result.error().detail};
    return std::move(*result);
}

class Machine {
  public:
    Machine(std::string_view bytes, PickleVocabulary& vocabulary) : cursor_(bytes), vocabulary_(vocabulary) {}

    Result<Pickle> run() {
        try {
            while (!step()) {
            }
        } catch (const PickleRefused& refused) {
            return failure(ErrorCode::file_unreadable,
                           "pickle, byte " + std::to_string(opcode_at_) + ": " + refused.why);
        }
        return std::move(pickle_);
    }

  private:
    using Nodes = std::vector<PickleNode*>;

    /// One opcode; true after STOP.
    bool step() {
        opcode_at_ = cursor_.at();
        const auto opcode = static_cast<std::uint8_t>(cursor_.take(1)[0]);
        if (opcode == kStop) {
            if (stack_.size() != 1 || !marks_.empty())
                throw PickleRefused{"ends with a stack that is not one value"};
            pickle_.root = stack_.front();
            return true;
        }
        if (!push_plain(opcode) && !collect(opcode) && !remember(opcode)) call_out(opcode);
        if (std::max({stack_.size(), marks_.size(), memo_.size()}) > kMostNodes)
            throw PickleRefused{"more values than any checkpoint holds"};
        return false;
    }

    bool push_plain(std::uint8_t opcode) {
        switch (opcode) {
            case kNone:
                return push({PickleNone{}});
            case kNewTrue:
                return push({true});
            case kNewFalse:
                return push({false});
            case kBinInt:
                return push({std::int64_t{static_cast<std::int32_t>(cursor_.number(4))}});
            case kBinInt1:
                return push({static_cast<std::int64_t>(cursor_.number(1))});
            case kBinInt2:
                return push({static_cast<std::int64_t>(cursor_.number(2))});
            case kLong1:
                return push({cursor_.long_integer()});
            case kBinFloat:
                return push({cursor_.big_endian_double()});
            case kBinUnicode:
                return push({std::string(cursor_.take(cursor_.number(4)))});
            case kEmptyList:
                return push({PickleList{}});
            case kEmptyDict:
                return push({PickleDict{}});
            case kEmptyTuple:
                return push({PickleTuple{}});
            default:
                return false;
        }
    }

    bool collect(std::uint8_t opcode) {
        switch (opcode) {
            case kMark:
                marks_.push_back(stack_.size());
                return true;
            case kTuple1:
            case kTuple2:
            case kTuple3:
                return push({PickleTuple{pop_last(static_cast<std::size_t>(opcode - kTuple1) + 1)}});
            case kTuple:
                return push({PickleTuple{pop_to_mark()}});
            case kAppend:
                return append(pop_last(1));
            case kAppends:
                return append(pop_to_mark());
            case kSetItem:
                return set_items(pop_last(2));
            case kSetItems:
                return set_items(pop_to_mark());
            default:
                return false;
        }
    }

    bool remember(std::uint8_t opcode) {
        switch (opcode) {
            case kBinPut:
                memo_[cursor_.number(1)] = &top();
                return true;
            case kLongBinPut:
                memo_[cursor_.number(4)] = &top();
                return true;
            case kBinGet:
                stack_.push_back(remembered(cursor_.number(1)));
                return true;
            case kLongBinGet:
                stack_.push_back(remembered(cursor_.number(4)));
                return true;
            default:
                return false;
        }
    }

    void call_out(std::uint8_t opcode) {
        switch (opcode) {
            case kProto:
                if (cursor_.number(1) != kProtocol)
                    throw PickleRefused{
                        "not protocol 2; save again with torch.save's default pickle_protocol"};
                return;
            case kGlobal:
                return global();
            case kReduce:
                return reduce();
            case kBinPersId:
                push(unwrapped(vocabulary_.persistent(*pop_last(1)[0])));
                return;
            case kBuild: {
                const auto* state = pop_last(1)[0];
                if (auto set = vocabulary_.set_state(top(), *state); !set)
                    throw PickleRefused{set.error().detail};
                return;
            }
            default:
                char text[64];
                std::snprintf(text, sizeof text, "opcode 0x%02x is none that a state dict needs", opcode);
                throw PickleRefused{text};
        }
    }

    void global() {
        const std::string module = cursor_.line();
        const std::string name = module + " " + cursor_.line();
        if (!vocabulary_.knows(name))
            throw PickleRefused{"it wants to call \"" + name + "\", which is refused"};
        push({PickleGlobal{name}});
    }

    void reduce() {
        const Nodes both = pop_last(2);
        const auto* callee = std::get_if<PickleGlobal>(&both[0]->value);
        const auto* arguments = std::get_if<PickleTuple>(&both[1]->value);
        if (callee == nullptr || arguments == nullptr)
            throw PickleRefused{"a call without a name or arguments"};
        push(unwrapped(vocabulary_.call(callee->name, arguments->items)));
    }

    bool append(const Nodes& items) {
        auto* list = std::get_if<PickleList>(&top().value);
        if (list == nullptr) throw PickleRefused{"appends to what is no list"};
        list->items.insert(list->items.end(), items.begin(), items.end());
        return true;
    }

    bool set_items(const Nodes& items) {
        auto* dict = std::get_if<PickleDict>(&top().value);
        if (dict == nullptr || items.size() % 2 != 0) throw PickleRefused{"sets items of what is no dict"};
        for (std::size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
        return true;
    }

    bool push(PickleNode node) {
        if (pickle_.nodes.size() >= kMostNodes) throw PickleRefused{"more values than any checkpoint holds"};
        stack_.push_back(&pickle_.nodes.emplace_back(std::move(node)));
        return true;
    }

    PickleNode& top() {
        if (stack_.size() <= floor()) throw PickleRefused{"takes from an empty stack"};
        return *stack_.back();
    }

    /// Values below the last mark are out of reach until it is popped.
    std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

    Nodes pop_last(std::size_t count) {
        if (stack_.size() < floor() + count) throw PickleRefused{"takes from an empty stack"};
        Nodes items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
        stack_.resize(stack_.size() - count);
        return items;
    }

    Nodes pop_to_mark() {
        if (marks_.empty()) throw PickleRefused{"a mark is missing"};
        auto items = pop_last(stack_.size() - marks_.back());
        marks_.pop_back();
        return items;
    }

    PickleNode* remembered(std::uint32_t key) const {
        const auto found = memo_.find(key);
        if (found == memo_.end())
            throw PickleRefused{"refers to value " + std::to_string(key) + ", which is not there"};
        return found->second;
    }

    PickleCursor cursor_;
    PickleVocabulary& vocabulary_;
    Pickle pickle_;
    std::size_t opcode_at_ = 0;
    Nodes stack_;
    std::vector<std::size_t> marks_;
    std::unordered_map<std::uint32_t, PickleNode*> memo_;
};

}  // namespace

Result<Pickle> read_pickle(std::string_view bytes, PickleVocabulary& vocabulary) {
    if (bytes.size() > kLargestPickle)
        return failure(ErrorCode::file_unreadable, "pickle: larger than any checkpoint's");
    return Machine(bytes, vocabulary).run();
}

}  // namespace spineseg
