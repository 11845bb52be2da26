// Context and the parts of publications and subscriptions that wait (include/tern/).

#include <utility>

#include "tern/context.hpp"
#include "tern/runtime/client_session.hpp"
#include "tern/uri/channel_uri_builder.hpp"

namespace tern {
namespace {

template <typename Core>
std::shared_ptr<Core> await(detail::Session& session, Result<client::AsyncRequest<Core>> request) {
    const client::AsyncRequest<Core> made = session.value_or_throw(std::move(request));
    return session.value_or_throw(session.client().await(made), made.registration_id());
}

std::int64_t await_done(detail::Session& session, Result<client::AsyncRequest<void>> request) {
    const client::AsyncRequest<void> made = session.value_or_throw(std::move(request));
    if (auto done = session.client().await(made); !done)
        throw_error(done.error(), made.registration_id());
    return made.registration_id();
}

Publication object_of(std::shared_ptr<client::Publication> core,
                      const std::shared_ptr<detail::Session>& session) {
    return {std::move(core), session};
}
ExclusivePublication object_of(std::shared_ptr<client::ExclusivePublication> core,
                               const std::shared_ptr<detail::Session>& session) {
    return {std::move(core), session};
}
Subscription object_of(std::shared_ptr<client::Subscription> core,
                       const std::shared_ptr<detail::Session>& session) {
    return {std::move(core), session};
}
ClientCounter object_of(std::shared_ptr<client::ClientCounter> core,
                        const std::shared_ptr<detail::Session>&) {
    return ClientCounter(std::move(core));
}

}  // namespace

Context::Context() : Context(Options{}) {}
Context::Context(Options options) : session_(std::make_shared<detail::Session>(options)) {}
Context::Context(std::unique_ptr<client::Client> client)
    : session_(std::make_shared<detail::Session>(std::move(client))) {}
Context::~Context() {
    if (session_) session_->close();
}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&& other) noexcept {
    if (this != &other) {
        if (session_) session_->close();
        session_ = std::move(other.session_);
    }
    return *this;
}

Publication Context::add_publication(std::string_view channel, std::int32_t stream_id) {
    return {await(*session_, client().async_add_publication(channel, stream_id)), session_};
}
ExclusivePublication Context::add_exclusive_publication(std::string_view channel,
                                                        std::int32_t stream_id) {
    return {await(*session_, client().async_add_exclusive_publication(channel, stream_id)),
            session_};
}
Subscription Context::add_subscription(std::string_view channel, std::int32_t stream_id,
                                       ImageHandler on_available_image,
                                       ImageHandler on_unavailable_image) {
    return {await(*session_,
                  client().async_add_subscription(channel, stream_id, std::move(on_available_image),
                                                  std::move(on_unavailable_image))),
            session_};
}
ClientCounter Context::add_counter(std::int32_t type_id, std::string_view label,
                                   std::span<const std::byte> key) {
    return ClientCounter(await(*session_, client().async_add_counter(type_id, key, label)));
}
ClientCounter Context::add_static_counter(std::int32_t type_id, std::string_view label,
                                          std::int64_t registration_id,
                                          std::span<const std::byte> key) {
    return ClientCounter(
        await(*session_, client().async_add_static_counter(type_id, key, label, registration_id)));
}
std::int32_t Context::next_session_id(std::int32_t stream_id) {
    return session_->value_or_throw(client().next_session_id(stream_id));
}

Context::PendingPublication Context::async_add_publication(std::string_view channel,
                                                           std::int32_t stream_id) {
    return {session_->value_or_throw(client().async_add_publication(channel, stream_id)), session_};
}
Context::PendingExclusivePublication Context::async_add_exclusive_publication(
    std::string_view channel, std::int32_t stream_id) {
    return {session_->value_or_throw(client().async_add_exclusive_publication(channel, stream_id)),
            session_};
}
Context::PendingSubscription Context::async_add_subscription(std::string_view channel,
                                                             std::int32_t stream_id,
                                                             ImageHandler on_available_image,
                                                             ImageHandler on_unavailable_image) {
    return {
        session_->value_or_throw(client().async_add_subscription(
            channel, stream_id, std::move(on_available_image), std::move(on_unavailable_image))),
        session_};
}
Context::PendingCounter Context::async_add_counter(std::int32_t type_id, std::string_view label,
                                                   std::span<const std::byte> key) {
    return {session_->value_or_throw(client().async_add_counter(type_id, key, label)), session_};
}
Context::PendingCounter Context::async_add_static_counter(std::int32_t type_id,
                                                          std::string_view label,
                                                          std::int64_t registration_id,
                                                          std::span<const std::byte> key) {
    return {session_->value_or_throw(
                client().async_add_static_counter(type_id, key, label, registration_id)),
            session_};
}

template <typename Object, typename Core>
std::optional<Object> Pending<Object, Core>::poll() {
    if (!session_) return std::nullopt;
    Result<std::shared_ptr<Core>> answer = request_.poll();
    if (answer && *answer == nullptr) return std::nullopt;
    const std::shared_ptr<detail::Session> session = std::exchange(session_, nullptr);
    return object_of(session->value_or_throw(std::move(answer), request_.registration_id()),
                     session);
}

template <typename Object, typename Core>
void Pending<Object, Core>::cancel() {
    if (const auto session = std::exchange(session_, nullptr))
        session->client().cancel(*request_.registration());
}

