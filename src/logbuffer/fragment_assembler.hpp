#pragma once

/// Puts the fragments of messages together again (spec shared-memory.md 9.13). An assembler is a
/// handler for a TermReader, and has one itself, its delegate, which it calls with whole messages:
///
///   FragmentAssembler whole([](ConstBytes message, const FragmentHeader& header) { ... });
///   reader.poll(whole, 10);
///
/// The thread that polls. Memory is kept between messages and grows by half to the longest one; a
/// message in one fragment passes through untouched. The delegate must not call the assembler.

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

#include "tern/logbuffer/fragment_header.hpp"
#include "tern/logbuffer/term_reader.hpp"

namespace tern {

/// The message of one session that is being put together.
class MessageBuilder {
  public:
    static constexpr std::size_t kInitialCapacity = 4096;            // bytes
    static constexpr std::size_t kMaxCapacity = 0x7FFF'FFFF - 8;     // bytes

    /// Starts over with the first fragment of a message.
    void begin(ConstBytes payload, const FragmentHeader& header);
    /// Adds a later fragment; false where there is nothing to add it to: it is not the one
    /// expected, or too much.
    [[nodiscard]] bool append(ConstBytes payload, const FragmentHeader& header);
    /// Takes the last fragment back; it will come again.
    void drop_last(std::size_t payload_length);
    /// The next fragment of a message follows this one.
    void expect_after(const FragmentHeader& header);
    void reset() { is_active_ = false; }

    /// Calls `delegate(message, header)` with what is there; `last` gave the last part.
    template <typename Delegate>
    decltype(auto) deliver(Delegate& delegate, const FragmentHeader& last) const {
        DataHeader header = first_;
        header.flags = static_cast<std::uint8_t>(first_.flags | last.flags());
        const auto frame_length = static_cast<std::int32_t>(kDataHeaderLength + length_);
        header.frame_length.store_relaxed(frame_length);
        const FragmentHeader whole(header, frame_length, last.geometry(), last.context(),
                                   occupied_length());
        return delegate(ConstBytes{buffer_.get(), length_}, whole);
    }

  private:
    void add(ConstBytes payload);
    std::int64_t occupied_length() const;

    std::unique_ptr<std::byte[]> buffer_;
    std::size_t                  capacity_ = 0;
    std::size_t                  length_ = 0;
    std::int64_t                 expected_offset_ = 0;       // term offset of the next fragment
    std::int32_t                 first_frame_length_ = 0;
    bool                         is_active_ = false;
    DataHeader                   first_{};
};

/// A handler for one image, or for any number of fragments of one session.
template <typename Delegate>
class ImageFragmentAssembler {
  public:
    explicit ImageFragmentAssembler(Delegate delegate) : delegate_(std::move(delegate)) {}
    // hot:
    void operator()(ConstBytes payload, const FragmentHeader& header) {
        if ((header.flags() & kUnfragmented) == kUnfragmented) {
            delegate_(payload, header);
        } else {
            assemble(builder_, delegate_, payload, header);
        }
    }

    static void assemble(MessageBuilder& builder, Delegate& delegate, ConstBytes payload,
                         const FragmentHeader& header) {
        if ((header.flags() & kBeginFragment) != 0) {
            builder.begin(payload, header);
        } else if (!builder.append(payload, header)) {
            return;
        } else if ((header.flags() & kEndFragment) == 0) {
            builder.expect_after(header);
        } else {
            builder.reset();   // first, so that a delegate that throws is not called twice
            builder.deliver(delegate, header);
        }
    }

  private:
    Delegate       delegate_;
    MessageBuilder builder_;
};

/// A handler for all images of a subscription: one message a session.
template <typename Delegate>
class FragmentAssembler {
  public:
    explicit FragmentAssembler(Delegate delegate) : delegate_(std::move(delegate)) {}
    // hot:
    void operator()(ConstBytes payload, const FragmentHeader& header) {
        if ((header.flags() & kUnfragmented) == kUnfragmented) {
            delegate_(payload, header);
        } else if ((header.flags() & kBeginFragment) != 0) {
            builders_[header.session_id()].begin(payload, header);
        } else if (auto found = builders_.find(header.session_id()); found != builders_.end()) {
            ImageFragmentAssembler<Delegate>::assemble(found->second, delegate_, payload, header);
        }
    }

    /// Frees what is kept for a session whose image is gone; false if there was nothing. Not from
    /// the delegate.
    bool erase_session(std::int32_t session_id) { return builders_.erase(session_id) > 0; }

  private:
    Delegate                                         delegate_;
    std::unordered_map<std::int32_t, MessageBuilder> builders_;
};

/// A controlled handler for one image. Fragments that are only kept answer CONTINUE.
template <typename Delegate>
class ControlledImageFragmentAssembler {
  public:
    explicit ControlledImageFragmentAssembler(Delegate delegate) : delegate_(std::move(delegate)) {}
    // hot:
    ControlledAction operator()(ConstBytes payload, const FragmentHeader& header) {
        if ((header.flags() & kUnfragmented) == kUnfragmented) {
            return delegate_(payload, header);
        }
        return assemble(builder_, delegate_, payload, header);
    }

    static ControlledAction assemble(MessageBuilder& builder, Delegate& delegate,
                                     ConstBytes payload, const FragmentHeader& header) {
        if ((header.flags() & kBeginFragment) != 0) {
            builder.begin(payload, header);
        } else if (builder.append(payload, header)) {
            if ((header.flags() & kEndFragment) != 0) {
                return complete(builder, delegate, payload, header);
            }
            builder.expect_after(header);
        }
        return ControlledAction::continue_;
    }

  private:
    static ControlledAction complete(MessageBuilder& builder, Delegate& delegate,
                                     ConstBytes payload, const FragmentHeader& header) {
        ControlledAction action;
        try {
            action = builder.deliver(delegate, header);
        } catch (...) {
            builder.reset();   // the reader regards the fragment as consumed
            throw;
        }
        if (action == ControlledAction::abort) {
            // it comes again and completes the message once more
            builder.drop_last(payload.size());
        } else {
            builder.reset();
        }
        return action;
    }

    Delegate       delegate_;
    MessageBuilder builder_;
};

/// A controlled handler for all images of a subscription.
template <typename Delegate>
class ControlledFragmentAssembler {
  public:
    explicit ControlledFragmentAssembler(Delegate delegate) : delegate_(std::move(delegate)) {}
    // hot:
    ControlledAction operator()(ConstBytes payload, const FragmentHeader& header) {
        if ((header.flags() & kUnfragmented) == kUnfragmented) {
            return delegate_(payload, header);
        }
        if ((header.flags() & kBeginFragment) != 0) {
            builders_[header.session_id()].begin(payload, header);
        } else if (auto found = builders_.find(header.session_id()); found != builders_.end()) {
            return ControlledImageFragmentAssembler<Delegate>::assemble(found->second, delegate_,
                                                                        payload, header);
        }
        return ControlledAction::continue_;
    }

    /// Frees what is kept for a session whose image is gone; false if there was nothing. Not from
    /// the delegate.
    bool erase_session(std::int32_t session_id) { return builders_.erase(session_id) > 0; }

  private:
    Delegate                                         delegate_;
    std::unordered_map<std::int32_t, MessageBuilder> builders_;
};

}  // namespace tern
