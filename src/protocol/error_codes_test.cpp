#include "tern/protocol/error_codes.hpp"

#include <gtest/gtest.h>

namespace tern::protocol {
namespace {

TEST(ErrorCodes, keeps_the_codes_of_the_table_and_no_others) {
    for (std::int32_t value = 0; value <= 14; ++value) {
        EXPECT_EQ(static_cast<std::int32_t>(error_code_from_wire(value)), value);
    }
    for (std::int32_t value : {-1, 15, 200, 1000, 1006, -2'000'000'000}) {
        EXPECT_EQ(error_code_from_wire(value), ErrorCode::unknown_code_value);
    }
}

TEST(ErrorCodes, describes_them_as_the_c_library_does) {
    EXPECT_EQ(description_of(ErrorCode::invalid_channel), "invalid channel");
    EXPECT_EQ(description_of(ErrorCode::storage_space), "insufficient storage space");
    EXPECT_EQ(description_of(ErrorCode::conductor_service_timeout), "client service timeout");
    EXPECT_EQ(description_of(ErrorCode::unknown_code_value), "unknown error code");
    EXPECT_EQ(description_of(static_cast<ErrorCode>(99)), "unknown error code");
}

}  // namespace
}  // namespace tern::protocol
