#include "tern/cli/stream_view.hpp"

#include <cmath>

namespace tern::cli {
namespace {

std::string plural(std::int64_t count, const char* one, const char* many) {
    return grouped(count) + " " + (count == 1 ? one : many);
}

/// "  (1.234 MB/s)" where it moves.
std::string rate_text(const Reading& reading) {
    if (!reading.per_second || *reading.per_second == 0) return "";
    const double rate = *reading.per_second;
    return styled(Look::good, (rate < 0 ? "-" : "+") + bytes_text(std::abs(rate)) + "/s");
}

/// "role   1,234,567,890  1.234 MB/s    what there is to say"
std::string part_line(const char* role, const std::optional<Reading>& position,
                      const std::string& rest) {
    constexpr std::size_t kRole = 12, kPosition = 20, kRate = 15;
    const std::string rate = position ? rate_text(*position) : "";
    const std::size_t shown =  // without what styles it
        position && !rate.empty() ? bytes_text(std::abs(*position->per_second)).size() + 3 : 0;
    std::string line = "  " + std::string{role};
    line.resize(std::max(line.size(), kRole), ' ');
    line += right(position ? grouped(position->value) : "", kPosition) + "  " + rate;
    if (shown < kRate) line += std::string(kRate - shown, ' ');
    return line + " " + rest + "\n";
}

std::string events_text(const std::optional<Reading>& events, const char* one, const char* many) {
    if (!events || events->value == 0) return "";
    std::string text = ", " + plural(events->value, one, many);
    if (events->per_second && *events->per_second > 0) {
        text += " (+" + grouped(std::llround(*events->per_second)) + "/s)";
    }
    return text;
}

std::string lines_of(const PublicationReport& publication, const DriverReport& report) {
    const std::string who =
        report.client_text(publication.client_id) + (publication.is_exclusive ? ", exclusive" : "");
    std::string room;
    if (publication.position && publication.limit) {
        const std::int64_t left = publication.limit->value - publication.position->value;
        room = ", " + grouped(std::max<std::int64_t>(0, left)) + " bytes to its limit";
    }
    std::string text = part_line("publisher", publication.position, who + room);
    if (!publication.is_network()) return text;
    std::string rest;
    if (publication.position) {
        const std::int64_t backlog =
            publication.position->value - publication.sender_position->value;
        rest = grouped(std::max<std::int64_t>(0, backlog)) + " bytes to be sent";
    }
    if (publication.sender_limit) {
        const std::int64_t window =
            publication.sender_limit->value - publication.sender_position->value;
        rest += ", window " + grouped(std::max<std::int64_t>(0, window));
    }
    if (publication.receivers)
        rest += ", " + plural(*publication.receivers, "receiver", "receivers");
    if (publication.destinations)
        rest += ", " + plural(*publication.destinations, "destination", "destinations");
    rest += events_text(publication.sender_stops, "stop", "stops") +
            events_text(publication.naks_received, "NAK", "NAKs");
    return text + part_line("sender", publication.sender_position, rest);
}

std::string line_of(const ImageReport& image) {
    std::int64_t missing = 0;
    if (image.received && image.rebuilt) missing = image.received->value - image.rebuilt->value;
    std::string rest = missing > 0 ? grouped(missing) + " bytes incomplete" : "complete";
    if (image.window) rest += ", window " + grouped(*image.window);
    if (image.round_trip_ns) {
        rest += ", round trip " + duration_text(Nanos{*image.round_trip_ns});
    }
    rest += events_text(image.naks_sent, "NAK", "NAKs");
    return part_line("receiver", image.rebuilt, rest);
}

std::string line_of(const SubscriberReport& subscriber, const DriverReport& report) {
    const std::string behind = subscriber.behind > 0
                                   ? ", " + grouped(subscriber.behind) + " bytes behind"
                                   : ", has read all";
    return part_line(subscriber.is_spy ? "spy" : "subscriber", subscriber.position,
                     report.client_text(subscriber.client_id) + behind);
}

std::string wait_text(const StreamReport& stream, const DriverReport& report) {
    const Wait& wait = stream.wait;
    const std::string bytes = plural(wait.bytes, "byte", "bytes");
    std::string who;
    if (wait.subscriber) {
        const SubscriberReport& subscriber = stream.subscribers[*wait.subscriber];
        who = report.client_text(subscriber.client_id) + ", " +
              plural(subscriber.behind, "byte", "bytes") + " behind";
    }
    switch (wait.what) {
        case WaitsFor::nothing: break;
        case WaitsFor::connection: return "is not connected";
        case WaitsFor::receiver_window:
            return "waits for its receiver's window, " + bytes + " to be sent" +
                   (who.empty() ? "" : "; slowest subscriber: " + who);
        case WaitsFor::retransmission: return "waits for " + bytes + " or less that are missing";
        case WaitsFor::subscriber: return "waits for its slowest subscriber: " + who;
        case WaitsFor::sender: return "waits for the driver's sender, " + bytes + " to be sent";
        case WaitsFor::term: return "waits for room in its terms";
    }
    const bool lingers = stream.publication && stream.publication->is_closed;
    return lingers ? "is closed and lingers" : "waits for nothing";
}

std::string text_of(const StreamReport& stream, const DriverReport& report) {
    const bool is_fine = stream.wait.what == WaitsFor::nothing;
    std::string text = styled(Look::bold, (stream.channel.empty() ? "?" : stream.channel) +
                                              " stream " + std::to_string(stream.stream_id) +
                                              " session " + std::to_string(stream.session_id)) +
                       "  " + styled(is_fine ? Look::good : Look::bad, wait_text(stream, report)) +
                       "\n";
    if (stream.publication) text += lines_of(*stream.publication, report);
    for (const ImageReport& image : stream.images) {
        text += line_of(image);
        for (const SubscriberReport& subscriber : stream.subscribers) {
            if (subscriber.reads == image.correlation_id) text += line_of(subscriber, report);
        }
    }
    for (const SubscriberReport& subscriber : stream.subscribers) {
        const bool is_shown = std::ranges::any_of(stream.images, [&](const ImageReport& image) {
            return image.correlation_id == subscriber.reads;
        });
        if (!is_shown) text += line_of(subscriber, report);
    }
    return text;
}

const char* status_text(std::int64_t status) {
    switch (status) {
        case 0: return "being opened";
        case 1: return "active";
        case 2: return "closing";
        default: return "failed";
    }
}

std::string text_of(const ChannelReport& channel) {
    std::string text =
        std::string{channel.sends ? "  sends on     " : "  receives on  "} + channel.channel + "  ";
    for (const std::string& address : channel.addresses) text += address + " ";
    return text + status_text(channel.status) + "\n";
}

std::string text_of(const ClientReport& client) {
    const std::string name = client.name.empty() ? "" : " '" + client.name + "'";
    return "  client " + std::to_string(client.id) + name + ": " +
           plural(client.publications, "publication", "publications") + ", " +
           plural(client.images, "image", "images") +
           (client.counters > 0 ? ", " + plural(client.counters, "counter", "counters") : "") +
           (client.heartbeat_age ? ", heartbeat " + duration_text(*client.heartbeat_age) + " ago"
                                 : ", closed") +
           "\n";
}

bool is_version(std::string_view name) {
    return name == "aeron_software" || name == "control_protocol_version";
}

/// Those that are not 0: most are counts of what should not happen often.
std::string text_of_system(const DriverReport& report) {
    std::string text;
    for (const auto& [counter, reading] : report.system) {
        if (reading.value == 0 || is_version(system_counter_name(counter.label))) continue;
        std::string line =
            "  " + right(grouped(reading.value), 20) + "  " + std::string{counter.label};
        if (reading.per_second && *reading.per_second != 0) {
            line += styled(Look::good, "  (" + grouped(std::llround(*reading.per_second)) + "/s)");
        }
        text += line + "\n";
    }
    return text;
}

void put(Json& json, const char* name, const std::optional<Reading>& reading) {
    if (!reading) return;
    json[name] = reading->value;
    if (reading->per_second) json[std::string{name} + "_per_second"] = *reading->per_second;
}

void put_client(Json& json, std::int64_t client_id, const DriverReport& report) {
    json["client_id"] = client_id;
    const ClientReport* client = report.client(client_id);
    if (client != nullptr && !client->name.empty()) json["client"] = client->name;
}

Json json_of(const PublicationReport& publication, const DriverReport& report) {
    Json json{{"registration_id", publication.registration_id},
              {"channel", publication.channel},
              {"exclusive", publication.is_exclusive},
              {"closed", publication.is_closed}};
    put_client(json, publication.client_id, report);
    put(json, "position", publication.position);
    put(json, "limit", publication.limit);
    put(json, "sender_position", publication.sender_position);
    put(json, "sender_limit", publication.sender_limit);
    put(json, "sender_stops", publication.sender_stops);
    put(json, "naks_received", publication.naks_received);
    if (publication.receivers) json["receivers"] = *publication.receivers;
    if (publication.destinations) json["destinations"] = *publication.destinations;
    return json;
}

Json json_of(const ImageReport& image) {
    Json json{{"correlation_id", image.correlation_id}, {"channel", image.channel}};
    put(json, "received", image.received);
    put(json, "rebuilt", image.rebuilt);
    put(json, "naks_sent", image.naks_sent);
    if (image.window) json["window"] = *image.window;
    if (image.round_trip_ns) json["round_trip_ns"] = *image.round_trip_ns;
    return json;
}

Json json_of(const SubscriberReport& subscriber, const DriverReport& report) {
    Json json{{"registration_id", subscriber.registration_id},
              {"channel", subscriber.channel},
              {"spy", subscriber.is_spy},
              {"reads", subscriber.reads}};
    put_client(json, subscriber.client_id, report);
    put(json, "position", subscriber.position);
    json["behind"] = subscriber.behind;
    return json;
}

Json json_of(const StreamReport& stream, const DriverReport& report) {
    Json json{{"session_id", stream.session_id},
              {"stream_id", stream.stream_id},
              {"channel", stream.channel},
              {"waits_for", name_of(stream.wait.what)},
              {"waits_for_bytes", stream.wait.bytes}};
    if (stream.wait.subscriber) {
        json["slowest"] = json_of(stream.subscribers[*stream.wait.subscriber], report);
    }
    json["publication"] = nullptr;
    if (stream.publication) json["publication"] = json_of(*stream.publication, report);
    json["images"] = Json::array();
    for (const ImageReport& image : stream.images) json["images"].push_back(json_of(image));
    json["subscribers"] = Json::array();
    for (const SubscriberReport& subscriber : stream.subscribers) {
        json["subscribers"].push_back(json_of(subscriber, report));
    }
    return json;
}

Json json_of(const ClientReport& client) {
    Json json{{"id", client.id},
              {"name", client.name},
              {"version", client.version},
              {"heartbeat_age_ms", nullptr},
              {"publications", client.publications},
              {"images", client.images},
              {"counters", client.counters}};
    if (client.heartbeat_age) json["heartbeat_age_ms"] = client.heartbeat_age->count();
    return json;
}

}  // namespace

std::string text_of_report(const DriverReport& report) {
    std::string text;
    for (const StreamReport& stream : report.streams) text += text_of(stream, report);
    if (report.streams.empty()) text += "no streams\n";
    if (!report.channels.empty()) text += styled(Look::bold, "sockets") + "\n";
    for (const ChannelReport& channel : report.channels) text += text_of(channel);
    if (!report.clients.empty()) text += styled(Look::bold, "clients") + "\n";
    for (const ClientReport& client : report.clients) text += text_of(client);
    if (!report.system.empty()) text += styled(Look::bold, "driver") + "\n";
    return text + text_of_system(report);
}

void add_report(Json& json, const DriverReport& report) {
    json["streams"] = Json::array();
    for (const StreamReport& stream : report.streams) {
        json["streams"].push_back(json_of(stream, report));
    }
    json["clients"] = Json::array();
    for (const ClientReport& client : report.clients) json["clients"].push_back(json_of(client));
    json["channels"] = Json::array();
    for (const ChannelReport& channel : report.channels) {
        json["channels"].push_back({{"counter_id", channel.counter_id},
                                    {"channel", channel.channel},
                                    {"sends", channel.sends},
                                    {"status", channel.status},
                                    {"addresses", channel.addresses}});
    }
    json["system"] = Json::object();
    for (const auto& [counter, reading] : report.system) {
        put(json["system"], system_counter_name(counter.label).c_str(), reading);
    }
}

}  // namespace tern::cli
