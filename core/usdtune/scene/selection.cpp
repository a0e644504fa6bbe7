// SPDX-License-Identifier: Apache-2.0
//
// A pattern with wildcards is a small automaton: state i means that its first i parts are matched. The states of a
// prim follow from its parent's and its name, so one walk over the rows, which leaves out subtrees without a state,
// tries every prim once. Names recur, so what a part says to a name is remembered.
#include "usdtune/scene/selection.h"

#include <cstdint>
#include <unordered_map>

namespace usdtune {

namespace {

constexpr size_t kPartLimit = 63;
constexpr std::string_view kWildcards = "*?[";

struct Part {
    std::string text;
    bool wild = false;
    bool deep = false;  ///< after `//`: at any depth
    std::unordered_map<TokenId, bool> known = {};
};

struct Pattern {
    std::vector<Part> parts;
    bool withDescendants = false;  ///< ends in `//`
};

/// `[abc]`, `[a-z]`, `[!a]` at the start of `glob`; moves `glob` behind it. An unclosed bracket matches nothing.
bool matchesSet(std::string_view& glob, char c) {
    const size_t close = glob.find(']', 2);
    if (close == std::string_view::npos) {
        glob = {};
        return false;
    }
    std::string_view set = glob.substr(1, close - 1);
    glob.remove_prefix(close + 1);
    const bool negated = set.front() == '!' || set.front() == '^';
    if (negated) set.remove_prefix(1);
    bool found = false;
    for (size_t i = 0; i < set.size(); ++i) {
        const bool range = i + 2 < set.size() && set[i + 1] == '-';
        found = found || (range ? set[i] <= c && c <= set[i + 2] : set[i] == c);
        if (range) i += 2;
    }
    return found != negated;
}

/// Glob match of one name; linear, going back to the last star only.
bool matchesGlob(std::string_view glob, std::string_view name) {
    std::string_view afterStar, retry;
    bool starred = false;
    while (true) {
        if (!glob.empty() && glob.front() == '*') {
            glob.remove_prefix(1);
            afterStar = glob;
            retry = name;
            starred = true;
            continue;
        }
        if (name.empty() && glob.empty()) return true;
        if (!name.empty() && !glob.empty()) {
            std::string_view rest = glob.substr(1);
            bool matched = glob.front() == '?' || glob.front() == name.front();
            if (glob.front() == '[') {
                rest = glob;
                matched = matchesSet(rest, name.front());
            }
            if (matched) {
                glob = rest;
                name.remove_prefix(1);
                continue;
            }
        }
        if (!starred || retry.empty()) return false;
        retry.remove_prefix(1);
        glob = afterStar;
        name = retry;
    }
}

Result<Pattern> parse(const std::string& text) {
    const auto refuse = [&](const std::string& why) { return Error{"The prim pattern \"" + text + "\" " + why + "."}; };
    if (text.empty() || text.front() != '/') return refuse("is not absolute; it must begin with /");
    if (text.find('{') != std::string::npos)
        return refuse("has a predicate {…}, which only a live stage can evaluate; use a path with *, ? or //");
    if (text.find('.') != std::string::npos) return refuse("names a property, but prims are expected");
    if (const size_t at = text.find_first_of(" \t\n+-&~%()");
        at != std::string::npos && text.find('[') == std::string::npos)
        return refuse(std::string("holds '") + text[at] +
                      "', which no prim name has; list several patterns instead of joining them");
    Pattern out;
    bool deep = false;
    for (size_t begin = 1; begin <= text.size();) {
        const size_t end = std::min(text.find('/', begin), text.size());
        const std::string part = text.substr(begin, end - begin);
        if (part.empty()) {
            // The slash at the very end of `/A/` says nothing; the one of `/A//` does.
            deep = deep || end < text.size() || text.ends_with("//");
        } else {
            out.parts.push_back({part, part.find_first_of(kWildcards) != std::string::npos, deep});
            deep = false;
        }
        begin = end + 1;
    }
    out.withDescendants = deep;
    if (out.parts.size() > kPartLimit) return refuse("has more than " + std::to_string(kPartLimit) + " parts");
    return out;
}

bool isPlain(const Pattern& pattern) {
    for (const Part& part : pattern.parts)
        if (part.wild || part.deep) return false;
    return !pattern.parts.empty();
}

class Matcher {
public:
    Matcher(const Scene& scene, Pattern& pattern) : scene_(scene), pattern_(pattern) {}

