// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace usdtune {

/// Which control points make a place on a curve, and how much of each; one row per place.
class Stencils {
public:
    void add(uint32_t point, double weight) {
        points_.push_back(point);
        weights_.push_back(weight);
    }
    void endRow() { ends_.push_back(points_.size()); }
    size_t size() const { return ends_.size(); }
    /// Only rows whose entry in `keep` is not 0.
    void filter(std::span<const uint8_t> keep) {
        Stencils kept;
        each([&](size_t row, std::span<const uint32_t> points, std::span<const double> weights) {
            if (keep[row] == 0) return;
            for (size_t i = 0; i < points.size(); ++i) kept.add(points[i], weights[i]);
            kept.endRow();
        });
        *this = std::move(kept);
    }
    /// Rows of `width` numbers, mixed.
    std::vector<float> apply(const float* values, std::span<const int> indices, size_t width) const {
        std::vector<float> out(size() * width);
        each([&](size_t row, std::span<const uint32_t> points, std::span<const double> weights) {
            for (size_t c = 0; c < width; ++c) {
                double sum = 0;
                for (size_t i = 0; i < points.size(); ++i) {
                    const size_t place = indices.empty() ? points[i] : static_cast<size_t>(indices[points[i]]);
                    sum += weights[i] * static_cast<double>(values[place * width + c]);
                }
                out[row * width + c] = static_cast<float>(sum);
            }
        });
        return out;
    }

private:
    template <class Visit>
    void each(Visit visit) const {
        size_t begin = 0;
        for (size_t row = 0; row < ends_.size(); ++row) {
            const size_t count = ends_[row] - begin;
            visit(row, std::span(points_).subspan(begin, count), std::span(weights_).subspan(begin, count));
            begin = ends_[row];
        }
    }

    std::vector<uint32_t> points_;
    std::vector<double> weights_;
    std::vector<size_t> ends_;
};

}  // namespace usdtune
