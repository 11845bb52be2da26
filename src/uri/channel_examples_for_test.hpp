#pragma once

/// The examples of channel-uri.md, section 21, as tables: number, what is added in which order, and
/// the outcome of the last step. Before it all steps succeed.

#include <string>
#include <vector>

namespace tern::uri {

enum StepKind { kPublication, kExclusive, kSubscription, kSendDestination, kReceiveDestination };

struct Step {
    StepKind    kind;
    std::string channel;
};

struct Example {
    int               number;
    std::vector<Step> steps;
    int               code = 0;   // 0: it is accepted
    std::string       text;       // the phrase that the error contains
};

const std::vector<Example>& examples_21_1();
const std::vector<Example>& examples_21_2();
const std::vector<Example>& examples_21_3();
const std::vector<Example>& examples_21_4();
const std::vector<Example>& examples_21_5();
const std::vector<Example>& examples_21_6();
const std::vector<Example>& examples_21_7();
const std::vector<Example>& examples_21_8();

}  // namespace tern::uri