template class Pending<Publication, client::Publication>;
template class Pending<ExclusivePublication, client::ExclusivePublication>;
template class Pending<Subscription, client::Subscription>;
template class Pending<ClientCounter, client::ClientCounter>;

std::int64_t Context::client_id() const { return session_->client().client_id(); }
std::int64_t Context::next_correlation_id() { return client().next_correlation_id(); }
const std::string& Context::directory() const { return session_->client().settings().dir; }
const CountersReader& Context::counters() const { return session_->client().counters(); }

HandlerId Context::add_available_counter_handler(client::CounterHandler handler) {
    return session_->value_or_throw(client().add_available_counter_handler(std::move(handler)));
}
HandlerId Context::add_unavailable_counter_handler(client::CounterHandler handler) {
    return session_->value_or_throw(client().add_unavailable_counter_handler(std::move(handler)));
}
HandlerId Context::add_close_handler(client::CloseHandler handler) {
    return session_->value_or_throw(client().add_close_handler(std::move(handler)));
}
void Context::remove_handler(HandlerId id) {
    if (auto removed = client().remove_handler(id); !removed) throw_error(removed.error());
}

int Context::do_work() {
    if (!client().settings().use_invoker) {
        throw InvalidArgument(
            {ErrorCode::invalid_argument, "do_work() is for a context with use_invoker"});
    }
    const int work = client().do_work();
    session_->throw_fatal_error();
    return work;
}

void Context::close() { session_->close(); }
bool Context::is_closed() const { return !session_ || session_->client().is_closed(); }
std::optional<Error> Context::fatal_error() const { return session_->client().fatal_error(); }
client::Client& Context::client() { return session_->client(); }

bool request_driver_termination(const std::string& directory, std::span<const std::byte> token) {
    platform::OsFileSystem files;
    auto requested = client::request_driver_termination(files, directory, token);
    if (!requested) throw_error(requested.error());
    return *requested;
}

template <typename Core>
std::int64_t BasicPublication<Core>::add_destination(std::string_view channel) {
    return await_done(*session_, session_->client().async_add_destination(*core_, channel));
}
template <typename Core>
void BasicPublication<Core>::remove_destination(std::string_view channel) {
    await_done(*session_, session_->client().async_remove_destination(*core_, channel));
}
template <typename Core>
void BasicPublication<Core>::remove_destination(std::int64_t id) {
    await_done(*session_, session_->client().async_remove_destination(*core_, id));
}
template class BasicPublication<client::Publication>;
template class BasicPublication<client::ExclusivePublication>;

Subscription::Subscription(std::shared_ptr<client::Subscription> core,
                           std::shared_ptr<detail::Session> session)
    : core_(std::move(core)),
      session_(std::move(session)),
      reader_(std::make_unique<client::MessageReader>(core_)) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&& other) noexcept {
    if (this != &other) {
        close();
        core_ = std::move(other.core_);
        session_ = std::move(other.session_);
        reader_ = std::move(other.reader_);
    }
    return *this;
}
Subscription::~Subscription() {
    reader_.reset();  // consumes what was taken last, while that counts
    close();
}
void Subscription::close() {
    if (core_) core_->close();
}

const Message* Subscription::next_until(std::chrono::nanoseconds deadline) {
    detail::Waiting waiting(session_->client());
    while (!core_->is_closed()) {
        if (const Message* const message = reader_->poll()) return message;
        if (deadline != kNever && session_->client().clock().now() >= deadline) return nullptr;
        waiting.wait();
    }
    session_->throw_fatal_error();
    return nullptr;
}
const Message* Subscription::next() { return next_until(kNever); }

Message Subscription::take() {
    if (const Message* const message = next()) return *message;
    throw ContextClosed(
        {ErrorCode::client_illegal_state, "the subscription or its context was closed"});
}

std::optional<Message> Subscription::take_for(std::chrono::nanoseconds at_most) {
    if (const Message* const message = next_until(session_->client().clock().now() + at_most))
        return *message;
    if (core_->is_closed()) {
        throw ContextClosed(
            {ErrorCode::client_illegal_state, "the subscription or its context was closed"});
    }
    return std::nullopt;
}

std::optional<std::string> Subscription::channel_with_resolved_port() const {
    const Result<ChannelUri> uri = ChannelUri::parse(channel());
    if (!uri || uri->is_ipc() || uri->is_spy() || uri->control_mode() == ControlMode::manual)
        return channel();
    const std::optional<std::string_view> endpoint = uri->get("endpoint");
    if (!endpoint || !endpoint->ends_with(":0")) return channel();
    const std::vector<std::string> bound = local_socket_addresses();
    if (bound.empty()) return std::nullopt;
    const std::string port = bound.front().substr(bound.front().rfind(':'));
    const std::string host(endpoint->substr(0, endpoint->rfind(':')));
    const Result<std::string> resolved =
        ChannelUriBuilder::from(*uri).endpoint(host + port).build();
    return resolved ? std::optional(*resolved) : std::nullopt;
}

void Subscription::add_destination(std::string_view channel) {
    await_done(*session_, session_->client().async_add_destination(*core_, channel));
}
void Subscription::remove_destination(std::string_view channel) {
    await_done(*session_, session_->client().async_remove_destination(*core_, channel));
}
void Subscription::reject(const Image& image, std::string_view reason) {
    await_done(*session_, session_->client().async_reject_image(image, reason));
}

}  // namespace tern
