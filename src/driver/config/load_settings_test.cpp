#include "tern/driver/config/load_settings.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tern/driver/config/setting_table.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::driver {
namespace {

using Environment = std::map<std::string, std::string>;

LoadedSettings load(const ConfigValues& values) {
    auto loaded = load_settings(values);
    EXPECT_TRUE(loaded) << loaded.error().text;
    return loaded ? *loaded : LoadedSettings{};
}
LoadedSettings from_environment(const Environment& environment) {
    return load(ConfigValues{environment});
}

std::string fault(const Environment& environment) {
    auto loaded = load_settings(ConfigValues{environment});
    return loaded ? "accepted" : loaded.error().text;
}

// driver-config.md 21.1
TEST(EnvironmentName, follows_the_rule_of_the_specification) {
    EXPECT_EQ(environment_name("aeron.dir"), "AERON_DIR");
    EXPECT_EQ(environment_name("aeron.term.buffer.length"), "AERON_TERM_BUFFER_LENGTH");
    EXPECT_EQ(environment_name("aeron.socket.so_rcvbuf"), "AERON_SOCKET_SO_RCVBUF");
    EXPECT_EQ(environment_name("aeron.CubicCongestionControl.measureRtt"),
              "AERON_CUBICCONGESTIONCONTROL_MEASURERTT");
    EXPECT_EQ(environment_name("aeron.rcv.initial.window.length"),
              "AERON_RCV_INITIAL_WINDOW_LENGTH");
}

// driver-config.md 21.2, the rows about numbers.
struct NumberVector {
    const char* variable;
    const char* text;
    std::function<std::int64_t(const Settings&)> value;
    std::int64_t expected;
    bool warns;
};
TEST(LoadSettings, parses_numbers_as_the_vectors_of_the_specification_do) {
    using S = const Settings&;
    const NumberVector vectors[] = {
        {"AERON_TERM_BUFFER_LENGTH", "64k", [](S s) { return s.term_buffer_length; }, 65536, false},
        {"AERON_TERM_BUFFER_LENGTH", "512", [](S s) { return s.term_buffer_length; }, 1024, true},
        {"AERON_TERM_BUFFER_LENGTH", "abc", [](S s) { return s.term_buffer_length; }, 16777216,
         true},
        {"AERON_TERM_BUFFER_LENGTH", "-1", [](S s) { return s.term_buffer_length; }, 16777216,
         true},
        {"AERON_MTU_LENGTH", "100k", [](S s) { return s.mtu_length; }, 65504, true},
        {"AERON_IMAGE_LIVENESS_TIMEOUT", "30s",
         [](S s) { return s.image_liveness_timeout.count(); }, 30000000000, false},
        {"AERON_IMAGE_LIVENESS_TIMEOUT", "500",
         [](S s) { return s.image_liveness_timeout.count(); }, 1000, true},
        {"AERON_DRIVER_TIMEOUT", "10s", [](S s) { return s.driver_timeout.count(); }, 10, false},
        {"AERON_DRIVER_TIMEOUT", "5000", [](S s) { return s.driver_timeout.count(); }, 5000, false},
        {"AERON_MAX_RESEND", "1000", [](S s) { return s.max_resend; }, 256, true},
        {"AERON_SOCKET_TOS", "300", [](S s) { return s.socket_tos; }, 255, true},
        {"AERON_SOCKET_TOS", "-5", [](S s) { return s.socket_tos; }, -1, true},
        {"AERON_UDP_CHANNEL_TRANSPORT_POLLER_SOCKET_POLL_LIMIT", "99",
         [](S s) { return s.poller_socket_poll_limit; }, 16, true},
        {"AERON_CONDUCTOR_CPU_AFFINITY", "300", [](S s) { return s.conductor_cpu_affinity; }, 255,
         true},
        {"AERON_CONDUCTOR_CPU_AFFINITY", "2x", [](S s) { return s.conductor_cpu_affinity; }, -1,
         true},
    };
    for (const NumberVector& vector : vectors) {
        const LoadedSettings loaded = from_environment({{vector.variable, vector.text}});
        const std::string given = std::string{vector.variable} + "=" + vector.text;
        EXPECT_EQ(vector.value(loaded.settings), vector.expected) << given;
        EXPECT_EQ(loaded.warnings.size(), vector.warns ? 1u : 0u) << given;
        if (vector.warns && !loaded.warnings.empty()) {
            EXPECT_EQ(loaded.warnings[0].find("WARNING: " + given), 0u) << loaded.warnings[0];
        }
    }
}

// driver-config.md 21.2, the rows about words.
TEST(LoadSettings, parses_words_as_the_vectors_of_the_specification_do) {
    const auto mode = [](const char* text) {
        return from_environment({{"AERON_THREADING_MODE", text}}).settings.threading_mode;
    };
    EXPECT_EQ(mode("shared"), ThreadingMode::dedicated);
    EXPECT_EQ(mode("SHARED"), ThreadingMode::shared);
    EXPECT_EQ(mode("SHARED_NETWORK"), ThreadingMode::shared_network);
    EXPECT_EQ(mode("INVOKER"), ThreadingMode::invoker);
    const auto reliable = [](const char* text) {
        return from_environment({{"AERON_RELIABLE_STREAM", text}}).settings.reliable_stream;
    };
    EXPECT_FALSE(reliable("0"));
    EXPECT_TRUE(reliable("no"));
    EXPECT_TRUE(reliable("FALSE"));
    const auto group = [](const char* text) {
        return from_environment({{"AERON_RECEIVER_GROUP_CONSIDERATION", text}})
            .settings.receiver_group_consideration;
    };
    EXPECT_EQ(group("maybe"), TriState::force_false);
    EXPECT_EQ(group("true"), TriState::force_true);
    EXPECT_EQ(group("infer"), TriState::infer);
}

// driver-config.md 21.2, the rows about ports and idle strategies.
TEST(LoadSettings, parses_compound_values_as_the_vectors_of_the_specification_do) {
    const auto ports =
        from_environment({{"AERON_SENDER_WILDCARD_PORT_RANGE", "20000 20100"}}).settings;
    EXPECT_EQ(ports.sender_wildcard_ports, (PortRange{20000, 20100}));
    EXPECT_EQ(fault({{"AERON_SENDER_WILDCARD_PORT_RANGE", "20100 20000"}})
                  .find("low port should be less than or equal to high port"),
              0u);
    const auto idle = from_environment({{"AERON_SENDER_IDLE_STRATEGY", "backoff"},
                                        {"AERON_SENDER_IDLE_STRATEGY_INIT_ARGS", "1-2-1us-1ms"}})
                          .settings.sender_idle;
    EXPECT_EQ(
        idle,
        (IdleOptions{
            .max_spins = 1, .max_yields = 2, .min_park = Nanos{1000}, .max_park = Nanos{1000000}}));
    EXPECT_NE(fault({{"AERON_SENDER_IDLE_STRATEGY_INIT_ARGS", "1-2-1us"}}).find("found: 3"),
              std::string::npos);
}

TEST(LoadSettings, refuses_malformed_ports) {
    for (auto text : {"", "1", "1 2 3", "1-2", "70000 70001", "-1 5", "a b"}) {
        const Environment environment{{"AERON_RECEIVER_WILDCARD_PORT_RANGE", text}};
        const bool is_unset = *text == '\0';
        EXPECT_EQ(fault(environment) == "accepted", is_unset) << text;
    }
}

TEST(LoadSettings, gives_the_native_resource_agent_its_arguments_only_with_a_strategy) {
    const std::string strategy = "AERON_DRIVER_NATIVE_RESOURCE_AGENT_IDLE_STRATEGY";
    const auto idle = [](const Environment& environment) {
        return from_environment(environment).settings.native_resource_agent_idle;
    };
    const IdleOptions one_millisecond{.kind = IdleKind::sleeping, .sleep = Millis{1}};
    EXPECT_EQ(idle({}), one_millisecond);
    EXPECT_EQ(idle({{strategy + "_INIT_ARGS", "5ms"}}), one_millisecond);
    EXPECT_EQ(idle({{strategy, "sleep-ns"}, {strategy + "_INIT_ARGS", "5ms"}}).sleep, Millis{5});
    EXPECT_EQ(idle({{strategy, "sleep-ns"}}).sleep, Nanos{1});
}

TEST(LoadSettings, refuses_names_that_no_supplier_has) {
    const std::pair<const char*, const char*> settings[] = {
        {"AERON_UNICAST_FLOWCONTROL_SUPPLIER", "flow control"},
        {"AERON_CONGESTIONCONTROL_SUPPLIER", "congestion control"},
        {"AERON_NAME_RESOLVER_SUPPLIER", "name resolver"},
        {"AERON_DRIVER_TERMINATION_VALIDATOR", "terminate validator"},
        {"AERON_CONDUCTOR_IDLE_STRATEGY", "idle strategy object"},
        {"AERON_UDP_CHANNEL_TRANSPORT_BINDINGS_MEDIA", "udp channel bindings object"},
    };
    for (auto [variable, kind] : settings) {
        EXPECT_EQ(fault({{variable, "nonsense"}})
                      .find("could not find " + std::string{kind} + " nonsense"),
                  0u)
            << fault({{variable, "nonsense"}});
    }
}

TEST(LoadSettings, knows_suppliers_by_alias_and_by_symbol) {
    const auto supplier = [](const char* name) {
        return from_environment({{"AERON_MULTICAST_FLOWCONTROL_SUPPLIER", name}})
            .settings.multicast_flow_control_supplier;
    };
    EXPECT_EQ(supplier("multicast_min"), "multicast_min");
    EXPECT_EQ(supplier("aeron_min_flow_control_strategy_supplier"), "multicast_min");
}

TEST(LoadSettings, refuses_a_file_access_that_it_does_not_know) {
    EXPECT_EQ(from_environment({{"TERN_FILE_ACCESS", "group"}}).settings.file_access,
              FileAccess::group);
    EXPECT_EQ(from_environment({{"TERN_FILE_ACCESS", "all"}}).settings.file_access,
              FileAccess::all);
    EXPECT_NE(fault({{"TERN_FILE_ACCESS", "everyone"}}).find("TERN_FILE_ACCESS=everyone"),
              std::string::npos);
}

TEST(LoadSettings, has_a_receiver_group_tag_also_when_it_cannot_be_read) {
    EXPECT_EQ(from_environment({}).settings.receiver_group_tag, std::nullopt);
    EXPECT_EQ(from_environment({{"AERON_RECEIVER_GROUP_TAG", "0x10"}}).settings.receiver_group_tag,
              16);
    const LoadedSettings loaded = from_environment({{"AERON_RECEIVER_GROUP_TAG", "red"}});
    EXPECT_EQ(loaded.settings.receiver_group_tag, -1);
    EXPECT_EQ(loaded.warnings.size(), 1u);
}

/// A text that the row accepts.
std::string sample_of(const SettingRow& row) {
    switch (row.syntax) {
        case Syntax::boolean: {
            const bool is_on = Settings{}.*std::get<bool Settings::*>(row.member);
            return is_on ? "false" : "true";
        }
        case Syntax::tri_state: return "true";
        case Syntax::text: {
            const SupplierKind kind = supplier_kind(row.property);
            return kind.known.empty() ? "sample" : std::string{kind.known.back().alias};
        }
        case Syntax::list: return row.property.ends_with("interceptors") ? "loss" : "one,two";
        case Syntax::ports: return "4000 4010";
        case Syntax::choice:
            if (row.property == "aeron.threading.mode") return "SHARED";
            return row.property == "aeron.thread.naming" ? "new" : "all";
        default: return std::to_string(std::max<std::int64_t>(row.least, 0));
    }
}

bool differs_from_default(const Settings& settings, const SettingRow& row) {
    return std::visit([&](auto member) { return settings.*member != Settings{}.*member; },
                      row.member);
}

/// Values whose sample happens to be the default get another one.
std::string effective_sample(const SettingRow& row) {
    const std::string sample = sample_of(row);
    const LoadedSettings loaded = from_environment({{environment_name(row.property), sample}});
    if (differs_from_default(loaded.settings, row)) return sample;
    if (row.syntax == Syntax::text)
        return std::string{supplier_kind(row.property).known.front().alias};
    const std::int64_t next = std::max<std::int64_t>(row.least, 0) + 1;
    return std::to_string(next);
}

bool has_only_one_value(const SettingRow& row) {
    return row.syntax == Syntax::text &&
           supplier_kind(row.property).known.size() == 1;  // bindings: default
}

TEST(LoadSettings, takes_every_setting_from_the_environment_from_a_define_and_from_a_file) {
    MemoryFileSystem files;
    int number = 0;
    for (const SettingRow& row : setting_rows()) {
        if (has_only_one_value(row)) continue;
        const std::string sample = effective_sample(row);
        const std::string property{row.property};

        const LoadedSettings by_variable = from_environment({{environment_name(property), sample}});
        EXPECT_TRUE(differs_from_default(by_variable.settings, row)) << property << "=" << sample;
        EXPECT_TRUE(by_variable.warnings.empty()) << by_variable.warnings[0];

        ConfigValues defined;
        ASSERT_TRUE(defined.define(property + "=" + sample));
        const LoadedSettings by_define = load(defined);

        const std::string path = "/" + std::to_string(++number) + ".properties";
        ASSERT_TRUE(files.write_text(path, property + "=" + sample + "\n"));
        ConfigValues filed;
        ASSERT_TRUE(filed.load_file(path, files));
        const LoadedSettings by_file = load(filed);

        std::visit(
            [&](auto member) {
                EXPECT_TRUE(by_define.settings.*member == by_variable.settings.*member) << property;
                EXPECT_TRUE(by_file.settings.*member == by_variable.settings.*member) << property;
            },
            row.member);
    }
}

TEST(LoadSettings, takes_every_idle_strategy_from_every_source) {
    for (const IdleRow& row : idle_rows()) {
        const std::string property{row.property};
        EXPECT_EQ(
            (from_environment({{environment_name(property), "spin"}}).settings.*row.member).kind,
            IdleKind::busy_spinning);
        ConfigValues defined;
        ASSERT_TRUE(defined.define(property + "=yield"));
        EXPECT_EQ((load(defined).settings.*row.member).kind, IdleKind::yielding) << property;
    }
}

TEST(LoadSettings, lets_a_define_override_the_environment_and_a_file_override_both) {
    MemoryFileSystem files;
    ASSERT_TRUE(files.write_text("/one", "aeron.max.resend=3\n"));
    ASSERT_TRUE(files.write_text("/two", "aeron.max.resend=4\n"));
    ConfigValues values{Environment{{"AERON_MAX_RESEND", "1"}}};
    EXPECT_EQ(load(values).settings.max_resend, 1u);
    ASSERT_TRUE(values.define("aeron.max.resend=2"));
    EXPECT_EQ(load(values).settings.max_resend, 2u);
    ASSERT_TRUE(values.load_file("/one", files));
    EXPECT_EQ(load(values).settings.max_resend, 3u);
    ASSERT_TRUE(values.load_file("file:///two", files));
    EXPECT_EQ(load(values).settings.max_resend, 4u);
}

TEST(LoadSettings, returns_to_the_default_where_a_value_is_empty) {
    ConfigValues values{Environment{{"AERON_MAX_RESEND", "1"}}};
    ASSERT_TRUE(values.define("aeron.max.resend="));
    EXPECT_EQ(load(values).settings.max_resend, 16u);
}

TEST(LoadSettings, takes_no_notice_of_a_file_that_is_not_there) {
    MemoryFileSystem files;
    ConfigValues values;
    auto loaded = values.load_file("/missing", files);
    ASSERT_TRUE(loaded);
    EXPECT_FALSE(*loaded);
}

TEST(LoadSettings, says_which_file_and_line_is_wrong) {
    MemoryFileSystem files;
    ASSERT_TRUE(files.write_text("/bad", "aeron.dir=/x\nwhat is this\n"));
    ConfigValues values;
    auto loaded = values.load_file("/bad", files);
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().text.find("line 2"), std::string::npos);
    EXPECT_NE(loaded.error().text.find("/bad"), std::string::npos);
}

