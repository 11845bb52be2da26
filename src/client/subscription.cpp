#include "tern/client/subscription.hpp"

#include <algorithm>

namespace tern::client {

Subscription::Subscription(ObjectSetup object, SubscriptionSetup about)
    : ClientObject(std::move(object)),
      about_(std::move(about)),
      newest_(std::make_shared<const ImageList>(ImageList{1, {}})) {
    current_.store(newest_.get(), std::memory_order_release);
}

Images Subscription::images() const {
    std::scoped_lock lock(mutex_);
    return newest_->images;
}

std::shared_ptr<Image> Subscription::image_by_session_id(std::int32_t session_id) const {
    std::scoped_lock lock(mutex_);
    for (const auto& image : newest_->images) {
        if (image->session_id() == session_id) return image;
    }
    return nullptr;
}

std::shared_ptr<Image> Subscription::image_at(std::size_t index) const {
    std::scoped_lock lock(mutex_);
    return index < newest_->images.size() ? newest_->images[index] : nullptr;
}

void Subscription::publish(Images images) {
    const auto count = static_cast<int>(images.size());
    auto next =
        std::make_shared<const ImageList>(ImageList{newest_->version + 1, std::move(images)});
    current_.store(next.get(), std::memory_order_release);  // sync[image-list] release
    replaced_.push_back(newest_);
    {
        std::scoped_lock lock(mutex_);
        newest_ = std::move(next);
    }
    // Last: who sees that an image is there finds it.
    image_count_.store(count, std::memory_order_release);  // sync[image-count] release
    reclaim();
}

void Subscription::add_image(std::shared_ptr<Image> image) {
    Images images = newest_->images;
    images.push_back(std::move(image));
    publish(std::move(images));
}

std::shared_ptr<Image> Subscription::remove_image(std::int64_t correlation_id) {
    Images images = newest_->images;
    // The same destination added twice gives two images of one id; each removal takes one.
    const auto found = std::find_if(
        images.begin(), images.end(),
        [correlation_id](const auto& image) { return image->correlation_id() == correlation_id; });
    if (found == images.end()) return nullptr;
    std::shared_ptr<Image> image = std::move(*found);
    images.erase(found);
    publish(std::move(images));
    image->close();
    return image;
}

Images Subscription::remove_images() {
    Images images = newest_->images;
    publish({});
    for (const auto& image : images) image->close();
    return images;
}

void Subscription::close_images() {
    for (const auto& image : newest_->images) image->close();
}

void Subscription::reclaim() {
    const std::uint64_t taken =
        taken_.load(std::memory_order_acquire);  // sync[image-list-taken] acquire
    std::erase_if(replaced_, [taken](const auto& list) { return list->version < taken; });
}

}  // namespace tern::client