    bool select(std::vector<bool>& selected) {
        bool any = false;
        const auto prims = scene_.prims();
        std::vector<uint64_t> states(prims.size());
        const uint64_t accepted = uint64_t{1} << pattern_.parts.size();
        for (uint32_t row = 0; row < prims.size();) {
            const Prim& prim = prims[row];
            if (prim.parent.valid())
                states[row] = step(states[prim.parent.index], prim.name);
            else
                states[row] = prim.flags.prototypeRoot ? walkPath(scene_.text(prim.path)) : step(1, prim.name);
            if ((states[row] & accepted) != 0) selected[row] = any = true;
            row = states[row] == 0 ? prim.subtreeEnd : row + 1;
        }
        return any;
    }

private:
    uint64_t step(uint64_t states, TokenId name) {
        uint64_t out = 0;
        const size_t count = pattern_.parts.size();
        for (size_t i = 0; i <= count; ++i) {
            if ((states >> i & 1) == 0) continue;
            const bool stays = i < count ? pattern_.parts[i].deep : pattern_.withDescendants;
            if (stays) out |= uint64_t{1} << i;
            if (i < count && matches(pattern_.parts[i], name)) out |= uint64_t{1} << (i + 1);
        }
        return out;
    }

    bool matches(Part& part, TokenId name) {
        const auto [known, isNew] = part.known.try_emplace(name, false);
        if (isNew)
            known->second = part.wild ? matchesGlob(part.text, scene_.text(name)) : part.text == scene_.text(name);
        return known->second;
    }

    uint64_t walkPath(std::string_view path) {
        uint64_t states = 1;
        for (size_t begin = 1; begin <= path.size();) {
            const size_t end = std::min(path.find('/', begin), path.size());
            const TokenId name = scene_.tokens().find(path.substr(begin, end - begin));
            states = name.valid() ? step(states, name) : 0;
            begin = end + 1;
        }
        return states;
    }

    const Scene& scene_;
    Pattern& pattern_;
};

std::string plainPath(const Pattern& pattern) {
    std::string out;
    for (const Part& part : pattern.parts) out += "/" + part.text;
    return out;
}

}  // namespace

Selection Selection::all(const Scene&) {
    Selection out;
    out.all_ = true;
    return out;
}

Result<Selection> Selection::matching(const Scene& scene, const std::vector<std::string>& patterns) {
    if (patterns.empty()) return all(scene);
    Selection out;
    out.selected_.assign(scene.prims().size(), false);
    for (const std::string& text : patterns) {
        Result<Pattern> parsed = parse(text);
        if (!parsed) return Error{parsed.error()};
        Pattern& pattern = parsed.value();
        const PrimId plain = isPlain(pattern) ? scene.find(plainPath(pattern)) : PrimId();
        bool any = plain.valid();
        // Descendants of an instance stand elsewhere, below its prototype: the walk finds them.
        const bool walks = !isPlain(pattern) || (pattern.withDescendants && !scene.prototypes().empty());
        if (walks) {
            any = Matcher(scene, pattern).select(out.selected_);
        } else if (any) {
            const uint32_t end = pattern.withDescendants ? scene.prim(plain).subtreeEnd : plain.index + 1;
            for (uint32_t row = plain.index; row < end; ++row) out.selected_[row] = true;
        }
        if (!any) out.unmatched_.push_back(text);
    }
    return out;
}

}  // namespace usdtune