TEST(LoadSettings, names_where_a_bad_value_came_from) {
    ConfigValues values;
    ASSERT_TRUE(values.define("aeron.mtu.length=big"));
    const LoadedSettings loaded = load(values);
    ASSERT_EQ(loaded.warnings.size(), 1u);
    EXPECT_EQ(loaded.warnings[0],
              "WARNING: AERON_MTU_LENGTH=big is invalid, using default: expected a size such as "
              "65536 or 64k "
              "(-Daeron.mtu.length)");
}

TEST(LoadSettings, refuses_bad_values_when_it_is_strict) {
    const std::string why = fault({{"AERON_MAX_RESEND", "1000"}, {"TERN_CONFIG_STRICT", "true"}});
    EXPECT_NE(why.find("AERON_MAX_RESEND=1000 is out of range: allowed is 1 to 256"),
              std::string::npos)
        << why;
}

TEST(LoadSettings, suggests_what_a_mistyped_property_may_have_meant) {
    ConfigValues values;
    ASSERT_TRUE(values.define("aeron.ipc.term.buffer.lenght=64k"));
    const LoadedSettings loaded = load(values);
    ASSERT_EQ(loaded.warnings.size(), 1u);
    EXPECT_NE(loaded.warnings[0].find("did you mean aeron.ipc.term.buffer.length?"),
              std::string::npos)
        << loaded.warnings[0];
}

TEST(LoadSettings, is_silent_about_settings_of_other_programs) {
    ConfigValues values;
    for (auto define : {"aeron.archive.dir=/x", "aeron.client.liveness.timeout=11s",
                        "aeron.fallback.logger=stderr", "aeron.use.windows.high.res.timer=true",
                        "java.io.tmpdir=/tmp", "aeron.unicast.FlowControl.supplier=unicast_max"}) {
        ASSERT_TRUE(values.define(define));
    }
    EXPECT_TRUE(load(values).warnings.empty());
}

TEST(LoadSettings, knows_the_name_of_the_java_driver_for_the_resolver_threshold) {
    ConfigValues values;
    ASSERT_TRUE(values.define("aeron.name.resolver.threshold=7s"));
    EXPECT_EQ(load(values).settings.name_resolver_threshold, std::chrono::seconds{7});
}

}  // namespace
}  // namespace tern::driver
