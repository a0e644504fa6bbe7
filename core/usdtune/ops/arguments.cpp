// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "usdtune/ops/op.h"

namespace usdtune {

namespace {

using nlohmann::json;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string where(const OpDescriptor& op, const ArgumentDescriptor& argument) {
    return std::string(op.key) + "." + std::string(argument.name);
}

std::string_view expectation(ArgumentType type) {
    switch (type) {
        case ArgumentType::Bool:
            return "true or false";
        case ArgumentType::Int:
            return "an integer";
        case ArgumentType::Float:
        case ArgumentType::Double:
            return "a number";
        case ArgumentType::Enum:
            return "an integer";
        case ArgumentType::String:
            return "a text";
        case ArgumentType::StringList:
            return "a list of texts";
        case ArgumentType::FloatList:
            return "a list of numbers";
    }
    return "";
}

bool allOf(const json& list, bool (json::*test)() const noexcept) {
    return list.is_array() && std::all_of(list.begin(), list.end(), [&](const json& item) { return (item.*test)(); });
}

bool hasType(const json& value, ArgumentType type) {
    switch (type) {
        case ArgumentType::Bool:
            return value.is_boolean();
        case ArgumentType::Int:
        case ArgumentType::Enum:
            return value.is_number_integer();
        case ArgumentType::Float:
        case ArgumentType::Double:
            return value.is_number();
        case ArgumentType::String:
            return value.is_string();
        case ArgumentType::StringList:
            return allOf(value, &json::is_string);
        case ArgumentType::FloatList:
            return allOf(value, &json::is_number);
    }
    return false;
}

std::string number(double value) {
    std::string text = json(value).dump();
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
}

/// A sentence when a number lies outside the argument's range, else an empty text.
std::string rangeProblem(const OpDescriptor& op, const ArgumentDescriptor& argument, const json& value) {
    const double given = value.get<double>();
    const bool integral = argument.type == ArgumentType::Int || argument.type == ArgumentType::Enum;
    if (integral && (given < std::numeric_limits<int>::min() || given > std::numeric_limits<int>::max()))
        return where(op, argument) + " is " + value.dump() + ", which does not fit 32 bits.";
    if (!std::isfinite(given)) return where(op, argument) + " is not a finite number.";
    if (argument.minimum && given < *argument.minimum)
        return where(op, argument) + " is " + number(given) + ", but must be at least " + number(*argument.minimum) +
               ".";
    if (argument.maximum && given > *argument.maximum)
        return where(op, argument) + " is " + number(given) + ", but must be at most " + number(*argument.maximum) +
               ".";
    return {};
}

std::string choiceProblem(const OpDescriptor& op, const ArgumentDescriptor& argument, const json& value) {
    std::string choices;
    for (const EnumChoice& choice : argument.choices) {
        if (value == choice.value) return {};
        if (!choices.empty()) choices += ", ";
        choices += std::to_string(choice.value) + " (" + std::string(choice.label) + ")";
    }
    return where(op, argument) + " is " + value.dump() + ", but must be one of " + choices + ".";
}

/// Why `value` cannot be taken for `argument`; empty when it can.
std::string problemWith(const OpDescriptor& op, const ArgumentDescriptor& argument, const json& value) {
    if (value.is_null() && argument.defaultValue.is_null()) return {};
    if (!hasType(value, argument.type))
        return where(op, argument) + " is " + value.dump() + ", but must be " +
               std::string(expectation(argument.type)) + ".";
    if (argument.type == ArgumentType::Enum) return choiceProblem(op, argument, value);
    if (value.is_number()) return rangeProblem(op, argument, value);
    if (argument.type == ArgumentType::FloatList)
        for (const json& item : value)
            if (std::string problem = rangeProblem(op, argument, item); !problem.empty()) return problem;
    return {};
}

std::string unknownArgument(const OpDescriptor& op, std::string_view given) {
    std::vector<std::string_view> names;
    for (const ArgumentDescriptor& argument : op.arguments) names.push_back(argument.name);
    const std::string_view near = nearestName(given, names);
    std::string text = std::string(op.key) + " has no argument " + quoted(given);
    if (!near.empty()) return text + "; did you mean " + quoted(near) + "?";
    if (names.empty()) return text + "; it takes none.";
    text += "; it has ";
    for (size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + std::string(names[i]);
    return text + ".";
}

const json& required(const json& values, std::string_view name) {
    const auto found = values.find(name);
    USDTUNE_ASSERT(found != values.end(), "an operation may only ask for arguments that its descriptor declares");
    return *found;
}

}  // namespace

Result<Arguments> Arguments::check(const OpDescriptor& descriptor, const nlohmann::json& given) {
    if (!given.is_object() && !given.is_null())
        return Error{"Arguments of " + std::string(descriptor.key) + " must be one JSON object, not " + given.dump() +
                     "."};

    Arguments arguments;
    arguments.values_ = nlohmann::json::object();
    for (const ArgumentDescriptor& argument : descriptor.arguments)
        arguments.values_[std::string(argument.name)] = argument.defaultValue;

    for (const auto& [name, value] : given.items()) {
        const auto argument = std::find_if(descriptor.arguments.begin(), descriptor.arguments.end(),
                                           [&](const ArgumentDescriptor& a) { return a.name == name; });
        if (argument == descriptor.arguments.end()) return Error{unknownArgument(descriptor, name)};
        if (std::string problem = problemWith(descriptor, *argument, value); !problem.empty()) return Error{problem};
        arguments.values_[name] = value;
    }
    return arguments;
}

bool Arguments::flag(std::string_view name) const { return required(values_, name).get<bool>(); }
int Arguments::integer(std::string_view name) const { return required(values_, name).get<int>(); }
std::string Arguments::text(std::string_view name) const { return required(values_, name).get<std::string>(); }
std::vector<std::string> Arguments::texts(std::string_view name) const {
    return required(values_, name).get<std::vector<std::string>>();
}

/// An argument without a default (null) is NaN: "not given".
double Arguments::real(std::string_view name) const {
    const nlohmann::json& value = required(values_, name);
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace usdtune
