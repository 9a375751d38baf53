// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/contours.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>

namespace spineseg {
namespace {

constexpr float kIso = 0.5F;

/// Columns [left, right) and rows [top, bottom) of a picture.
struct Box {
    int left = 0, top = 0, right = 0, bottom = 0;
};

/// What a contour of the label can touch: its bounding box and two pixels around it, within the picture.
Box surroundings_of(const Picture<std::uint8_t>& labels, std::uint8_t label) {
    Box box{labels.width, labels.height, 0, 0};
    for (int y = 0; y < labels.height; ++y) {
        const auto row = labels.values.begin() + static_cast<std::ptrdiff_t>(y) * labels.width;
        const auto first = std::find(row, row + labels.width, label);
        if (first == row + labels.width) continue;
        const auto last =
            std::find(std::make_reverse_iterator(row + labels.width), std::make_reverse_iterator(row), label);
        box.left = std::min(box.left, static_cast<int>(first - row));
        box.right = std::max(box.right, static_cast<int>(last.base() - row));
        box.top = std::min(box.top, y);
        box.bottom = y + 1;
    }
    constexpr int kAround = 2;
    return {std::max(box.left - kAround, 0), std::max(box.top - kAround, 0),
            std::min(box.right + kAround, labels.width), std::min(box.bottom + kAround, labels.height)};
}

/// The indicator in a box, blurred by (1 2 1)/4 in both directions; the picture's border is repeated.
class Field {
  public:
    Field(const Picture<std::uint8_t>& labels, std::uint8_t label, const Box& box)
        : box_(box),
          values_(static_cast<std::size_t>(std::max(box.right - box.left, 0)) *
                  static_cast<std::size_t>(std::max(box.bottom - box.top, 0))) {
        const auto clamped = [&](int x, int y) {
            x = std::clamp(x, 0, labels.width - 1);
            y = std::clamp(y, 0, labels.height - 1);
            return labels.at(x, y) == label ? 1.0F : 0.0F;
        };
        const auto weight = [](int offset) { return offset == 0 ? 0.5F : 0.25F; };
        std::size_t i = 0;
        for (int y = box.top; y < box.bottom; ++y) {
            for (int x = box.left; x < box.right; ++x, ++i) {
                for (int dy = -1; dy <= 1; ++dy) {
                    for (int dx = -1; dx <= 1; ++dx) {
                        values_[i] += weight(dx) * weight(dy) * clamped(x + dx, y + dy);
                    }
                }
            }
        }
    }
    const Box& box() const { return box_; }
    float at(int x, int y) const {
        return values_[static_cast<std::size_t>(y - box_.top) *
                           static_cast<std::size_t>(box_.right - box_.left) +
                       static_cast<std::size_t>(x - box_.left)];
    }

  private:
    Box box_;
    std::vector<float> values_;
};

/// An edge between two neighbouring pixel centres, on which a contour may cross.
struct Edge {
    int x = 0;
    int y = 0;
    bool vertical = false;
    friend auto operator<=>(const Edge&, const Edge&) = default;
};

PicturePoint crossing(const Field& field, const Edge& edge) {
    const float a = field.at(edge.x, edge.y);
    const float b = edge.vertical ? field.at(edge.x, edge.y + 1) : field.at(edge.x + 1, edge.y);
    const double t = (kIso - a) / (b - a);
    return edge.vertical ? PicturePoint{static_cast<double>(edge.x), edge.y + t}
                         : PicturePoint{edge.x + t, static_cast<double>(edge.y)};
}

/// Which edges of a square the contour joins, for each of its sixteen cases: top, right, bottom, left are
/// 0..3, the corners count 1, 2, 4, 8 clockwise from the upper left. The two ambiguous cases keep the corners
/// apart.
constexpr std::array<std::array<int, 4>, 16> kCases{{{-1, -1, -1, -1},
                                                     {3, 0, -1, -1},
                                                     {0, 1, -1, -1},
                                                     {3, 1, -1, -1},
                                                     {1, 2, -1, -1},
                                                     {3, 0, 1, 2},
                                                     {0, 2, -1, -1},
                                                     {3, 2, -1, -1},
                                                     {2, 3, -1, -1},
                                                     {2, 0, -1, -1},
                                                     {0, 1, 2, 3},
                                                     {2, 1, -1, -1},
                                                     {1, 3, -1, -1},
                                                     {1, 0, -1, -1},
                                                     {0, 3, -1, -1},
                                                     {-1, -1, -1, -1}}};

/// Neighbours along the contour; every edge has at most two.
using Links = std::map<Edge, std::vector<Edge>>;

Links link_edges(const Field& field) {
    Links links;
    const Box& box = field.box();
    for (int y = box.top; y + 1 < box.bottom; ++y) {
        for (int x = box.left; x + 1 < box.right; ++x) {
            const unsigned corners = static_cast<unsigned>(field.at(x, y) > kIso) |
                                     static_cast<unsigned>(field.at(x + 1, y) > kIso) << 1U |
                                     static_cast<unsigned>(field.at(x + 1, y + 1) > kIso) << 2U |
                                     static_cast<unsigned>(field.at(x, y + 1) > kIso) << 3U;
            const std::array<Edge, 4> sides{Edge{x, y, false}, Edge{x + 1, y, true}, Edge{x, y + 1, false},
                                            Edge{x, y, true}};
            const auto& joined = kCases[corners];
            for (std::size_t i = 0; i < 4 && joined[i] >= 0; i += 2) {
                const Edge& a = sides[static_cast<std::size_t>(joined[i])];
                const Edge& b = sides[static_cast<std::size_t>(joined[i + 1])];
                links[a].push_back(b);
                links[b].push_back(a);
            }
        }
    }
    return links;
}

/// Follows the contour from an edge and takes what it passes out of the links.
Polyline follow(Links& links, Edge edge, const Field& field) {
    Polyline line{.points = {}, .closed = links.at(edge).size() == 2};
    while (true) {
        line.points.push_back(crossing(field, edge));
        const auto here = links.find(edge);
        const std::vector<Edge> neighbours = std::move(here->second);
        links.erase(here);
        const auto next = std::find_if(neighbours.begin(), neighbours.end(),
                                       [&](const Edge& candidate) { return links.contains(candidate); });
        if (next == neighbours.end()) return line;
        edge = *next;
    }
}

}  // namespace

std::vector<Polyline> contours_of(const Picture<std::uint8_t>& labels, std::uint8_t label) {
    const Field field(labels, label, surroundings_of(labels, label));
    Links links = link_edges(field);
    std::vector<Polyline> lines;
    // Lines that end at the border begin there; what remains is closed.
    for (const std::size_t ends : {std::size_t{1}, std::size_t{2}}) {
        while (true) {
            const auto start = std::find_if(links.begin(), links.end(),
                                            [&](const auto& entry) { return entry.second.size() == ends; });
            if (start == links.end()) break;
            lines.push_back(follow(links, start->first, field));
        }
    }
    return lines;
}

}  // namespace spineseg
