#include "tern/shm/testing/memory_file_system.hpp"

#include <gtest/gtest.h>

namespace tern {
namespace {

constexpr std::uint64_t kBlock = MemoryFileSystem::kBlock;

TEST(MemoryFileSystem, finds_bytes_written_where_no_block_was_reserved) {
    MemoryFileSystem files;
    std::shared_ptr<Mapping> mapping = files.create("/dir/a", 3 * kBlock, Blocks::sparse).value();
    ASSERT_TRUE(mapping->reserve(kBlock, 10));
    mapping->bytes()[kBlock + 11] = std::byte{1};  // same block
    EXPECT_TRUE(files.written_without_blocks().empty());
    mapping->bytes()[2 * kBlock] = std::byte{1};
    EXPECT_EQ(files.written_without_blocks(), std::vector<std::string>{"/dir/a"});
}

TEST(MemoryFileSystem, counts_blocks_once_and_gives_them_back_with_the_last_mapping) {
    MemoryFileSystem files(4 * kBlock);
    std::shared_ptr<Mapping> mapping = files.create("/dir/a", 8 * kBlock, Blocks::sparse).value();
    EXPECT_EQ(files.usable_space("/dir"), 4 * kBlock);
    ASSERT_TRUE(mapping->reserve(0, 2 * kBlock));
    ASSERT_TRUE(mapping->reserve(0, 3 * kBlock));
    EXPECT_EQ(files.used(), 3 * kBlock);
    const Result<void> refused = mapping->reserve(3 * kBlock, 2 * kBlock);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::storage_space);
    ASSERT_TRUE(files.remove_file("/dir/a"));
    EXPECT_EQ(files.used(), 3 * kBlock);  // still mapped
    mapping.reset();
    EXPECT_EQ(files.used(), 0U);
}

TEST(MemoryFileSystem, mappings_of_one_file_share_its_bytes) {
    MemoryFileSystem files;
    std::shared_ptr<Mapping> one = files.create("/dir/a", kBlock, Blocks::reserved).value();
    std::shared_ptr<Mapping> two = files.open("/dir/a", MapMode::read_write).value();
    EXPECT_EQ(one->bytes().data(), two->bytes().data());
    EXPECT_FALSE(files.create("/dir/a", kBlock, Blocks::sparse));
}

}  // namespace
}  // namespace tern
